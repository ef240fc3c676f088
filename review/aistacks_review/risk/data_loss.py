"""Data loss: what holds data and is deleted, replaced, or only barely kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from aistacks_catalog.aws.types.facts import canonical_token
from aistacks_core.snapshot import UNKNOWN, Registration

from ..compare.changes import ChangeKind, ResourceChange, refuses_replacement
from ..findings import Risk, RiskKind, Severity
from .context import Context, get, number, risk, truth
from .facts import facts
from .phrases import counted, why
from .rule import rule

_KIND = RiskKind.DATA_LOSS
_MILDER = {
    Severity.CRITICAL: Severity.HIGH,
    Severity.HIGH: Severity.MEDIUM,
    Severity.MEDIUM: Severity.LOW,
    Severity.LOW: Severity.LOW,
}


@dataclass(frozen=True)
class Fate:
    """What becomes of something's data when it is deleted."""

    severity: Severity
    text: str
    certain: bool = True
    lost: bool = True


def stateful(registration: Registration) -> dict[str, Any] | None:
    """What is known of a type that holds data; ``None`` for one that doesn't."""
    if registration.type.startswith("kubernetes:"):
        kind = registration.type.rpartition(":")[2]
        found: dict[str, Any] | None = facts("stateful")["kubernetes"].get(kind)
        return found
    row: dict[str, Any] | None = facts("stateful")["types"].get(canonical_token(registration.type))
    return row


def fate(registration: Registration, about: dict[str, Any]) -> Fate:
    """What AWS does when ``registration``, as it is deployed, is deleted."""
    inputs = registration.inputs
    severity = Severity(about.get("severity", "critical"))
    for says in (_refused, _left, _last_snapshot, _got_back):
        found = says(inputs, about, severity)
        if found is not None:
            return found
    return Fate(severity, "nothing keeps its data", certain=about.get("certain", True))


def _refused(inputs: Any, about: dict[str, Any], severity: Severity) -> Fate | None:
    """AWS's own protection, or its refusal to delete what isn't empty."""
    guard = about.get("protection")
    lifted = "lifts" in about and truth(get(inputs, about["lifts"]))
    given = get(inputs, guard, about.get("protection_default")) if guard else None
    if guard and not lifted and _is_on(given, about.get("protection_on", True)):
        return Fate(Severity.LOW, f"AWS refuses as long as {guard} is on, so the deployment fails there")
    needs = about.get("needs")
    if needs and not truth(get(inputs, needs)):
        sure = "isn't known" if get(inputs, needs) is UNKNOWN else "is off"
        return Fate(_MILDER[severity], f"AWS refuses unless it is empty, for {needs} {sure}", certain=False)
    return Fate(severity, f"{needs} has its contents deleted with it") if needs else None


def _left(inputs: Any, about: dict[str, Any], severity: Severity) -> Fate | None:
    """What the provider or AWS leaves in the account."""
    if (keeps := about.get("keeps")) and truth(get(inputs, keeps)):
        return Fate(Severity.LOW, f"{keeps} leaves it in the account")
    if stays := about.get("stays"):
        said = get(inputs, stays["property"])
        if said is UNKNOWN or said == stays["unless"]:
            return Fate(severity, f"{stays['property']} has them deleted", certain=said is not UNKNOWN)
        return Fate(Severity.LOW, f"AWS keeps them, for {stays['property']} isn't {stays['unless']}", lost=False)
    return None


def _got_back(inputs: Any, about: dict[str, Any], severity: Severity) -> Fate | None:
    """For how long it can be got back."""
    if window := about.get("window"):
        days = number(get(inputs, window, about["window_default"]))
        if days == 0:
            return Fate(severity, f"{window} is 0, so it is gone at once")
        left = "an unknown number of days" if days is None else counted(days, "day")
        return Fate(_MILDER[severity], f"it can be got back for {left} ({window})")
    if grace := about.get("grace"):
        return Fate(_MILDER[severity], f"it can be got back for {counted(grace, 'day')}")
    return None


def _last_snapshot(inputs: Any, about: dict[str, Any], severity: Severity) -> Fate | None:
    """Whether a last snapshot is taken, skipped, or refused for want of a name."""
    if (snapshot := about.get("snapshot")) and get(inputs, snapshot) not in (None, False, "", "false"):
        return Fate(_MILDER[_MILDER[severity]], f"{snapshot} has a last snapshot taken first")
    skips, name, never = about.get("skips"), about.get("snapshot_name"), about.get("never")
    if not skips:
        return None
    if never:
        kind = get(inputs, never["property"], never["default"])
        if str(kind).startswith(never["begins"]):
            return Fate(severity, f"no last snapshot is taken of one whose {never['property']} is {kind}")
    given = get(inputs, skips, about.get("skips_default", False))
    if truth(given) is not False:
        return Fate(severity, f"{skips} is on, so no last snapshot is taken", certain=given is not UNKNOWN)
    called = get(inputs, name) if name else ""
    if name and called in (None, ""):
        return Fate(
            Severity.LOW,
            f"the provider refuses, for {skips} is off and {name} isn't set, so the deployment fails there",
        )
    taken = f"a last snapshot is taken first, for {skips} is off"
    return Fate(_MILDER[_MILDER[severity]], taken, certain=called is not UNKNOWN)


def _is_on(value: Any, on: Any) -> bool:
    return truth(value) is True if on is True else value == on


