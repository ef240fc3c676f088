"""Values that stand for what a resource puts out, in the types that its package declares."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import Any

from aistacks_core.property_values import UNKNOWN
from aistacks_core.symbols import number

from .sdk_internals import find

_outputs_of = find("pulumi._types:resource_types")
_members_of = find("pulumi._types:output_type_types")
_names_of = find("pulumi._types:resource_py_to_pulumi_names")
_hints_of = find("pulumi._types:_raw_return_hints")
_plain = find("pulumi._types:unwrap_type")
_is_output_type = find("pulumi._types:is_output_type")
_DEPTH = 8
_MOST = 300
"""Values in one output; what has more is left unknown."""
_classes: dict[str, type] = {}


def seen(resource: Any) -> None:
    """Remember the class by which a program declares a type."""
    _classes[resource.__dict__.get("_type", "")] = type(resource)


def outputs(token: str) -> Mapping[str, Any]:
    """The types of a resource type's outputs, by name in the protocol; empty for one that no class declares."""
    class_ = _classes.get(token)
    found: Mapping[str, Any] = _outputs_of(class_) if class_ is not None else {}
    return found


def always_there(token: str) -> frozenset[str]:
    """The outputs that a class declares as never missing."""
    class_ = _classes.get(token)
    if class_ is None:
        return frozenset()
    hints: dict[str, Any] = {_names_of(class_)[k]: v for k, v in vars(class_).get("__annotations__", {}).items()}
    hints |= _hints_of(class_)
    return frozenset(name for name, hint in hints.items() if not _may_be_missing(hint))


def _may_be_missing(hint: Any) -> bool:
    if isinstance(hint, str):
        return "Optional[" in hint or "None" in hint
    return any(type(None) in (arg, *typing.get_args(arg)) for arg in (hint, *typing.get_args(hint)))


class MadeUp:
    """Stand-ins of one resource."""

    def __init__(self, urn: str, name: str, symbol: str) -> None:
        self._urn, self._name, self._symbol, self._left = urn, name, symbol, _MOST

    def value(self, path: str, type_: Any) -> Any:
        """What stands for the output ``path`` of a type: a string or number with a mark, false, a list of stand-ins,
        an object of them; ``UNKNOWN`` for a table and for what no type is told of."""
        self._left = _MOST
        made = self._value(path, type_, 0)
        return made if self._left > 0 else UNKNOWN

    def _value(self, path: str, type_: Any, depth: int) -> Any:
        self._left -= 1
        type_ = _plain(type_)
        if type_ is str:
            return self.text(path)
        if type_ is bool:
            return False
        if type_ is int:
            return number(self._urn, path)
        if type_ is float:
            return float(number(self._urn, path))
        args = typing.get_args(type_)
        origin = typing.get_origin(type_)
        if origin is typing.Literal and len(args) == 1:
            return args[0]
        if self._left <= 0 or depth >= _DEPTH:
            return UNKNOWN
        if isinstance(origin, type) and issubclass(origin, typing.Sequence) and args:
            return self._list(path, args[0], depth)
        if isinstance(type_, type) and _is_output_type(type_):
            return self._object(path, type_, depth)
        return UNKNOWN

    def _list(self, path: str, of: Any, depth: int) -> Any:
        # Names, ids and zones come in numbers; a block mostly comes once.
        count = 2 if _plain(of) in (str, int, float) else 1
        items = [self._value(f"{path}-{i}", of, depth + 1) for i in range(count)]
        return UNKNOWN if UNKNOWN in items else items

    def _object(self, path: str, type_: type, depth: int) -> Any:
        members = {k: self._value(f"{path}-{k}", of, depth + 1) for k, of in _members_of(type_).items()}
        # What is left out is taken as not set, so that the rest can be read.
        known = {k: v for k, v in members.items() if v is not UNKNOWN}
        return known or UNKNOWN

    def text(self, path: str) -> str:
        """A string that names its resource and the output; digits for a version, base64 for a certificate's data."""
        low = path.lower()
        if low.endswith("version"):
            return str(number(self._urn, path))
        return f"{self._name}-{self._symbol}-{path}"
