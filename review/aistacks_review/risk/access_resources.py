"""Access by policies that hang on a resource: whom a bucket, a key, a queue, a role's trust lets in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from aistacks_catalog.aws.iam.documents import allowed
from aistacks_catalog.aws.iam.patterns import TooComplexError
from aistacks_catalog.aws.iam.requests import Allowed, beyond, no_longer_denied
from aistacks_core.snapshot import UNKNOWN, Registration

from ..compare.changes import ChangeKind
from ..findings import Risk, RiskKind, Severity
from .access_phrases import public, worst
from .context import Context, risk
from .facts import facts
from .gains import Gain, Reach, described, merged_gains, reach, whole_account
from .rule import rule
from .snapshot_index import RESOURCE_NAMES, SnapshotIndex

_KIND = RiskKind.ACCESS
_PERMISSION = "aws:lambda/permission:Permission"
_KEYS = ("aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey", "aws:kms/externalKey:ExternalKey")
_DEFAULT_KEY_POLICY = {
    "Statement": {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
}
"""What KMS puts on a key without a policy (botocore, CreateKey: the default key policy)."""


@dataclass
class Guarded:
    """Something with policies of its own, of the program or only named by it."""

    noun: str
    name: str
    trust: bool
    registration: Registration
    """What carries the (first) policy."""
    target: Registration | None
    documents: list[Any] = field(default_factory=list)
    carriers: list[Registration] = field(default_factory=list)


def _table() -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = facts("resource_policies")["types"]
    return table


def guarded(index: SnapshotIndex) -> dict[str, Guarded]:
    """Everything that carries a policy, by the URN of what is guarded, or by how it is named."""
    found: dict[str, Guarded] = {}
    for type_, about in _table().items():
        for registration in index.of(type_):
            document = registration.inputs.get(about["policy"])
            if document is None and type_ in _KEYS:
                document = _DEFAULT_KEY_POLICY
            _add(index, found, registration, about, document)
    for registration in index.of(_PERMISSION):
        about = {"of": "function", "noun": "function"}
        _add(index, found, registration, about, _of_permission(registration))
    return found


def _add(
    index: SnapshotIndex, found: dict[str, Guarded], registration: Registration, about: dict[str, Any], document: Any
) -> None:
    of = about.get("of")
    target = index.resolve(registration, of) if of else registration
    target_name = registration.inputs.get(of) if of else None
    key = (
        target.urn if target else f"{about['noun']} {target_name if isinstance(target_name, str) else registration.urn}"
    )
    it = found.get(key)
    if it is None:
        name = target.name if target else target_name if isinstance(target_name, str) else registration.name
        it = found[key] = Guarded(about["noun"], name, bool(about.get("trust")), registration, target)
    it.carriers.append(registration)
    if document is not None:
        # A key with a policy in a resource of its own has that one only.
        if it.documents == [_DEFAULT_KEY_POLICY]:
            it.documents = []
        it.documents.append(index.normalized(document))


def _of_permission(registration: Registration) -> Any:
    inputs = registration.inputs
    principal = inputs.get("principal", UNKNOWN)
    service = isinstance(principal, str) and principal.endswith((".amazonaws.com", ".amazonaws.com.cn"))
    narrowed = {
        "ArnLike": {"aws:SourceArn": inputs.get("sourceArn")},
        "StringEquals": {
            "aws:SourceAccount": inputs.get("sourceAccount"),
            "aws:PrincipalOrgID": inputs.get("principalOrgId"),
        },
    }
    condition = {op: {k: v for k, v in keys.items() if v is not None} for op, keys in narrowed.items()}
    return {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service" if service else "AWS": principal},
            "Action": inputs.get("action", UNKNOWN),
            "Resource": "*",
            "Condition": {op: keys for op, keys in condition.items() if keys},
        }
    }


def _pairs(ctx: Context) -> Iterator[tuple[Guarded, Guarded | None]]:
    """What is guarded by a policy that the change touches, and how it was guarded."""
    if not ctx.touched([*_table(), _PERMISSION]):
        return
    before = {ctx.head_urn(k): it for k, it in guarded(ctx.base).items()} if ctx.base is not None else {}
    named = {name: key for key, it in before.items() for name in _names(it)}
    after = guarded(ctx.head)
    taken = set()
    for key, now in after.items():
        # What the program only named may have become its own, or the other way round.
        was_key = next((k for k in (key, *_names(now)) if k in before), named.get(key, ""))
        taken.add(was_key)
        was = before.get(was_key)
        if any(c.urn in ctx.by_urn for c in (*now.carriers, *(was.carriers if was else ()))):
            yield now, was
    for key, was in before.items():
        # Its policy goes; where it stays itself, it is guarded by nothing now.
        target = ctx.head.by_urn.get(ctx.head_urn(was.target.urn)) if was.target is not None else None
        if key not in taken and target is not None:
            yield Guarded(was.noun, was.name, was.trust, was.registration, target), was


def _names(it: Guarded) -> list[str]:
    """The keys by which something that the program makes would go if it were only named."""
    names = (it.target.inputs.get(k) for k in RESOURCE_NAMES) if it.target is not None else ()
    return [f"{it.noun} {n}" for n in names if isinstance(n, str) and n]


def _total(ctx: Context, it: Guarded | None, *, base: bool) -> tuple[Allowed, bool]:
    """What its known policies allow, and whether there is one that isn't known."""
    found = [allowed(ctx.under_head_names(d) if base else d, of_resource=True) for d in (it.documents if it else ())]
    return reduce(lambda a, b: a + b, (f for f in found if f is not None), Allowed()), None in found


