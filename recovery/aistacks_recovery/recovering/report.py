"""What was found, as a table and as JSON."""

from __future__ import annotations

from typing import Any

from rich.markup import escape
from rich.table import Table

from ..adoption import Action
from ..lookups import Found
from .examine import Examined, Item
from .holders import Held

_DONE = {
    Action.ADOPT: "take into the state, and read it",
    Action.DROP: "forget the note; the next run makes it",
    Action.READ: "read it again",
    Action.ASK: "decide",
}


def as_table(examined: Examined) -> Table:
    """A row for each operation that never ended."""
    table = Table(box=None, pad_edge=False, show_edge=False)
    for title in ("operation", "resource", "found", "what is done"):
        table.add_column(title, overflow="fold")
    for item in examined.items:
        table.add_row(
            item.step.pending.operation,
            f"{escape(item.resource.name)}\n[dim]{escape(item.resource.type)}[/]",
            escape("\n".join(_told(each) for each in item.step.found) or "nothing"),
            escape(_done(item)),
        )
    return table


def choices(examined: Examined, stack: str) -> list[str]:
    """For each thing that is left: what can be decided, as commands."""
    lines = []
    for item in examined.left:
        name = item.resource.name
        alike = [each for each in examined.items if each.resource.name == name]
        said = f"'{item.resource.urn}'" if len(alike) > 1 else name
        for each in item.step.found:
            lines.append(f"aistacks recover {stack} --take {said}={each.id}")
            lines.append(f"aistacks recover {stack} --remove {said}={each.id}")
        if not item.step.found:
            lines.append(f"aistacks recover {stack} --take {said}=ID")
        lines.append(f"aistacks recover {stack} --forget {said}")
    return lines


def as_json(examined: Examined, stack: str, held: Held, *, done: bool, damage: str = "") -> dict[str, Any]:
    """The same for a program. ``done``: whether it was carried out. ``damage``: what was wrong with the state."""
    return {
        "stack": stack,
        "done": done,
        "damage": damage,
        "left": len(examined.left),
        "locks": [lock.shown for lock in held.locks],
        "operations": [
            {
                "operation": item.step.pending.operation,
                "urn": item.resource.urn,
                "type": item.resource.type,
                "name": item.resource.name,
                "action": "remove" if item.remove else item.step.action.value,
                "why": item.step.why,
                "found": [_found(each) for each in item.step.found],
            }
            for item in examined.items
        ],
    }


def _done(item: Item) -> str:
    what = "take it in, and delete it" if item.remove else _DONE[item.step.action]
    notes = [each.note for each in item.step.found if each.note] if item.step.action is Action.ADOPT else []
    later = f"; the next run completes it ({notes[0]})" if notes and not item.remove else ""
    return f"{what}: {item.step.why}{later}"


def _told(found: Found) -> str:
    made = f", made {found.created:%Y-%m-%d %H:%M:%S %Z}" if found.created else ""
    return f"{found.shown or found.id}{made}{'' if found.certain else ' (not sure)'}"


def _found(found: Found) -> dict[str, Any]:
    return {
        "id": found.id,
        "import_id": found.imported_as,
        "certain": found.certain,
        "created": found.created.isoformat() if found.created else None,
        "shown": found.shown,
        "note": found.note,
    }
