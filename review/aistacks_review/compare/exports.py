"""What becomes of the stack's outputs, which other stacks and people read: told in a sentence for each kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aistacks_core.property_values import contains_unknown
from aistacks_core.snapshot import Plan

_SHOWN = 5


def output_changes(base: Plan, head: Plan, moved: Mapping[str, str]) -> list[str]:
    """Sentences on the outputs that go, come and change, by name: values may be secret. ``moved``: identities and marks
    in the head to those in the base."""
    was, now = base.exports, head.exports
    gone = [name for name in sorted(was) if name not in now]
    new = [name for name in sorted(now) if name not in was]
    other = [name for name in sorted(now) if name in was and _differ(was[name], now[name], moved)]
    return [
        _sentence(names, end)
        for names, end in (
            (gone, ("is removed, and a stack that reads it fails", "are removed, and a stack that reads one fails")),
            (new, ("is new", "are new")),
            (other, ("changes", "change")),
        )
        if names
    ]


def _differ(was: Any, now: Any, moved: Mapping[str, str]) -> bool:
    if contains_unknown(was) or contains_unknown(now):
        # What follows from a change is told where that is.
        return False
    before, after = (json.dumps(value, sort_keys=True, default=str) for value in (was, now))
    for mark, old in moved.items():
        after = after.replace(mark, old)
    return before != after


def _sentence(names: list[str], end: tuple[str, str]) -> str:
    if len(names) == 1:
        return f"The stack's output {names[0]} {end[0]}."
    shown = ", ".join(names[:_SHOWN])
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return f"The stack's outputs {shown}{more} {end[1]}."
