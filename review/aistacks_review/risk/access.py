"""Access: what a principal may do in AWS that it couldn't before. Policies are evaluated, not compared as strings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from aistacks_catalog.aws.iam.patterns import TooComplexError
from aistacks_catalog.aws.iam.requests import beyond

from ..findings import Risk, RiskKind, Severity
from .access_phrases import dangerous, joined, kind_and_name, same, worst
from .context import Context, risk, touches
from .gains import merged_gains
from .grants import TYPES, Grant, Identity, identities, total
from .rule import rule

_KIND = RiskKind.ACCESS


def _pairs(ctx: Context) -> Iterator[tuple[Identity, Identity | None]]:
    """Each identity of the head and what it was in the base, where the change has to do with any."""
    if not ctx.touched(TYPES):
        return
    before = identities(ctx.base) if ctx.base is not None else {}
    by_head = {ctx.head_urn(key): identity for key, identity in before.items()}
    named = {f"{i.kind} {n}": i for i in before.values() if i.registration and (n := _own_name(i))}
    for key, now in identities(ctx.head).items():
        # One that the program only named may have become its own, or the other way round.
        was = by_head.get(key) or by_head.get(f"{now.kind} {_own_name(now)}") or named.get(key)
        if was is None and now.has_members and now.registration is not None and not ctx.new:
            # Nobody else is in a new group; what its members gain is told of them.
            continue
        yield now, was


def _own_name(identity: Identity) -> str:
    name = identity.registration.inputs.get("name") if identity.registration else None
    return name if isinstance(name, str) else ""


def _signature(ctx: Context, identity: Identity | None, base: bool) -> Any:
    if identity is None:
        return None
    boundary = [identity.boundary] if identity.boundary else []
    documents = [g.document for g in (*identity.grants, *boundary)]
    return sorted(repr(ctx.under_head_names(d) if base else d) for d in documents), len(boundary)


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
        head, _ = total(now)
        base, unclear = total(was, ctx.under_head_names)
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
        had = {_key(ctx, g, base=True) for g in was.grants} if was else set()
        for grant in now.grants:
            if grant.allowed is not None or not _touched(ctx, grant):
                continue
            held = _key(ctx, grant, base=False) in had
            if held and not _changes(ctx, grant):
                continue
            strong = any(word in grant.what for word in ("FullAccess", "Administrator", "PowerUser"))
            severity = Severity.HIGH if strong else Severity.MEDIUM
            what = f"has {grant.what} in another form" if held else f"gets {grant.what}"
            title = f"The {now.kind} {now.name} {what}, whose contents aren't known here."
            reason = f"{kind_and_name(grant.via)}: the document is made at deployment or is AWS's own"
            yield risk(_KIND, severity, grant.via, title, reason, certain=False)


def _key(ctx: Context, grant: Grant, *, base: bool) -> tuple[str, str]:
    """What makes a policy whose contents aren't known the same one, whatever attaches it."""
    if grant.arn:
        return "", ctx.under_head_names(grant.arn) if base else grant.arn
    if grant.source is not grant.via:
        return "", ctx.head_urn(grant.source.urn) if base else grant.source.urn
    return grant.prop, ctx.head_urn(grant.via.urn) if base else grant.via.urn


def _changes(ctx: Context, grant: Grant) -> bool:
    """Whether the unknown document itself may be another than it was."""
    if grant.arn:
        return False
    prop = "policy" if grant.source is not grant.via else grant.prop
    change = ctx.by_urn.get(grant.source.urn)
    return change is not None and (change.before is None or touches(change, prop))


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
