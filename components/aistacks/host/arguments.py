"""Names of arguments: camelCase in the schema and in other languages, snake_case in Python."""

import inspect
import re
import typing
from collections.abc import Mapping
from typing import Any

from ..component import camel_case
from ..errors import UserError

# snake_case by itself, or behind the dot of an argument's path; no part of an ARN or of a name with hyphens.
_WORD = re.compile(r"(?<![\w/:-])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w/-])")


def to_python(where: str, value: Mapping[str, Any], kind: Any, path: str = "") -> dict[str, Any]:
    """``value`` as sent by the engine, with the keys of ``kind``, a TypedDict, converted to snake_case; unknown keys
    stay.

    ``where`` and the dotted ``path`` prefix an error. Raises ``UserError`` for a key in snake_case: the schema has
    camelCase, and ``value`` could contain both.
    """
    hints = {camel_case(name): (name, hint) for name, hint in inspect.get_annotations(kind).items()}
    done = {}
    for key, item in value.items():
        inner = f"{path}.{key}" if path else key
        if key not in hints and camel_case(key) in hints:
            at = f"{where}: {path}" if path else where
            raise UserError(
                at, f"unknown key {key!r}", f"one of {', '.join(hints)}", f"Did you mean {camel_case(key)!r}?"
            )
        name, hint = hints.get(key, (key, Any))
        done[name] = _inner(where, item, hint, inner)
    return done


def nested(hint: Any) -> Any:
    """The TypedDict nested in ``hint`` at any depth of lists, mappings and Inputs; None if there is none."""
    if typing.is_typeddict(hint):
        return hint
    return next((found for inner in typing.get_args(hint) if (found := nested(inner))), None)


def names_of(kind: Any) -> set[str]:
    """The arguments that ``kind`` and its nested types declare."""
    hints = inspect.get_annotations(kind)
    return set(hints).union(*(names_of(found) for hint in hints.values() if (found := nested(hint))))


def in_camel_case(text: str, names: set[str]) -> str:
    """``text`` with each of ``names`` in it converted to camelCase."""
    return _WORD.sub(lambda found: camel_case(found[0]) if found[0] in names else found[0], text)


def _inner(where: str, value: Any, hint: Any, path: str) -> Any:
    if isinstance(value, float) and value.is_integer():
        # Protobuf sends every number as a double; a message about 7 must not print 7.0.
        return int(value)
    if isinstance(value, list):
        return [_inner(where, item, hint, f"{path}[{i}]") for i, item in enumerate(value)]
    if not isinstance(value, Mapping):
        return value
    kind = nested(hint)
    if kind is None or _is_mapping_of(hint):
        return {key: _inner(where, item, kind, f"{path}.{key}") for key, item in value.items()}
    return to_python(where, value, kind, path)


def _is_mapping_of(hint: Any) -> bool:
    """Whether ``hint`` is a ``dict[str, …]`` with keys that the user chooses, however wrapped."""
    if typing.is_typeddict(hint):
        return False
    if typing.get_origin(hint) in (dict, Mapping):
        return True
    return any(_is_mapping_of(inner) for inner in typing.get_args(hint))
