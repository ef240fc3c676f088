"""Irreversible: steps that reverting the change doesn't take back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from aistacks_core.snapshot import UNKNOWN, Registration
from aistacks_core.symbols import marks

from ..compare.changes import ChangeKind, ResourceChange
from ..findings import Risk, RiskKind, Severity
from .context import Context, get, number, risk, truth
from .facts import facts
from .interruption import minors
from .phrases import became, counted, why
from .rule import rule

_KIND = RiskKind.IRREVERSIBLE
_KEYS = (
    "aws:kms/key:Key",
    "aws:kms/externalKey:ExternalKey",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/replicaExternalKey:ReplicaExternalKey",
)
_SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 (a token)


def _goes(change: ResourceChange) -> bool:
    """Whether what is deployed is deleted: not refused by the engine, not left in the account."""
    before = change.before
    kept = change.protected or change.retained or bool(before and before.retain_on_delete)
    return change.kind in (ChangeKind.DELETE, ChangeKind.REPLACE) and not kept


@rule(
    _KIND,
    Severity.CRITICAL,
    Severity.HIGH,
    when="The deletion of an encryption key is scheduled: what is encrypted with it can't be read from then on, "
    "and never again once its window is over. Critical where something that stays is encrypted with it.",
)
def key_deletion_scheduled(ctx: Context) -> Iterable[Risk]:
    """A key is on its way out."""
    for change in ctx.of(_KEYS):
        if not _goes(change) or change.before is None:
            continue
        days = number(get(change.before.inputs, "deletionWindowInDays", 30))
        window = "some days" if days is None else counted(days, "day")
        users = _encrypted_with(ctx, change.before)
        severity = Severity.CRITICAL if users else Severity.HIGH
        still = f"; {users[0]} {'and others are' if len(users) > 1 else 'is'} encrypted with it" if users else ""
        title = f"The encryption key {change.name} can't be used any longer, and is gone for ever after {window}."
        yield risk(_KIND, severity, change, title, f"{why(change)}{still}; until then its deletion can be cancelled")


def _encrypted_with(ctx: Context, key: Registration) -> list[str]:
    """What stays and was encrypted with the key."""
    if ctx.base is None:
        return []
    found = []
    for user, property_ in ctx.base.users.get(key.urn, []):
        change = ctx.by_urn.get(user.urn)
        stays = change is None or change.kind not in (ChangeKind.DELETE, ChangeKind.REPLACE)
        keyed = any(re.search(r"(?i)kms|encryption", p) for p in (property_, *_keyed(user.inputs.get(property_))))
        if stays and keyed and not user.type.startswith(("aws:kms/", "aws:iam/")):
            found.append(user.name)
    return found


def _keyed(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _keyed(item)
    elif isinstance(value, list):
        for item in value:
            yield from _keyed(item)


@rule(
    _KIND,
    Severity.HIGH,
    when="A secret is deleted with recoveryWindowInDays at 0: it can't be restored.",
)
def secret_gone_at_once(ctx: Context) -> Iterable[Risk]:
    """A secret is deleted without a way back."""
    for change in ctx.of(_SECRET):
        if _goes(change) and change.before and number(get(change.before.inputs, "recoveryWindowInDays", 30)) == 0:
            title = f"The secret {change.name} is deleted at once; it can't be restored."
            yield risk(_KIND, Severity.HIGH, change, title, f"recoveryWindowInDays is 0; {why(change)}")


@rule(
    _KIND,
    Severity.MEDIUM,
    when="A cluster's Kubernetes version goes up: AWS rolls the control plane back for 7 days, and not after that.",
)
def cluster_version_raised(ctx: Context) -> Iterable[Risk]:
    """A cluster's version goes up."""
    for change in ctx.of("aws:eks/cluster:Cluster", ChangeKind.UPDATE):
        was, now = (get(r.inputs, "version") if r else None for r in (change.before, change.after))
        step = minors(was, now)
        if step is not None and step > 0:
            title = f"{change.name} can't go back from Kubernetes {now} once 7 days are over."
            reason = f"{became('version', was, now)}; AWS rolls back by itself only, and add-ons and nodes not at all"
            yield risk(_KIND, Severity.MEDIUM, change, title, reason)


@rule(
    _KIND,
    Severity.MEDIUM,
    when="The engine of a database, cache, search domain, broker or node group changes to a newer version; "
    "certain where AWS says that it can't go back, else no way back is documented.",
)
def engine_upgraded(ctx: Context) -> Iterable[Risk]:
    """An engine is upgraded."""
    for row in facts("irreversible")["engines"]:
        for change in ctx.of(row["type"], ChangeKind.UPDATE):
            was, now = (get(r.inputs, row["property"]) if r else None for r in (change.before, change.after))
            if was is None or now is None or was == now or now is UNKNOWN or _older(now, was):
                continue
            documented = bool(row.get("documented"))
            back = f"it can't go back to {was}" if documented else f"no way back to {was} is documented"
            title = f"The {row['noun']} {change.name} is upgraded; {back}."
            yield risk(_KIND, Severity.MEDIUM, change, title, became(row["property"], was, now), certain=documented)


def _older(one: Any, other: Any) -> bool:
    numbers = [[int(n) for n in re.findall(r"\d+", str(v))] for v in (one, other)]
    return numbers[0] < numbers[1]