@rule(
    _KIND,
    Severity.CRITICAL,
    Severity.HIGH,
    Severity.MEDIUM,
    Severity.LOW,
    when="The policies of a bucket, key, queue, topic, secret, repository, function or the like let a principal "
    "do what it couldn't. Critical where everybody may write, high where everybody may read or another account "
    "may do anything but list.",
)
def resource_policy_widened(ctx: Context) -> Iterable[Risk]:
    """A resource's own policy lets in more."""
    for now, was in _pairs(ctx):
        if now.trust:
            continue
        head, unknown = _total(ctx, now, base=False)
        base, unclear = _total(ctx, was, base=True)
        subject = next((c for c in now.carriers if c.urn in ctx.by_urn), now.registration)
        if unknown and not ctx.new and any(c.urn in ctx.by_urn for c in now.carriers) and _differs(ctx, now, was):
            title = f"Who may use the {now.noun} {now.name} changes, and how isn't known before deployment."
            yield risk(_KIND, Severity.MEDIUM, subject, title, "its policy isn't known", certain=False)
        try:
            pieces = [] if head == base else beyond(head, base)
            pieces = [p for p in pieces if not ctx.new or public(p)]
            found = merged_gains(pieces, head, ctx.partition, of_resource=True)
        except TooComplexError:
            title = f"Who may use the {now.noun} {now.name} changes, and it is too much to compare."
            yield risk(_KIND, Severity.MEDIUM, subject, title, "its policy was not evaluated", certain=False)
            continue
        weighed = [(w, g) for g in found if (w := _weight(g, now.noun == "key")) is not None]
        if weighed:
            order = list(Severity)
            weighed.sort(key=lambda pair: order.index(pair[0]))
            severity, gain = weighed[0]
            title = f"The {now.noun} {now.name} lets in {gain.who}: {gain.what}."
            sure = not unclear and reach(gain.principals) is not Reach.FOREIGN
            yield risk(_KIND, severity, subject, title, worst([g for _, g in weighed]), certain=sure)


def _differs(ctx: Context, now: Guarded, was: Guarded | None) -> bool:
    return was is None or [repr(d) for d in now.documents] != [repr(ctx.under_head_names(d)) for d in was.documents]


def _weight(gain: Gain, key: bool) -> Severity | None:
    """``None`` where it lets nobody in whom the account's own policies don't."""
    far = reach(gain.principals)
    if far is Reach.EVERYBODY and gain.unconditional:
        return Severity.HIGH if gain.severity is Severity.LOW else Severity.CRITICAL
    if far >= Reach.FOREIGN and gain.unconditional:
        return Severity.MEDIUM if gain.severity is Severity.LOW else Severity.HIGH
    if whole_account(gain.principals) and not key:
        return None
    return Severity.MEDIUM if gain.severity in (Severity.CRITICAL, Severity.HIGH) else gain.severity


