"""Where the program's plan and the cloud's own preview differ, in plain sentences.

The plan compares two revisions of a program; the preview compares the program with what is deployed. So they differ
where the cloud isn't what the base revision says: it was changed by hand, never deployed, or deployed from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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


_ORDER = {True: "deletes the old one first", False: "deletes the old one last"}


@dataclass(frozen=True)
class Sight:
    """What the plan could see of what the preview shows. By default all of it."""

    urns: frozenset[str] | None = None
    """Of every resource in either revision."""
    parents: Mapping[str, str] = field(default_factory=dict)
    """URN to the parent's, as the preview has them."""
    remote: Mapping[str, str] = field(default_factory=dict)
    """Components that run in a process of their own: URN to what they are called."""
    uncompared: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By URN: the properties of which the plan can't say whether they change, each with the reason as a clause."""

    def hides(self, urn: str) -> str:
        """What a resource that the plan hasn't got is in, in words; empty where that isn't known."""
        above, seen = self.parents.get(urn, ""), {urn}
        while above and above not in seen:
            if above in self.remote:
                return self.remote[above]
            seen.add(above)
            above = self.parents.get(above, "")
        return ""


def disagreements(
    planned: list[ResourceChange], previewed: list[ResourceChange], sight: Sight | None = None
) -> list[str]:
    """A sentence for each resource on which the two don't say the same, in the preview's order, then the plan's.

    A rename alone counts as no change, for a preview without ``--show-sames`` doesn't tell it. A secret's value never
    occurs. Empty where both say the same.
    """
    plan, preview = _by_urn(planned), _by_urn(previewed)
    homes = ({_home(urn) for urn in side} for side in (plan, preview))
    ours, theirs = (sorted(home) for home in homes)
    if ours and theirs and not {*ours} & {*theirs}:
        return [f"The preview is of {', '.join(theirs)} and the plan of {', '.join(ours)}: they can't be compared."]
    found, sight = [], sight or Sight()
    for urn, change in preview.items():
        if urn in plan:
            found += _both(plan[urn], change, sight.uncompared.get(urn, {}))
        else:
            found.append(f"The cloud's preview {_describe(change)}, {_only_previewed(change, sight)}.")
    for urn, change in plan.items():
        if urn not in preview:
            found.append(f"The plan {_describe(change)}, {_ONLY_PLANNED[change.kind]}.")
    return found


def _only_previewed(change: ResourceChange, sight: Sight) -> str:
    """Why the plan hasn't got it: it can't see it, can't compare it, or the cloud isn't what the base says."""
    if sight.urns is not None and change.urn not in sight.urns:
        if inside := sight.hides(change.urn):
            return f"which the plan can't see: it is in {inside}, which runs in a process of its own"
        if change.kind is ChangeKind.CREATE:
            return "which the plan hasn't got: the program decides it by what the plan doesn't know"
    unsure = sight.uncompared.get(change.urn, {})
    if unsure and change.properties and all(_first(p.path) in unsure for p in change.properties):
        return f"of which the plan can't say whether it changes: it is {unsure[_first(change.properties[0].path)]}"
    return _ONLY_PREVIEWED[change.kind]


def _by_urn(changes: Iterable[ResourceChange]) -> dict[str, ResourceChange]:
    return {change.urn: change for change in changes if change.kind is not ChangeKind.MOVE and not _by_default(change)}


def _by_default(change: ResourceChange) -> bool:
    """Whether it is the provider that the engine makes where the program names none."""
    return change.type.startswith("pulumi:providers:") and change.name.startswith("default")


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


def _both(planned: ResourceChange, previewed: ResourceChange, unsure: Mapping[str, str]) -> list[str]:
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
    found += [_order(planned, previewed), *_more(planned, previewed, unsure)]
    return [sentence for sentence in found if sentence]


def _drifted(change: ResourceChange, ours: PropertyChange, theirs: PropertyChange) -> str:
    """Both change it, from another value."""
    if ours.secret or theirs.secret or not (_literal(ours.before) and _literal(theirs.before)):
        return ""
    if ours.before == theirs.before:
        return ""
    is_, was = _value(theirs.before), _value(ours.before)
    return f"In the cloud {ours.path} of {_name_and_type(change)} is {is_}, and {was} in the base revision."


def _order(planned: ResourceChange, previewed: ResourceChange) -> str:
    """Both replace it, and say otherwise which goes first."""
    ours, theirs = planned.delete_first, previewed.delete_first
    if planned.kind is not ChangeKind.REPLACE or None in (ours, theirs) or ours is theirs:
        return ""
    return f"Of {_name_and_type(planned)} the plan {_ORDER[bool(ours)]}, the cloud's preview {_ORDER[bool(theirs)]}."


def _more(planned: ResourceChange, previewed: ResourceChange, unsure: Mapping[str, str]) -> Iterable[str]:
    """The preview changes what the program states and the plan leaves, or can't compare."""
    registration = planned.registration
    known = {_first(p.path) for p in planned.properties}
    more = [p for p in previewed.properties if _first(p.path) in registration.inputs and _first(p.path) not in known]
    whose = {
        True: [p for p in more if _first(p.path) in unsure],
        False: [p for p in more if _first(p.path) not in unsure],
    }
    for hidden, them in whose.items():
        if not them:
            continue
        why = (
            f"of which the plan can't say whether it changes: it is {unsure[_first(them[0].path)]}"
            if hidden
            else "which the plan leaves as it is: in the cloud it isn't what the base revision says"
        )
        paths = _joined(p.path for p in them)
        yield f"The cloud's preview changes {paths} of {_name_and_type(planned)} too, {why}."


def _first(path: str) -> str:
    return str((steps(path) or [path])[0])


def _literal(value: Any) -> bool:
    """A value that both sides can state: no table, no list, nothing that only deployment makes."""
    return value is not UNKNOWN and isinstance(value, str | int | float | bool) and not holds_symbol(value)


def _value(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