def _guarded(change: ResourceChange) -> bool:
    if change.protected or not (change.may_replace and change.before and change.after):
        return change.protected
    return refuses_replacement(change.before, change.after)


def _kept(change: ResourceChange) -> bool:
    return change.retained or bool(change.before and change.before.retain_on_delete)


def _changes(ctx: Context, kind: ChangeKind) -> Iterator[tuple[ResourceChange, Registration, dict[str, Any]]]:
    for change in ctx.changes:
        if change.kind is kind and change.before is not None:
            about = stateful(change.before)
            if about is not None:
                yield change, change.before, about


@rule(
    _KIND,
    Severity.CRITICAL,
    Severity.HIGH,
    Severity.MEDIUM,
    Severity.LOW,
    when="Something that holds data is deleted. Milder where AWS refuses (it isn't empty, or has deletion "
    "protection), where a last snapshot is taken, or where it can be got back for some days; low where the "
    "engine refuses (protect) or leaves it in the account (retain_on_delete).",
)
def data_deleted(ctx: Context) -> Iterable[Risk]:
    """Something that holds data is deleted."""
    for change, before, about in _changes(ctx, ChangeKind.DELETE):
        subject = f"The {about['noun']} {change.name}"
        if _guarded(change):
            title = f"{subject} is removed from the program but protected: the deployment stops there."
            yield risk(_KIND, Severity.LOW, before, title, "protect is set, and must be lifted before it is deleted")
        elif _kept(change):
            title = f"{subject} leaves the program, and stays in the account with {about['lost']}."
            yield risk(_KIND, Severity.LOW, before, title, "retain_on_delete is set; nobody manages it any longer")
        else:
            end = fate(before, about)
            title = f"{subject} and {about['lost']} are deleted."
            if not end.lost:
                title = f"{subject} is deleted; {about['lost']} stay in the account."
            yield risk(_KIND, end.severity, before, title, f"{why(change)}; {end.text}", certain=end.certain)


@rule(
    _KIND,
    Severity.CRITICAL,
    Severity.HIGH,
    Severity.MEDIUM,
    Severity.LOW,
    when="Something that holds data is replaced by a new, empty one; milder for the same reasons. Not certain "
    "where it is an update of which isn't known whether it replaces.",
)
def data_replaced(ctx: Context) -> Iterable[Risk]:
    """Something that holds data is replaced by a new, empty one."""
    for change, before, about in _changes(ctx, ChangeKind.REPLACE):
        subject = f"The {about['noun']} {change.name}"
        if _guarded(change):
            title = f"{subject} would be replaced by an empty one, but is protected: the deployment stops."
            yield risk(_KIND, Severity.LOW, change, title, f"{why(change)}; protect is set")
        elif _kept(change):
            title = f"{subject} is replaced by an empty one; the old one stays in the account."
            reason = f"{why(change)}; retain_on_delete is set, and nothing copies the data"
            yield risk(_KIND, Severity.MEDIUM, change, title, reason)
        else:
            end = fate(before, about)
            title = f"{subject} is replaced by an empty one, and {about['lost']} are lost."
            if not end.lost:
                title = f"{subject} is replaced by an empty one; {about['lost']} stay in the account, unused."
            yield risk(_KIND, end.severity, change, title, f"{why(change)}; {end.text}", certain=end.certain)
    for change, before, about in _changes(ctx, ChangeKind.UPDATE):
        if change.may_replace and not _guarded(change):
            end = fate(before, about)
            title = f"The {about['noun']} {change.name} may be replaced by an empty one."
            paths = ", ".join(p.path for p in change.properties[:3]) or "it changes"
            reason = f"{change.reason or paths}: whether that can be done in place isn't known; {end.text}"
            severity = Severity.MEDIUM if _kept(change) else _MILDER[end.severity]
            yield risk(_KIND, severity, change, title, reason, certain=False)


@rule(
    _KIND,
    Severity.HIGH,
    when="A StatefulSet whose persistentVolumeClaimRetentionPolicy says Delete is deleted or replaced "
    "(whenDeleted), or has fewer replicas (whenScaled).",
)
def set_deletes_claims(ctx: Context) -> Iterable[Risk]:
    """A StatefulSet takes its volumes with it."""
    for change in ctx.kubernetes("StatefulSet"):
        if change.before is None:
            continue
        policy = get(change.before.inputs, "spec.persistentVolumeClaimRetentionPolicy", {})
        ends = change.kind in (ChangeKind.DELETE, ChangeKind.REPLACE)
        if ends and get(policy, "whenDeleted") == "Delete":
            title = f"The volumes of {change.name} are deleted with it."
            reason = f"spec.persistentVolumeClaimRetentionPolicy.whenDeleted is Delete; {why(change)}"
            yield risk(_KIND, Severity.HIGH, change, title, reason)
        elif change.after is not None and get(policy, "whenScaled") == "Delete":
            was = number(get(change.before.inputs, "spec.replicas", 1))
            now = number(get(change.after.inputs, "spec.replicas", 1))
            if was is not None and now is not None and now < was:
                title = f"The volumes of {counted(was - now, 'replica')} of {change.name} are deleted."
                reason = f"spec.replicas: {was:g} becomes {now:g}, and whenScaled is Delete"
                yield risk(_KIND, Severity.HIGH, change, title, reason)
