"""Which outputs of other resources a property's value was made from, as far as the SDK carries it along.

The SDK hands on the resources behind an output through ``apply``, ``all`` and interpolation. Here the output's own name
goes with them, so that a plan knows what a value was computed from even where it is hashed, counted or branched on. And
an output that isn't known is named where it is passed on as it is: such a property can be compared without its value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pulumi import Output

from aistacks_core.symbols import holds_symbol
from aistacks_core.wire import NOT_KNOWN, SEPARATOR

from .sdk_internals import find, replaced

_names = find("pulumi._types:resource_py_to_pulumi_names")
_TEXT = 200
"""Characters of a value by which it can be found again."""
_OF = "_aistacks_of"


class Source:
    """One output of one resource; among the resources behind a value it stands for itself."""

    def __init__(self, owner: Any, output: str, value: Any) -> None:
        self.owner, self._output = owner, output
        # What an input already says may be secret, and is found by itself.
        made_up = isinstance(value, str | int | float) and (holds_symbol(value) or f"{value}".startswith("arn:"))
        self._text = str(value)[: _TEXT + 1] if made_up else ""

    @property
    def urn(self) -> Any:
        """Its resource's: what the SDK waits for."""
        return self.owner.urn

    async def key(self) -> str:
        """As it stands among the dependencies of a registration: URN, output and text of the value."""
        text = self._text if len(self._text) <= _TEXT else ""
        return SEPARATOR.join((await self.owner.urn.future(), wire_name(self.owner, self._output), text))


def wire_name(owner: Any, name: str) -> str:
    """An output's name in the protocol."""
    class_ = type(owner)
    known = _NAMES.get(class_)
    if known is None:
        known = _NAMES[class_] = _names(class_)
    return str(known.get(name, name))


_NAMES: dict[type, dict[str, str]] = {}


def name(output: Any, owner: Any, path: str) -> None:
    """Remember that ``output`` is what stands at ``path`` in an output of ``owner``, as it is."""
    output.__dict__[_OF] = (owner, path)


def _named(output: Any) -> tuple[Any, str] | None:
    found: tuple[Any, str] | None = output.__dict__.get(_OF)
    return found


def _adding(stock: Callable[..., Any]) -> Callable[..., Any]:
    async def add(deps: dict[str, Any], res: Any, from_resource: Any) -> None:
        if type(res) is Source:
            deps[await res.key()] = res.owner
        else:
            await stock(deps, res, from_resource)

    return add


def _serializing(stock: Callable[..., Any]) -> Callable[..., Any]:
    def serialize(value: Any, *args: Any, **options: Any) -> Any:
        made = stock(value, *args, **options)
        # Most values are no outputs, and each costs.
        if isinstance(value, Output) and (of := _named(value)):
            return _with_name(made, of)
        return made

    return serialize


async def _with_name(made: Any, of: tuple[Any, str]) -> Any:
    found = await made
    if isinstance(found, dict):
        # A secret, or an output value, whose value isn't known.
        if found.get("value", NOT_KNOWN) == NOT_KNOWN and len(found) > 1:
            return {**found, "value": await _not_known(of)}
        return found
    return await _not_known(of) if found == NOT_KNOWN else found


async def _not_known(of: tuple[Any, str]) -> str:
    owner, path = of
    first, dot, rest = path.partition(".")
    return SEPARATOR.join((NOT_KNOWN, await owner.urn.future(), f"{wire_name(owner, first)}{dot}{rest}"))


def _lifting(stock: Callable[..., Any]) -> Callable[..., Any]:
    def lift(self: Any, key: Any) -> Any:
        made = stock(self, key)
        if of := _named(self):
            name(made, of[0], f"{of[1]}.{key}")
        return made

    return lift


def _wrapping(stock: Callable[..., Any]) -> Callable[..., Any]:
    def wrap(value: Any) -> Any:
        made = stock(value)
        if isinstance(value, Output) and made is not value and (of := _named(value)):
            name(made, *of)
        return made

    return wrap


def _of_stack(stock: Callable[..., Any]) -> Callable[..., Any]:
    def output_of(self: Any, name_: Any) -> Any:
        made = stock(self, name_)
        if isinstance(name_, str):
            name(made, self, f"outputs.{name_}")
        return made

    return output_of


@contextmanager
def provenance() -> Iterator[None]:
    """While it holds, registrations say what their values were computed from."""
    with (
        replaced("pulumi.runtime.rpc:_add_dependency", _adding),
        replaced("pulumi.runtime.rpc:serialize_property", _serializing),
        replaced("pulumi.output:Output.__getattr__", _lifting),
        replaced("pulumi.output:Output.__getitem__", _lifting),
        replaced("pulumi.output:Output.secret", _wrapping),
        replaced("pulumi.output:Output.unsecret", _wrapping),
        replaced("pulumi.output:Output.from_input", _wrapping),
        replaced("pulumi.stack_reference:StackReference.get_output", _of_stack),
        replaced("pulumi.stack_reference:StackReference.require_output", _of_stack),
    ):
        yield
