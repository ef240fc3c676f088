"""Data loss by settings: protection, versions, backups and retention that a change takes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from aistacks_core.snapshot import UNKNOWN, Registration

from ..compare.changes import ChangeKind, ResourceChange
from ..findings import Risk, RiskKind, Severity
from .context import Context, get, number, risk, touches, truth
from .data_loss import stateful
from .facts import facts
from .phrases import became, counted, join_names
from .rule import rule

_KIND = RiskKind.DATA_LOSS
_FOREVER = float("inf")


def _stays(ctx: Context, types: str | Iterable[str]) -> Iterator[tuple[ResourceChange, Registration, Registration]]:
    """What is there before and after, with both."""
    for change in ctx.updated(types):
        if change.before is not None and change.after is not None:
            yield change, change.before, change.after


@rule(
    _KIND,
    Severity.MEDIUM,
    when="Things that hold data lose protect or retain_on_delete, so that a later change can delete them. One "
    "risk for each component.",
    always=True,
)
def protection_removed(ctx: Context) -> Iterable[Risk]:
    """The program no longer guards what holds data."""
    if ctx.base is None:
        return
    found: dict[str, list[tuple[Registration, list[str]]]] = {}
    for after in ctx.head.plan.resources:
        before = ctx.base.by_urn.get(after.urn)
        if before is None and (change := ctx.by_urn.get(after.urn)):
            before = change.before
        if before is None:
            continue
        lost = [
            name
            for name, was, now in (
                ("protect", before.protect, after.protect),
                ("retain_on_delete", before.retain_on_delete, after.retain_on_delete),
            )
            if was and not now
        ]
        if lost and stateful(after) is not None:
            found.setdefault(_component(ctx, after), []).append((after, lost))
    for urn, them in found.items():
        subject = ctx.head.by_urn.get(urn, them[0][0])
        names = join_names(list(dict.fromkeys(r.name for r, _ in them)))
        one = len(them) == 1
        be, it = ("is", "it") if one else ("are", "them")
        title = f"{names} {be} no longer protected: a later change can delete {it}."
        switches = " and ".join(dict.fromkeys(name for _, lost in them for name in lost))
        where = next((r for r, _ in them if r.file), subject)
        made = risk(_KIND, Severity.MEDIUM, subject, title, f"{switches}: true becomes false")
        yield made if made.file else risk(_KIND, Severity.MEDIUM, where, title, made.reason)


def _component(ctx: Context, registration: Registration) -> str:
    """URN of the outermost component around it, or its own."""
    urn = registration.urn
    above = ctx.head.by_urn.get(registration.parent)
    while above is not None:
        if not above.custom:
            urn = above.urn
        above = ctx.head.by_urn.get(above.parent)
    return urn


@rule(
    _KIND,
    Severity.MEDIUM,
    when="AWS's own deletion protection of a database, cluster, log group, load balancer or the like is switched off.",
)
def deletion_protection_off(ctx: Context) -> Iterable[Risk]:
    """AWS would now delete what it refused to."""
    for row in facts("retention")["protections"]:
        for change, before, after in _stays(ctx, row["type"]):
            path, default, on = row["property"], row.get("default", False), row.get("on", True)
            was, now = (get(r.inputs, path, default) for r in (before, after))
            if touches(change, path) and _equal(was, on) and not _equal(now, on):
                title = f"AWS no longer refuses to delete {change.name}."
                yield risk(_KIND, Severity.MEDIUM, change, title, became(path, was, now), certain=now is not UNKNOWN)


def _equal(value: Any, wanted: Any) -> bool:
    return truth(value) is wanted if isinstance(wanted, bool) else bool(value == wanted)


@rule(
    _KIND,
    Severity.MEDIUM,
    when="A switch that has contents deleted together with what holds them is turned on (forceDestroy, "
    "forceDelete), or one that takes a last snapshot is turned off.",
)
def deletion_made_easy(ctx: Context) -> Iterable[Risk]:
    """A later deletion would take more with it."""
    for row in facts("retention")["switches"]:
        for change, before, after in _stays(ctx, row["type"]):
            path, bad = row["property"], row["bad"]
            was, now = (get(r.inputs, path, row["default"]) for r in (before, after))
            if (
                touches(change, path)
                and truth(was) is not bad
                and (truth(now) is bad or (now is UNKNOWN and was is not UNKNOWN))
            ):
                title = f"{change.name} {row['says']}."
                yield risk(_KIND, Severity.MEDIUM, change, title, became(path, was, now), certain=now is not UNKNOWN)


@rule(
    _KIND,
    Severity.HIGH,
    Severity.MEDIUM,
    when="Logs, backups, snapshots, records or messages are kept for a shorter time; high where nothing is kept "
    "at all.",
)
def kept_shorter(ctx: Context) -> Iterable[Risk]:
    """Something is thrown away earlier than before."""
    for row in facts("retention")["rows"]:
        for change, before, after in _stays(ctx, row["type"]):
            path, unit, what = row["property"], row.get("unit", "day"), f"{row['keeps']} of {change.name}"
            was, now = (get(r.inputs, path, row.get("default")) for r in (before, after))
            if not touches(change, path):
                continue
            if now is UNKNOWN and was is not UNKNOWN and was is not None:
                title = f"{what} may be kept for a shorter time."
                yield risk(_KIND, Severity.MEDIUM, change, title, became(path, was, now), certain=False)
                continue
            old, new = _span(was, row), _span(now, row)
            if old is None or new is None or new >= old:
                continue
            before_text = "for ever" if old == _FOREVER else counted(old, unit)
            if new == 0:
                title = f"{what} are no longer kept."
                yield risk(_KIND, Severity.HIGH, change, title, became(path, was, now))
            else:
                title = f"{what} are kept for {counted(new, unit)} instead of {before_text}."
                yield risk(_KIND, Severity.MEDIUM, change, title, became(path, was, now))


def _span(value: Any, row: dict[str, Any]) -> float | None:
    found = number(value)
    if found is None:
        return None
    if found == row.get("forever") or (found == 0 and row.get("zero") == "forever"):
        return _FOREVER
    return found


@rule(
    _KIND,
    Severity.HIGH,
    when="What takes backups or keeps copies is deleted or switched off: a backup plan, a replication, "
    "point-in-time recovery, a file system's backup policy.",
)
def backup_off(ctx: Context) -> Iterable[Risk]:
    """No more copies are made."""
    for type_, what in facts("retention")["copies"].items():
        for change in ctx.of(type_, ChangeKind.DELETE):
            title = f"{what[0].upper()}{what[1:]} {change.name} ends; no more copies are made."
            yield risk(_KIND, Severity.HIGH, change, title, "it is removed from the program")
    for type_, path, on in (
        ("aws:dynamodb/table:Table", "pointInTimeRecovery.enabled", True),
        ("aws:efs/backupPolicy:BackupPolicy", "backupPolicy.status", "ENABLED"),
    ):
        for change in ctx.of(type_):
            if change.before is None or not _equal(get(change.before.inputs, path), on):
                continue
            now = get(change.after.inputs, path) if change.after else None
            gone = change.after is None and type_.startswith("aws:dynamodb")
            if not gone and not _equal(now, on):
                title = f"{change.name} is no longer backed up."
                reason = became(path, on, now)
                yield risk(_KIND, Severity.HIGH, change, title, reason, certain=now is not UNKNOWN)


@rule(
    _KIND,
    Severity.MEDIUM,
    when="A storage class's or a persistent volume's reclaim policy becomes Delete, so that a volume goes with "
    "its claim.",
)
def volumes_reclaimed(ctx: Context) -> Iterable[Risk]:
    """Volumes are deleted with their claims."""
    for kind, path, default in (
        ("StorageClass", "reclaimPolicy", "Delete"),
        ("PersistentVolume", "spec.persistentVolumeReclaimPolicy", "Retain"),
    ):
        for change in ctx.kubernetes(kind):
            if change.before is None or change.after is None:
                continue
            was, now = (get(r.inputs, path, default) for r in (change.before, change.after))
            if was != "Delete" and now == "Delete":
                title = f"Volumes of {change.name} are deleted as soon as their claim is."
                yield risk(_KIND, Severity.MEDIUM, change, title, became(path, was, now))
