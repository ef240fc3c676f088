"""A component's arguments as a settings file states them: read by the component's own types, refused by file and path.

A program of your own reads a section of its configuration so::

    table = pulumi.Config().require_object("lake")
    settings = read(DataLake, table, "Pulumi.dev.yaml: shop:lake", name="lake")
    lake = DataLake("lake", settings.args(tags={"Owner": "shop"}))
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

import aistacks_core.errors

from . import component as components
from ._arguments import inputs, typed
from .component import Component
from .errors import UserError

__all__ = ["Section", "read", "typed"]


@dataclass(frozen=True)
class Section:
    """The arguments of one component that a file states."""

    component: type[Component]
    name: str
    """The component's name in the program."""
    where: str
    """File and path of the section."""
    stated: Mapping[str, Any]
    """Argument to value, each of the type that the component declares; what the file leaves out is missing."""
    program: tuple[str, ...] = ()
    """Arguments that the program gives."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """The file's key to the argument that it states, where the two differ."""

    def args(self, **program: Any) -> Any:
        """The component's arguments: what the file states, over what ``program`` gives.

        Where both give a mapping (tags, labels), a key of the file's stands before the program's.
        """
        merged = {
            key: {**program[key], **value}
            for key, value in self.stated.items()
            if isinstance(value, Mapping) and isinstance(program.get(key), Mapping)
        }
        return {**program, **self.stated, **merged}

    def __getitem__(self, argument: str) -> Any:
        """The file's value, or the component's own default. ``KeyError`` where there is neither."""
        if argument in self.stated:
            return self.stated[argument]
        kind = components.args_type(self.component)
        default = {argument: components.defaults(self.component)[argument]}
        return typed(kind, default, self.where, given=list(kind.__annotations__))[argument]

    def validate(self, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raise ``UserError``, naming file and path, where the component refuses the arguments. Makes nothing.

        What the program gives stands as unknown, so ``validate`` may come before the first resource.
        """
        unknown = {key: _Unknown() for key in inputs(components.args_type(self.component)) if key in self.program}
        try:
            self.component.validate(self.name, self.args(**unknown), opts)
        except aistacks_core.errors.UserError as error:
            raise self._in_file(error) from None

    def _in_file(self, error: aistacks_core.errors.UserError) -> UserError:
        prefix, _, path = error.where.partition(": ")
        if prefix != f"{self.component.__name__} {self.name!r}":
            return UserError(error.where, error.got, error.expected, error.todo)
        argument = path.split(".")[0].split("[")[0]
        key = next((key for key, found in self.keys.items() if found == argument), argument)
        return UserError(f"{self.where}.{key}{path[len(argument) :]}", error.got, error.expected, error.todo)


class _Unknown:
    """An Input whose value nobody asks for."""

    def __await__(self) -> Any:
        raise RuntimeError("it is known when the program runs")


def read(
    component: type[Component],
    table: object,
    where: str,
    *,
    name: str,
    wired: Collection[str] = (),
    given: Collection[str] = (),
    keys: Mapping[str, str] | None = None,
) -> Section:
    """The arguments of ``component`` that ``table`` states.

    ``where``: file and path of the section, at the head of each error. ``name``: the component's name in the program.
    ``wired``: arguments that only the program gives; ``given``: required ones that the program has a value for where
    the file states none. ``keys``: the file's key to an argument of another name. Raises ``UserError`` for an unknown
    key and for a value of another type.
    """
    renamed = dict(keys or {})
    stated = typed(components.args_type(component), table, where, left_out=wired, given=given, keys=renamed)
    return Section(component, name, where, stated, (*wired, *given), renamed)
