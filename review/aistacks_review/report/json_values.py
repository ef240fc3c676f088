"""Property values in a document: plain JSON, unknowns said, secrets left out, the huge cut."""

from __future__ import annotations

from typing import Any

from aistacks_core.snapshot import ABSENT, UNKNOWN
from aistacks_core.symbols import holds_symbol

from ..compare.changes import PropertyChange

MOST_TEXT = 4_000
"""Characters of one text that a document keeps."""
_ROOM = 40
_MOST_ITEMS = 200
_MOST_DEPTH = 24
_UNKNOWN = {"$unknown": True}


def to_json(change: PropertyChange) -> dict[str, Any]:
    """One property's change. Where it is secret, neither value is in it."""
    table: dict[str, Any] = {"path": cut(change.path)}
    if change.secret:
        table["secret"] = True
        # What a reader may know of it: whether it was there.
        table["had"], table["has"] = change.before is not ABSENT, change.after is not ABSENT
    else:
        for key, value in (("before", change.before), ("after", change.after)):
            if value is not ABSENT:
                table[key] = plain(value)
    if change.replaces:
        table["replaces"] = True
    return table


def read(table: dict[str, Any]) -> PropertyChange:
    """What ``to_json`` wrote."""
    secret = bool(table.get("secret"))
    if secret:
        before = UNKNOWN if table.get("had") else ABSENT
        after = UNKNOWN if table.get("has") else ABSENT
    else:
        before = known(table["before"]) if "before" in table else ABSENT
        after = known(table["after"]) if "after" in table else ABSENT
    return PropertyChange(table["path"], before, after, secret, bool(table.get("replaces")))


def plain(value: Any, depth: int = 0) -> Any:
    """``value`` as JSON takes it: unknowns as ``{"$unknown": true}``, long texts and lists cut with a note."""
    if value is UNKNOWN:
        return dict(_UNKNOWN)
    if isinstance(value, str):
        return cut(value)
    if isinstance(value, dict):
        if depth > _MOST_DEPTH:
            return "… (too deep)"
        items = list(value.items())
        table = {cut(str(k)): plain(v, depth + 1) for k, v in items[:_MOST_ITEMS]}
        return table | ({"…": f"{len(items) - _MOST_ITEMS} more"} if len(items) > _MOST_ITEMS else {})
    if isinstance(value, (list, tuple)):
        if depth > _MOST_DEPTH:
            return "… (too deep)"
        kept = [plain(v, depth + 1) for v in value[:_MOST_ITEMS]]
        return [*kept, f"… {len(value) - _MOST_ITEMS} more"] if len(value) > _MOST_ITEMS else kept
    if holds_symbol(value):
        return dict(_UNKNOWN)
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return value if value is None or isinstance(value, (bool, int, float)) else cut(str(value))


def known(value: Any) -> Any:
    """``value`` with its unknowns back in place."""
    if value == _UNKNOWN:
        return UNKNOWN
    if isinstance(value, dict):
        return {k: known(v) for k, v in value.items()}
    return [known(v) for v in value] if isinstance(value, list) else value


def cut(text: str) -> str:
    """``text``, or its beginning and how much was left out; at most 4,000 characters together."""
    if len(text) <= MOST_TEXT:
        return text
    kept = MOST_TEXT - _ROOM
    return f"{text[:kept]}… ({len(text) - kept:,} more characters)"
