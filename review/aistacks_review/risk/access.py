"""Access: what a principal may do in AWS that it couldn't before. Policies are evaluated, not compared as strings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from typing import Any

from aistacks_catalog.aws.iam.patterns import TooComplexError
from aistacks_catalog.aws.iam.requests import Allowed, beyond

from ..findings import Risk, RiskKind, Severity
from .access_phrases import dangerous, joined, kind_and_name, same, worst
from .context import Context, risk
from .gains import merged_gains
from .grants import TYPES, Grant, Identity, identities
from .rule import rule

_KIND = RiskKind.ACCESS


def _pairs(ctx: Context) -> Iterator[tuple[Identity, Identity | None]]:
    """Each identity of the head and what it was in the base, where the change has to do with any."""
    if not ctx.touched(TYPES):
        return
    before = identities(ctx.base) if ctx.base is not None else {}
    for key, now in identities(ctx.head).items():
        change = ctx.by_urn.get(key)
        was = before.get(change.before.urn if change and change.before else key)
        yield now, was


def _signature(ctx: Context, identity: Identity | None, base: bool) -> Any:
    if identity is None:
        return None
    boundary = [identity.boundary] if identity.boundary else []
    documents = [g.document for g in (*identity.grants, *boundary)]
    return sorted(repr(ctx.under_head_names(d) if base else d) for d in documents), len(boundary)


def _total(ctx: Context, identity: Identity | None, *, base: bool) -> tuple[Allowed, list[Grant]]:
    """What an identity's known policies allow within its boundary, and the policies that aren't known."""
    if identity is None:
        return Allowed(), []
    known, unknown = [], []
    for grant in identity.grants:
        document = ctx.under_head_names(grant.document) if base else grant.document
        it = Grant(document, grant.source, grant.via, grant.what).allowed
        known.append(it) if it is not None else unknown.append(grant)
    total = reduce(lambda a, b: a + b, known, Allowed())
    bound = identity.boundary
    if bound is not None:
        document = ctx.under_head_names(bound.document) if base else bound.document
        within = Grant(document, bound.source, bound.via, bound.what).allowed
        if within is not None:
            total = total.within(within)
    return total, unknown


@rule(
    _KIND,
    Severity.CRITICAL,
    Severity.HIGH,
    Severity.MEDIUM,
    Severity.LOW,
    when="All policies of a role, user or group together, within its permissions boundary, allow an action, a "
    "resource or a context that they didn't. The severity is that of the strongest new action (its access "
    "level, whether it reaches everything of a kind, whether it leads to more permissions).",
)
def identity_may_more(ctx: Context) -> Iterable[Risk]:
    """A role, a user or a group may do more than before."""
    for now, was in _pairs(ctx):
        if ctx.base is not None and _signature(ctx, now, base=False) == _signature(ctx, was, base=True):
            continue
        head, _ = _total(ctx, now, base=False)
        base, unclear = _total(ctx, was, base=True)
        subject = _subject(ctx, now)
        if subject is None:
            continue
        try:
            pieces = [] if head == base else beyond(head, base)
            found = merged_gains([p for p in pieces if not ctx.new or dangerous(p)], head, ctx.partition)
        except TooComplexError:
            title = f"What the {now.kind} {now.name} may do changes, and it is too much to compare."
            yield risk(_KIND, Severity.MEDIUM, subject, title, "its policies were not evaluated", certain=False)
            continue
        if found:
            new = now.registration is not None and (was is None or was.registration is None)
            title = f"The {'new ' if new else ''}{now.kind} {now.name} may {'' if new else 'now '}use {found[0].what}."
            sources = joined(list(dict.fromkeys(g.what for g in now.grants if _touched(ctx, g))), 3)
            reason = worst(found) + (f"; from {sources}" if sources else "; a limit on it falls away")
            yield risk(_KIND, found[0].severity, subject, title, reason, certain=not unclear)


def _touched(ctx: Context, grant: Grant) -> bool:
    return grant.source.urn in ctx.by_urn or grant.via.urn in ctx.by_urn


def _subject(ctx: Context, identity: Identity) -> Any:
    """What the change touches, for file and line: a policy of it rather than the identity itself."""
    for grant in identity.grants:
        for registration in (grant.source, grant.via):
            if registration.urn in ctx.by_urn:
                return registration
    return identity.registration or next((g.via for g in identity.grants), None)


@rule(
    _KIND,
    Severity.HIGH,
    Severity.MEDIUM,
    when="A policy that isn't known before deployment, or one of AWS's that this version doesn't know, is newly "
    "attached or changed. High where its name says full or administrator's access.",
)
def policy_not_known(ctx: Context) -> Iterable[Risk]:
    """A policy that can't be evaluated."""
    if ctx.new:
        return
    for now, was in _pairs(ctx):
        before = {(same(g.via.inputs), g.what) for g in was.grants} if was else set()
        for grant in now.grants:
            if grant.allowed is not None or not _touched(ctx, grant) or (same(grant.via.inputs), grant.what) in before:
                continue
            strong = any(word in grant.what for word in ("FullAccess", "Administrator", "PowerUser"))
            severity = Severity.HIGH if strong else Severity.MEDIUM
            title = f"The {now.kind} {now.name} gets {grant.what}, whose contents aren't known here."
            reason = f"{kind_and_name(grant.via)}: the document is made at deployment or is AWS's own"
            yield risk(_KIND, severity, grant.via, title, reason, certain=False)


@rule(
    _KIND,
    Severity.HIGH,
    when="The permissions boundary of a role or a user is removed, or exchanged for one that isn't known.",
)
def boundary_removed(ctx: Context) -> Iterable[Risk]:
    """The upper bound of an identity's permissions falls."""
    if ctx.new:
        return
    for now, was in _pairs(ctx):
        if was is None or was.boundary is None or now.registration is None:
            continue
        title = f"The {now.kind} {now.name} loses the upper bound of its permissions."
        if now.boundary is None:
            yield risk(_KIND, Severity.HIGH, now.registration, title, f"permissionsBoundary ({was.boundary.what}) goes")
        elif now.boundary.allowed is None and same(now.boundary.via.inputs.get("permissionsBoundary")) != same(
            ctx.under_head_names(was.boundary.via.inputs.get("permissionsBoundary"))
        ):
            title = f"The {now.kind} {now.name} gets another upper bound of its permissions, which isn't known here."
            reason = f"permissionsBoundary: {was.boundary.what} becomes {now.boundary.what}"
            yield risk(_KIND, Severity.HIGH, now.registration, title, reason, certain=False)
