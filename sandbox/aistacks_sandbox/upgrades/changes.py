"""What the engine's steps come to: which resources are replaced, deleted and changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

_REPLACING = ("replace", "create-replacement", "delete-replaced")
_GONE = ("delete", "discard", "read-discard")

Changes = dict[str, dict[str, set[str]]]
"""``replaced`` and ``deleted``: type → names; ``updated``: type → properties."""
PARTS = ("replaced", "deleted", "updated")


def type_and_name(urn: str) -> tuple[str, str]:
    """The resource's own type, without its parents', and its logical name."""
    _, _, types, name = urn.split("::", 3)
    return types.split("$")[-1], name


def summed_up(steps: Iterable[Mapping[str, Any]]) -> Changes:
    """The changes of an operation's steps (``Result.steps``)."""
    found: Changes = {part: defaultdict(set) for part in PARTS}
    for step in steps:
        kind, name = type_and_name(step["urn"])
        if step["op"] in _REPLACING:
            found["replaced"][kind].add(name)
        elif step["op"] in _GONE:
            found["deleted"][kind].add(name)
        elif step["op"] == "update":
            found["updated"][kind].update(step["diffs"])
    return found


def touched(steps: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], set[str]]:
    """(type, name) → the properties for which the engine touched the resource."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for step in steps:
        if step["op"] in ("update", *_REPLACING):
            found[type_and_name(step["urn"])].update(step["diffs"])
    return dict(found)
