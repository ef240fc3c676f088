"""What differs inside a property: of a JSON text its own properties, of a long text the place where it begins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from aistacks_core.snapshot import ABSENT

_LONGEST = 64_000
"""Characters of a JSON text that is still read."""
_DEPTH = 12
_ITEMS = 100
"""Of a list; a longer one is told whole, for each item is held against each."""
_BLOCK = 4096
_LOOKED_AT = 1_000_000

Part = tuple[str, Any, Any]
"""Path below the property (empty for the whole), value before, value after."""


def parts(before: Any, after: Any, most: int) -> list[Part]:
    """The differences between two values, at most ``most``; the whole of them where they aren't both JSON texts,
    objects or lists."""
    old, new = (parsed(value) if isinstance(value, str) else value for value in (before, after))
    if not (isinstance(old, dict) and isinstance(new, dict)) and not (isinstance(old, list) and isinstance(new, list)):
        return [("", before, after)]
    found = list(islice(_below(old, new, "", 0), most))
    # Two spellings of one document: only the texts differ.
    return found or [("", before, after)]


def parsed(text: str) -> Any:
    """The object or list that a JSON text stands for; ``None`` for any other text, and for one that is very long."""
    if not 2 <= len(text) <= _LONGEST or text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _below(old: Any, new: Any, path: str, depth: int) -> Iterator[Part]:
    if depth < _DEPTH and isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            was, now = old.get(key, ABSENT), new.get(key, ABSENT)
            if was is not now and was != now:
                yield from _below(was, now, f"{path}.{key}" if path else str(key), depth + 1)
    elif depth < _DEPTH and isinstance(old, list) and isinstance(new, list) and _items(old, new):
        yield from _list(old, new, path, depth)
    else:
        yield path, old, new


def _items(old: list[Any], new: list[Any]) -> bool:
    return max(len(old), len(new)) <= _ITEMS and any(isinstance(item, dict) for item in (*old, *new))


def _list(old: list[Any], new: list[Any], path: str, depth: int) -> Iterator[Part]:
    """Items that both have say nothing, wherever they stand; what is left is paired in order."""
    left = [item for item in enumerate(old) if item[1] not in new]
    right = [item for item in enumerate(new) if item[1] not in old]
    if not left and not right:
        yield path, old, new
    for (_, was), (place, now) in zip(left, right, strict=False):
        yield from _below(was, now, f"{path}[{place}]", depth + 1)
    for place, was in left[len(right) :]:
        yield f"{path}[{place}]", was, ABSENT
    for place, now in right[len(left) :]:
        yield f"{path}[{place}]", ABSENT, now


def window(before: Any, after: Any, width: int) -> tuple[Any, Any, str]:
    """Both texts from shortly before their first difference on, and ``…`` if that isn't their beginning."""
    if not (isinstance(before, str) and isinstance(after, str)) or max(len(before), len(after)) <= width:
        return before, after, ""
    at = 0
    while at < _LOOKED_AT and before[at : at + _BLOCK] == after[at : at + _BLOCK] and at < len(before):
        at += _BLOCK
    end = min(len(before), len(after), at + _BLOCK)
    while at < end and before[at] == after[at]:
        at += 1
    start = max(0, at - width // 4)
    return (before[start:], after[start:], "… ") if start else (before, after, "")
