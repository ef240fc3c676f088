"""Reads a component's arguments from a settings file, checked against the component's types; errors name file and path.

A program reads a section of its configuration like this::

    section = pulumi.Config().require_object("lake")
    settings = read(DataLake, section, "Pulumi.dev.yaml: shop:lake", name="lake")
    lake = DataLake("lake", settings.args(tags={"Owner": "shop"}))
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

import aistacks_core.errors

from . import component as components
from ._arguments import inputs, typed
from ._deletions import ARGUMENT as DELETION_ALLOWED
from ._deletions import name_in, validate_days
from ._iam import BOUNDARY, PATH
from ._iam import problems as iam_problems
from .component import Component
from .errors import UserError

__all__ = ["DELETION_ALLOWED", "IAM", "Section", "deletions_of", "iam_problems", "read", "typed"]

IAM = (BOUNDARY, PATH)
"""Arguments of every component that makes roles."""


@dataclass(frozen=True)
class Section:
    """The arguments of one component that a file sets."""

    component: type[Component]
    name: str
    """The component's name in the program."""
    where: str
    """File and path of the section."""
    stated: Mapping[str, Any]
    """Argument to value, converted to the component's type; arguments that the file omits are absent."""
    program: tuple[str, ...] = ()
    """Arguments that the program sets."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """The file's key to the argument that it sets, where the two names differ."""

    def args(self, **program: Any) -> Any:
        """The component's arguments: the file's values override those of ``program``.

        Where both set a mapping (tags, labels), the two are merged and the file's keys win.
        """
        merged = {
            key: {**program[key], **value}
            for key, value in self.stated.items()
            if isinstance(value, Mapping) and isinstance(program.get(key), Mapping)
        }
        return {**program, **self.stated, **merged}

    def __getitem__(self, argument: str) -> Any:
        """The file's value, or the component's default. Raises ``KeyError`` if there is neither."""
        if argument in self.stated:
            return self.stated[argument]
        kind = components.args_type(self.component)
        default = {argument: components.defaults(self.component)[argument]}
        return typed(kind, default, self.where, given=list(kind.__annotations__))[argument]

    def validate(self, opts: pulumi.ResourceOptions | None = None, **program: Any) -> None:
        """Raise ``UserError``, naming file and path, if the component rejects the arguments. Registers no resource.

        Inputs that the program sets count as unknown, so ``validate`` can run before the first resource exists.
        ``program``: what of its other arguments is known.
        """
        unknown = {key: _Unknown() for key in inputs(components.args_type(self.component)) if key in self.program}
        try:
            self.component.validate(self.name, self.args(**unknown, **program), opts)
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
    """A placeholder for an Input that is never awaited."""

    def __await__(self) -> Any:
        raise RuntimeError("it is known when the program runs")


def read(
    component: type[Component],
    section: object,
    where: str,
    *,
    name: str,
    wired: Collection[str] = (),
    given: Collection[str] = (),
    keys: Mapping[str, str] | None = None,
) -> Section:
    """The arguments of ``component`` that ``section``, a mapping from a settings file, sets.

    ``where``: file and path of the section, prefixed to each error. ``name``: the component's name in the program.
    ``wired``: arguments that only the program sets; ``given``: required arguments for which the program has a value if
    the file sets none. ``keys``: the file's key to an argument of another name. Raises ``UserError`` for an unknown
    key and for a value of the wrong type.
    """
    renamed = dict(keys or {})
    stated = typed(components.args_type(component), section, where, left_out=wired, given=given, keys=renamed)
    return Section(component, name, where, stated, (*wired, *given), renamed)


def deletions_of(components: Collection[str], allowed: Mapping[str, str], where: str) -> dict[str, dict[str, str]]:
    """One file's ``deletion_allowed`` for several components: the name of each to the entries that are its own.

    ``components``: names of the components in the program; an entry belongs to the one whose name its own begins with.
    Raises ``UserError`` for a day that isn't today, and for an entry that belongs to none. ``where`` heads its path.
    """
    validate_days(where, allowed)
    found: dict[str, dict[str, str]] = {}
    for key, day in allowed.items():
        name = name_in(key)
        owners = [each for each in components if name == each or name.startswith(f"{each}-")]
        if not owners:
            expected = f"a resource of {', '.join(components)}: its name begins with that"
            raise UserError(f"{where}.{key}", repr(name), expected)
        found.setdefault(max(owners, key=len), {})[key] = day
    return found