@rule(
    _KIND,
    Severity.CRITICAL,
    Severity.HIGH,
    Severity.MEDIUM,
    Severity.LOW,
    when="A role's trust policy lets a principal assume it that couldn't: everybody (critical), another account "
    "or an identity provider without conditions (high), an identity of this account or one under conditions "
    "(medium), an AWS service (low; of a new role, none).",
)
def trust_widened(ctx: Context) -> Iterable[Risk]:
    """More may act as a role."""
    for now, was in _pairs(ctx):
        if not now.trust:
            continue
        head, unknown = _total(ctx, now, base=False)
        base, unclear = _total(ctx, was, base=True)
        if unknown and not ctx.new and _differs(ctx, now, was):
            title = f"Who may act as the role {now.name} changes, and how isn't known before deployment."
            yield risk(_KIND, Severity.MEDIUM, now.registration, title, "assumeRolePolicy isn't known", certain=False)
        try:
            pieces = [] if head == base else beyond(head, base)
        except TooComplexError:
            title = f"Who may act as the role {now.name} changes, and it is too much to compare."
            reason = "assumeRolePolicy was not evaluated"
            yield risk(_KIND, Severity.MEDIUM, now.registration, title, reason, certain=False)
            continue
        pieces = [p for p in pieces if not ctx.new or public(p)]
        for far in sorted({reach(p.principals) for p in pieces}, reverse=True):
            here = [p for p in pieces if reach(p.principals) is far]
            found = merged_gains(here, head, ctx.partition, of_resource=True)
            severity = _of_trust(far, all(g.unconditional for g in found))
            if not found or (was is None and far is Reach.SERVICE):
                continue
            title = f"The role {now.name} can be assumed by {found[0].who}."
            sure = not unclear and far is not Reach.FOREIGN
            reason = f"assumeRolePolicy: {worst(found)}"
            yield risk(_KIND, severity, now.registration, title, reason, certain=sure)


def _of_trust(far: Reach, unconditional: bool) -> Severity:
    if far is Reach.EVERYBODY:
        return Severity.CRITICAL if unconditional else Severity.HIGH
    if far in (Reach.FOREIGN, Reach.FEDERATED):
        return Severity.HIGH if unconditional else Severity.MEDIUM
    return Severity.MEDIUM if far is Reach.OWN else Severity.LOW


@rule(
    _KIND,
    Severity.MEDIUM,
    Severity.LOW,
    when="A resource stays, and its policy no longer refuses what it refused: a Deny statement, or the policy, "
    "goes. Low where it refused connections without TLS.",
)
def prohibition_removed(ctx: Context) -> Iterable[Risk]:
    """A resource no longer refuses what it did, whoever may have been allowed it otherwise."""
    for now, was in _pairs(ctx):
        if was is None or _goes(ctx, now):
            continue
        head, unknown = _total(ctx, now, base=False)
        base, _ = _total(ctx, was, base=True)
        if unknown or not base.denies:
            continue
        try:
            pieces = no_longer_denied(head, base)
        except TooComplexError:
            continue
        if pieces:
            texts = list(dict.fromkeys(described(p) for p in pieces))
            plain = all("securetransport" in t.lower() for t in texts)
            subject = now.registration if now.registration.urn in ctx.by_urn else was.registration
            title = f"The {now.noun} {now.name} no longer refuses {texts[0]}."
            more = f" and {len(texts) - 1} more" if len(texts) > 1 else ""
            severity = Severity.LOW if plain else Severity.MEDIUM
            yield risk(_KIND, severity, subject, title, f"Deny statements fall away: {texts[0]}{more}")


def _goes(ctx: Context, it: Guarded) -> bool:
    change = ctx.by_urn.get(it.target.urn) if it.target else None
    return change is not None and change.kind in (ChangeKind.DELETE, ChangeKind.REPLACE)
