"""How rules speak of resources and changes."""

from __future__ import annotations

from typing import Any

from aistacks_core.snapshot import ABSENT, UNKNOWN
from aistacks_core.symbols import without_marks

from ..compare.changes import ResourceChange


def why(change: ResourceChange) -> str:
    """What makes a replacement: the properties that can't be changed in place, or what it follows."""
    paths = [p.path for p in change.properties if p.replaces]
    if paths:
        more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
        text = f"{', '.join(paths[:3])}{more} can't be changed in place"
        return f"{text}: {change.reason}" if change.reason else text
    return change.reason or "it is removed from the program"


def value(it: Any) -> str:
    """A property's value for a reader, short."""
    if it is UNKNOWN:
        return "a value that isn't known before deployment"
    if it is None or it is ABSENT:
        return "nothing"
    if isinstance(it, bool):
        return "true" if it else "false"
    text = without_marks(str(it))
    return text if len(text) <= 60 else f"{text[:57]}…"


def became(path: str, before: Any, after: Any) -> str:
    """``"retentionInDays: 365 becomes 30"``."""
    return f"{path}: {value(before)} becomes {value(after)}"


def counted(number: float, noun: str) -> str:
    """``"1 day"``, ``"3 days"``."""
    text = f"{number:g}"
    return f"{text} {noun}" if text == "1" else f"{text} {noun}s"


def join_names(names: list[str], limit: int = 5) -> str:
    """Names with commas and an ``and``, at most ``limit``."""
    names = [without_marks(n) for n in names]
    if len(names) > limit:
        return f"{', '.join(names[:limit])} and {len(names) - limit} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