@rule(
    _KIND,
    Severity.LOW,
    when="Storage grows that can't shrink again: a disk, a database, a Kubernetes volume claim.",
)
def storage_grown(ctx: Context) -> Iterable[Risk]:
    """Storage grows for good."""
    for row in facts("irreversible")["grows"]:
        for change in ctx.of(row["type"], ChangeKind.UPDATE):
            was, now = (number(get(r.inputs, row["property"])) if r else None for r in (change.before, change.after))
            if was is not None and now is not None and now > was:
                title = f"The {row['noun']} {change.name} grows to {now:g} {row['unit']} and can't shrink again."
                yield risk(_KIND, Severity.LOW, change, title, became(row["property"], int(was), int(now)))
    for change in ctx.kubernetes("PersistentVolumeClaim"):
        path = "spec.resources.requests.storage"
        was, now = (get(r.inputs, path) if r else None for r in (change.before, change.after))
        old, new = _bytes(was), _bytes(now)
        if change.kind is ChangeKind.UPDATE and old is not None and new is not None and new > old:
            title = f"The volume claim {change.name} grows to {now} and can't shrink again."
            yield risk(_KIND, Severity.LOW, change, title, became(path, was, now))


def _bytes(quantity: Any) -> float | None:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGTPE]i?|k)?", str(quantity))
    if match is None:
        return None
    unit = match[2] or ""
    power = " KMGTPE".index(unit[:1].upper()) if unit else 0
    return float(match[1]) * float((1024 if unit.endswith("i") else 1000) ** power)


@rule(
    _KIND,
    Severity.HIGH,
    Severity.MEDIUM,
    when="The key under which data is written changes: what was written before stays under the old key, which "
    "must live on; high where the old key is deleted in the same change.",
)
def encryption_key_changed(ctx: Context) -> Iterable[Risk]:
    """Data from before stays under another key."""
    for row in facts("irreversible")["keys"]:
        for change in ctx.of(row["type"], ChangeKind.UPDATE):
            if change.before is None or change.after is None:
                continue
            path = row["property"].replace("[]", "")
            was, now = ctx.under_head_names(get(change.before.inputs, path)), get(change.after.inputs, path)
            if was is None or was == now:
                continue
            gone = any(c is not None and _goes(c) for c in map(ctx.by_urn.get, _urns(ctx, was)))
            title = f"{row['noun'][0].upper()}{row['noun'][1:]} of {change.name} stay under the old key."
            tail = "which is deleted in the same change" if gone else "which must not be deleted"
            severity = Severity.HIGH if gone else Severity.MEDIUM
            sure = now is not UNKNOWN
            yield risk(_KIND, severity, change, title, f"{became(path, was, now)}; {tail}", certain=sure)


def _urns(ctx: Context, value: Any) -> list[str]:
    known = ctx.base.by_mark if ctx.base else {}
    return [known[m].urn for m in marks(value) if m in known]


@rule(
    _KIND,
    Severity.HIGH,
    Severity.MEDIUM,
    Severity.LOW,
    when="Something is switched on that can't be switched off: object lock (high in compliance mode), a backup "
    "vault's lock, versioning (low: it can only be suspended), a multi-region key. Only in an environment that "
    "is there.",
)
def switched_on_for_good(ctx: Context) -> Iterable[Risk]:
    """A switch that stays on."""
    if ctx.new:
        return
    for row in facts("irreversible")["final"]:
        for change in ctx.of(row["type"]):
            if change.after is None:
                continue
            path, on = row["property"], row["on"]
            left_out = row.get("default")
            was, now = (get(r.inputs, path, left_out) if r else None for r in (change.before, change.after))
            there = (truth(now) is True and truth(was) is not True) if on is True else (now == on and was != on)
            # A new bucket that begins with versions, or a new key, surprises nobody.
            if there and not (change.before is None and row.get("severity") == "low"):
                severity = Severity(row.get("severity", "medium"))
                anew = " is replaced by one that" if change.kind is ChangeKind.REPLACE else ""
                yield risk(_KIND, severity, change, f"{change.name}{anew} {row['says']}.", became(path, was, now))
    for change in ctx.of("aws:backup/vaultLockConfiguration:VaultLockConfiguration"):
        days = get(change.after.inputs, "changeableForDays") if change.after else None
        if days is not None and change.kind in (ChangeKind.CREATE, ChangeKind.REPLACE):
            title = f"The lock {change.name} on a backup vault can't be changed or removed after {days} days."
            yield risk(_KIND, Severity.HIGH, change, title, "changeableForDays is set: compliance mode")


@rule(
    _KIND,
    Severity.MEDIUM,
    when="A bucket with a name of its own is deleted or gets another name: bucket names are everybody's, and "
    "another account may take it.",
)
def name_given_up(ctx: Context) -> Iterable[Risk]:
    """A name that is unique in the world is given up."""
    for type_, about in facts("irreversible")["names"].items():
        for change in ctx.of(type_):
            if not _goes(change) or change.before is None:
                continue
            was = get(change.before.inputs, about["property"])
            now = get(change.after.inputs, about["property"]) if change.after else None
            if isinstance(was, str) and was != now:
                title = f"The name {was} is given up and {about['says']}."
                yield risk(_KIND, Severity.MEDIUM, change, title, f"{about['property']}; {why(change)}")
