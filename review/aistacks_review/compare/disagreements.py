"""Where the program's plan and the cloud's own preview differ, in plain sentences.

The plan compares two revisions of a program; the preview compares the program with what is deployed. So they differ
where the cloud isn't what the base revision says: it was changed by hand, never deployed, or deployed from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aistacks_core.property_paths import steps
from aistacks_core.snapshot import UNKNOWN
from aistacks_core.symbols import holds_symbol

from .changes import ChangeKind, PropertyChange, ResourceChange

_DOES = {
    ChangeKind.CREATE: "creates",
    ChangeKind.UPDATE: "changes",
    ChangeKind.REPLACE: "replaces",
    ChangeKind.DELETE: "deletes",
    ChangeKind.MOVE: "renames",
}
_ONLY_PREVIEWED = {
    ChangeKind.CREATE: "which the plan leaves as it is: it isn't in the cloud",
    ChangeKind.UPDATE: "which the plan leaves as it is: in the cloud it isn't what the base revision says",
    ChangeKind.REPLACE: "which the plan leaves as it is: in the cloud it isn't what the base revision says",
    ChangeKind.DELETE: "which neither revision of the program has: it is left of an earlier deployment",
}
_ONLY_PLANNED = {
    ChangeKind.CREATE: "but the cloud's preview doesn't: it is there already",
    ChangeKind.UPDATE: "but the cloud's preview doesn't: in the cloud it is so already",
    ChangeKind.REPLACE: "but the cloud's preview doesn't: in the cloud it is so already",
    ChangeKind.DELETE: "but the cloud's preview doesn't: it isn't in the cloud",
}


def disagreements(planned: list[ResourceChange], previewed: list[ResourceChange]) -> list[str]:
    """A sentence for each resource on which the two don't say the same, in the preview's order, then the plan's.

    A rename alone counts as no change, for a preview without ``--show-sames`` doesn't tell it. A secret's value never
    occurs. Empty where both say the same.
    """
    plan, preview = _by_urn(planned), _by_urn(previewed)
    homes = ({_home(urn) for urn in side} for side in (plan, preview))
    ours, theirs = (sorted(home) for home in homes)
    if ours and theirs and not {*ours} & {*theirs}:
        return [f"The preview is of {', '.join(theirs)} and the plan of {', '.join(ours)}: they can't be compared."]
    found = []
    for urn, change in preview.items():
        if urn in plan:
            found += _both(plan[urn], change)
        else:
            found.append(f"The cloud's preview {_describe(change)}, {_ONLY_PREVIEWED[change.kind]}.")
    for urn, change in plan.items():
        if urn not in preview:
            found.append(f"The plan {_describe(change)}, {_ONLY_PLANNED[change.kind]}.")
    return found


def _by_urn(changes: Iterable[ResourceChange]) -> dict[str, ResourceChange]:
    return {change.urn: change for change in changes if change.kind is not ChangeKind.MOVE}


def _home(urn: str) -> str:
    stack, _, project = urn.removeprefix("urn:pulumi:").partition("::")
    return f"{project.partition('::')[0]}/{stack}"


def _describe(change: ResourceChange) -> str:
    paths = _joined(p.path for p in change.properties) if change.kind in (ChangeKind.UPDATE, ChangeKind.REPLACE) else ""
    return f"{_DOES[change.kind]} {_name_and_type(change)}{f' ({paths})' if paths else ''}"


def _name_and_type(change: ResourceChange) -> str:
    return f"{change.name} ({change.type})"


def _joined(texts: Iterable[str], most: int = 3) -> str:
    every = list(dict.fromkeys(texts))
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def _both(planned: ResourceChange, previewed: ResourceChange) -> list[str]:
    if planned.kind is not previewed.kind:
        does = f"the cloud's preview {_DOES[previewed.kind]} it"
        why = _joined(p.path for p in previewed.properties if p.replaces)
        because = f" ({why})" if why else ""
        if planned.may_replace and previewed.kind is ChangeKind.REPLACE:
            return [f"The plan can't say whether {_name_and_type(planned)} is replaced; {does}{because}."]
        return [f"The plan {_DOES[planned.kind]} {_name_and_type(planned)}; {does}{because}."]
    if planned.before is None or planned.after is None:
        return []
    ours = {p.path: p for p in planned.properties}
    found = [_drifted(previewed, ours[p.path], p) for p in previewed.properties if p.path in ours]
    found.append(_more(planned, previewed))
    return [sentence for sentence in found if sentence]


def _drifted(change: ResourceChange, ours: PropertyChange, theirs: PropertyChange) -> str:
    """Both change it, from another value."""
    if ours.secret or theirs.secret or not (_literal(ours.before) and _literal(theirs.before)):
        return ""
    if ours.before == theirs.before:
        return ""
    is_, was = _value(theirs.before), _value(ours.before)
    return f"In the cloud {ours.path} of {_name_and_type(change)} is {is_}, and {was} in the base revision."


def _more(planned: ResourceChange, previewed: ResourceChange) -> str:
    """The preview changes what the program states and the plan leaves."""
    registration = planned.registration
    known = {_first(p.path) for p in planned.properties}
    more = [p for p in previewed.properties if _first(p.path) in registration.inputs and _first(p.path) not in known]
    if not more:
        return ""
    paths = _joined(p.path for p in more)
    return (
        f"The cloud's preview changes {paths} of {_name_and_type(planned)} too, which the plan leaves as it is: in the"
        " cloud it isn't what the base revision says."
    )


def _first(path: str) -> str:
    return str((steps(path) or [path])[0])


def _literal(value: Any) -> bool:
    """A value that both sides can state: no table, no list, nothing that only deployment makes."""
    return value is not UNKNOWN and isinstance(value, str | int | float | bool) and not holds_symbol(value)


def _value(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
