"""Data loss in buckets and repositories: versions switched off, objects and images that expire earlier."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from aistacks_core.snapshot import UNKNOWN, Registration

from ..compare.changes import ChangeKind
from ..findings import Risk, RiskKind, Severity
from .context import Context, get, number, risk
from .phrases import became, counted, why
from .rule import rule

_KIND = RiskKind.DATA_LOSS
_VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
_LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
_IMAGES = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
_BUCKET = "aws:s3/bucket:Bucket"


def _bucket_goes(ctx: Context, registration: Registration) -> bool:
    """Whether the bucket is deleted as well, which is told by itself."""
    bucket = ctx.base.resolve(registration, "bucket", (_BUCKET,)) if ctx.base else None
    change = ctx.by_urn.get(bucket.urn) if bucket else None
    return change is not None and change.kind is ChangeKind.DELETE


def _of(registration: Registration, ctx: Context) -> str:
    index = ctx.base or ctx.head
    bucket = index.resolve(registration, "bucket", (_BUCKET,))
    bucket_name = registration.inputs.get("bucket")
    return bucket.name if bucket else bucket_name if isinstance(bucket_name, str) else registration.name


@rule(
    _KIND,
    Severity.HIGH,
    when="A bucket's versioning is suspended, or the resource that switches it on is deleted: what is "
    "overwritten or deleted from then on is gone.",
)
def versioning_off(ctx: Context) -> Iterable[Risk]:
    """A bucket keeps no more old versions."""
    path = "versioningConfiguration.status"
    for change in ctx.of(_VERSIONING):
        if change.before is None or get(change.before.inputs, path) != "Enabled" or _bucket_goes(ctx, change.before):
            continue
        now = get(change.after.inputs, path) if change.after else None
        if now != "Enabled":
            title = f"The bucket {_of(change.before, ctx)} no longer keeps old versions of its objects."
            reason = became(path, "Enabled", now) if change.after else f"it becomes suspended: {why(change)}"
            yield risk(_KIND, Severity.HIGH, change, title, reason, certain=now is not UNKNOWN)


@rule(
    _KIND,
    Severity.HIGH,
    Severity.MEDIUM,
    when="A bucket's lifecycle begins to delete objects, or deletes them earlier (high for current objects, "
    "medium for old versions).",
)
def objects_expire_earlier(ctx: Context) -> Iterable[Risk]:
    """A lifecycle rule deletes objects that stayed."""
    for change in ctx.of(_LIFECYCLE):
        if change.after is None or ctx.new:
            continue
        # The lifecycle of a bucket that is new as well can lose nothing.
        bucket = ctx.head.resolve(change.after, "bucket", (_BUCKET,))
        of_bucket = ctx.by_urn.get(bucket.urn) if bucket else None
        if of_bucket is not None and of_bucket.kind is ChangeKind.CREATE:
            continue
        before = _lifetimes(change.before.inputs.get("rules")) if change.before else {}
        after = _lifetimes(change.after.inputs.get("rules"))
        name = _of(change.after, ctx)
        if before is None or after is None:
            if after is None and change.before is not None:
                title = f"The bucket {name} may delete objects earlier."
                yield risk(_KIND, Severity.MEDIUM, change, title, "rules aren't known before deployment", certain=False)
            continue
        for (what, where), days in after.items():
            was = _before(before, what, where)
            if was is not None and days >= was:
                continue
            current = what == "objects"
            scope = f" below {where}" if where not in ("", "?") else " that a filter picks" if where == "?" else ""
            old = "never" if was is None else f"after {counted(was, 'day')}"
            title = f"The bucket {name} deletes {what}{scope} after {counted(days, 'day')} (before: {old})."
            severity = Severity.HIGH if current else Severity.MEDIUM
            yield risk(_KIND, severity, change, title, "rules: an expiration begins or comes earlier")


def _lifetimes(rules: Any) -> dict[tuple[str, str], float] | None:
    """Days until deletion, by what (``objects``, ``old versions``) and below which prefix; ``None``: not known."""
    if rules is UNKNOWN:
        return None
    found: dict[tuple[str, str], float] = {}
    for item in rules if isinstance(rules, list) else []:
        if item is UNKNOWN:
            return None
        if get(item, "status", "Enabled") != "Enabled":
            continue
        where = _scope(item)
        expiration, old = get(item, "expiration"), get(item, "noncurrentVersionExpiration")
        when = get(expiration, "date")
        days = _until(when) if isinstance(when, str) else number(get(expiration, "days"))
        for what, span in (("objects", days), ("old versions", number(get(old, "noncurrentDays")))):
            if span is not None:
                key = (what, where)
                found[key] = min(span, found.get(key, span))
    return found


def _scope(item: Any) -> str:
    prefix = get(item, "prefix") or get(item, "filter.prefix") or get(item, "filter.and.prefix") or ""
    others = ("tag", "objectSizeGreaterThan", "objectSizeLessThan")
    filtered = get(item, "filter") or {}
    narrowed = any(get(filtered, k) is not None for k in others) or any(
        get(filtered, f"and.{k}") is not None for k in (*others, "tags")
    )
    return "?" if narrowed or not isinstance(prefix, str) else prefix


def _before(before: Mapping[tuple[str, str], float], what: str, where: str) -> float | None:
    """When the same objects were deleted so far: by a rule of their prefix or of one above it."""
    spans = [
        days
        for (kind, prefix), days in before.items()
        if kind == what and (prefix == where or (prefix != "?" and where.startswith(prefix)) or prefix == "")
    ]
    return min(spans, default=None)


def _until(when: str) -> float | None:
    try:
        return float(max((date.fromisoformat(when[:10]) - date.today()).days, 0))
    except ValueError:
        return None


@rule(
    _KIND,
    Severity.MEDIUM,
    when="A container repository's lifecycle policy begins to delete images, keeps fewer, or for a shorter time.",
)
def images_expire_earlier(ctx: Context) -> Iterable[Risk]:
    """A lifecycle policy deletes images that stayed."""
    for change in ctx.of(_IMAGES):
        if change.after is None or change.before is None:
            continue
        before, after = (_limits(r.inputs.get("policy")) for r in (change.before, change.after))
        if after is None:
            if before is not None:
                title = f"Images in the repository of {change.name} may be deleted earlier."
                yield risk(_KIND, Severity.MEDIUM, change, title, "policy isn't known before deployment", certain=False)
            continue
        for key, limit in after.items():
            was = (before or {}).get(key)
            if was is None or limit < was:
                count, tags = key
                kept = f"the newest {limit:g}" if count == "imageCountMoreThan" else f"those of {counted(limit, 'day')}"
                title = f"The repository of {change.name} keeps only {kept} of its {tags} images."
                reason = f"policy: {count} {'begins' if was is None else f'{was:g} becomes {limit:g}'}"
                yield risk(_KIND, Severity.MEDIUM, change, title, reason, certain=before is not None)


def _limits(policy: Any) -> dict[tuple[str, str], float] | None:
    try:
        document = json.loads(policy) if isinstance(policy, str) else policy
    except ValueError:
        return None
    if not isinstance(document, Mapping):
        return None
    found: dict[tuple[str, str], float] = {}
    for item in document.get("rules") or []:
        chosen = get(item, "selection", {})
        count, limit = get(chosen, "countType"), number(get(chosen, "countNumber"))
        if isinstance(count, str) and limit is not None:
            prefixes = get(chosen, "tagPrefixList") or get(chosen, "tagPatternList") or []
            some = f" ({', '.join(map(str, prefixes))})" if isinstance(prefixes, list) and prefixes else ""
            key = (count, f"{get(chosen, 'tagStatus', 'any')}{some}")
            found[key] = min(limit, found.get(key, limit))
    return found
