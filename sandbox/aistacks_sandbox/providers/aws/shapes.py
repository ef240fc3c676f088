"""Pulumi values as botocore's shapes want them, and API answers as Pulumi shows them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from aistacks_catalog.aws.types.equality import same
from aistacks_catalog.aws.types.words import camel, match, plain
from aistacks_core.property_values import Asset

_PAIRS = (("Key", "Value"), ("Name", "Value"), ("key", "value"), ("name", "value"))


def to_api(
    shape: Any, value: Any, unplaced: list[str], path: str = "", aliases: Mapping[str, str] | None = None
) -> Any:
    """``value`` in the form of ``shape``; paths that the shape has no member for are added to ``unplaced``.

    ``aliases`` are members that are called otherwise than their properties.
    """
    kind = shape.type_name if shape is not None else ""
    if kind == "structure" and isinstance(value, list):
        value = value[0] if value else {}
    if kind == "structure" and isinstance(value, Mapping):
        structure = {}
        for key, item in value.items():
            inner = f"{path}.{key}".strip(".")
            member = _member(key, shape.members, aliases)
            if member is None:
                unplaced.append(inner)
            elif item is not None:
                structure[member] = to_api(shape.members[member], item, unplaced, inner, aliases)
        return structure
    if kind == "list" and isinstance(value, Mapping) and (pair := _pair(shape.member)):
        return [dict(zip(pair, (key, str(item)), strict=True)) for key, item in value.items()]
    if kind == "list":
        items = value if isinstance(value, list) else [value]
        return [to_api(shape.member, item, unplaced, path, aliases) for item in items if item is not None]
    if kind == "map" and isinstance(value, Mapping):
        return {
            map_key(shape, key): to_api(shape.value, item, unplaced, path, aliases)
            for key, item in value.items()
            if item is not None
        }
    return _scalar(kind, value)


def _member(key: str, members: Mapping[str, Any], aliases: Mapping[str, str] | None) -> str | None:
    alias = (aliases or {}).get(key)
    if alias in members:
        return alias
    return key if key in members else match(key, members)


def _pair(shape: Any) -> tuple[str, str] | None:
    """The names of key and value in a structure that is a pair: tags, dimensions."""
    members = set(shape.members) if shape.type_name == "structure" else set()
    return next((pair for pair in _PAIRS if set(pair) == members), None)


def as_map(value: Any) -> Any:
    """A list of pairs as a map."""
    if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        pair = next((pair for pair in _PAIRS if all(set(item) == set(pair) for item in value)), None)
        if pair:
            return {item[pair[0]]: item[pair[1]] for item in value}
    return value


def map_key(shape: Any, key: str) -> str:
    """``key`` as a map's keys are spelled, where botocore lists them."""
    known = getattr(shape.key, "enum", None)
    return (match(key, known) or key) if known else key


def _scalar(kind: str, value: Any) -> Any:
    if kind in ("integer", "long"):
        return int(value)
    if kind in ("float", "double"):
        return float(value)
    if kind == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    if kind == "string":
        if isinstance(value, bool):
            return "true" if value else "false"
        return json.dumps(value) if isinstance(value, dict | list) else str(value)
    if kind == "blob" and isinstance(value, str):
        return value.encode()
    return value


class Keyed(dict[str, Any]):
    """A map of an answer, whose keys are somebody's own and no members."""


def marked(shape: Any, value: Any) -> Any:
    """An answer with its maps told from its structures."""
    kind = shape.type_name if shape is not None else ""
    if kind == "structure" and isinstance(value, Mapping):
        return {key: marked(shape.members.get(key), item) for key, item in value.items()}
    if kind == "map" and isinstance(value, Mapping):
        return Keyed({key: marked(shape.value, item) for key, item in value.items()})
    if kind == "list" and isinstance(value, list):
        return [marked(shape.member, item) for item in value]
    return value


def from_api(value: Any, members: Mapping[str, str] | None = None) -> Any:
    """An answer's value with Pulumi's spelling of its members; ``members`` has those with other names."""
    if isinstance(value, Keyed):
        return {key: from_api(item, members) for key, item in value.items()}
    if isinstance(value, Mapping):
        named = members or {}
        return {
            named.get(key) or camel(key): from_api(item, members) for key, item in value.items() if item is not None
        }
    if isinstance(value, list | tuple):
        return [from_api(item, members) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if hasattr(value, "isoformat") else value


def overlay(mine: Any, theirs: Any, aliases: Mapping[str, str] | None = None) -> Any:
    """``mine``, with what AWS reports differently. What AWS doesn't report stays.

    ``mine`` is in Pulumi's spelling, ``theirs`` in the API's.
    """
    if isinstance(mine, Asset) or theirs is None:
        return mine
    if isinstance(mine, Mapping):
        theirs = as_map(theirs)
        if isinstance(theirs, list) and len(theirs) == 1:
            theirs = theirs[0]
        if not isinstance(theirs, Mapping):
            return mine
        found = {key: _member(key, theirs, aliases) for key in mine}
        return {
            key: overlay(item, theirs[member], aliases) if (member := found[key]) is not None else item
            for key, item in mine.items()
        }
    if isinstance(mine, list) and isinstance(theirs, Mapping):
        theirs = [theirs]
    if isinstance(mine, list) and isinstance(theirs, list):
        return _overlay_list(mine, theirs, aliases)
    if isinstance(theirs, list) and len(theirs) == 1:
        theirs = theirs[0]
    found = from_api(theirs, reverse(aliases))
    return mine if same(mine, found) else found


def _overlay_list(mine: list[Any], theirs: list[Any], aliases: Mapping[str, str] | None) -> Any:
    rest = list(theirs)
    for item in mine:
        twin = next((index for index, other in enumerate(rest) if overlay(item, other, aliases) == item), None)
        if twin is None:
            break
        rest.pop(twin)
    else:
        if not rest:
            return mine
    if len(mine) == len(theirs):
        return [overlay(item, other, aliases) for item, other in zip(mine, theirs, strict=True)]
    return from_api(theirs, reverse(aliases))


def reverse(aliases: Mapping[str, str] | None) -> dict[str, str]:
    """Members to properties, of properties to members."""
    return {member: name for name, member in (aliases or {}).items()}


def find(answer: Mapping[str, Any], name: str) -> Any:
    """The member of ``answer`` that is the property ``name``, or None."""
    if name in answer:
        return answer[name]
    member = match(name, answer)
    # A structure's member by a shorter name would be another thing.
    return answer[member] if member is not None and abs(len(plain(member)) - len(plain(name))) <= 2 else None
