"""Roles that take another's place: one goes, one like it comes, for the same who may assume it and the same who use it.

A role's resource name is part of its URN, so a rename without an alias is one role deleted and one created. Nobody may
do anything that they couldn't, where the new one allows no more, trusts no more, and is used by what used the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from aistacks_catalog.aws.iam.documents import allowed
from aistacks_catalog.aws.iam.patterns import TooComplexError
from aistacks_catalog.aws.iam.requests import Allowed, beyond
from aistacks_core.snapshot import Registration

from ..compare.changes import ChangeKind
from .grants import ROLE, TYPES, Grant, Identity, identities, total

if TYPE_CHECKING:
    from .context import Context

_PAIRS = 500
"""More pairs of roles aren't tried: where so many come and go, each is told as new."""


def successors(ctx: Context) -> Mapping[str, Registration]:
    """By URN of a role that is deleted: the new role that takes its place."""
    gone = [c.before for c in ctx.of(ROLE, ChangeKind.DELETE) if c.before is not None and not c.retained]
    come = [c.after for c in ctx.of(ROLE, ChangeKind.CREATE) if c.after is not None]
    if ctx.base is None or not gone or not come:
        return {}
    before, after = identities(ctx.base), identities(ctx.head)
    users = {role.urn: _users(ctx, role) for role in (*gone, *come)}
    found: dict[str, Registration] = {}
    tried = 0
    for new in come:
        for old in gone:
            if old.urn in found or not users[new.urn] <= users[old.urn] or tried == _PAIRS:
                continue
            tried += 1
            if _follows(ctx, before[old.urn], after[new.urn]):
                found[old.urn] = new
                break
    return found


def _follows(ctx: Context, was: Identity, now: Identity) -> bool:
    old, new = was.registration, now.registration
    if old is None or new is None or ctx.base is None:
        return False

    def settled(document: Any) -> Any:
        return ctx.renamed_by(ctx.moved, document)

    try:
        return (
            _covered(
                allowed(ctx.head.normalized(new.inputs.get("assumeRolePolicy")), of_resource=True),
                allowed(settled(ctx.base.normalized(old.inputs.get("assumeRolePolicy"))), of_resource=True),
            )
            and _covered(total(now)[0], total(was, settled)[0])
            and _unknown(total(now)[1]) <= _unknown(total(was, settled)[1])
        )
    except TooComplexError:
        return False


def _users(ctx: Context, role: Registration) -> set[str]:
    """What uses a role, by URN in the head; not what hangs policies on it."""
    index = ctx.head if role.urn in ctx.head.by_urn else ctx.base
    users = [] if index is None else index.users.get(role.urn, [])
    changes = (ctx.by_urn.get(user.urn) for user, _ in users if user.type not in TYPES)
    urns = {user.urn for user, _ in users if user.type not in TYPES}
    return urns | {c.after.urn for c in changes if c is not None and c.after is not None}


def _covered(now: Allowed | None, was: Allowed | None) -> bool:
    return now is not None and was is not None and (now == was or not beyond(now, was))


def _unknown(grants: Iterable[Grant]) -> set[tuple[str, str]]:
    """Policies whose contents aren't known: those that others make by their ARN, any other by nothing alike."""
    return {(g.arn, "") if g.arn else (g.source.urn, g.what) for g in grants}
