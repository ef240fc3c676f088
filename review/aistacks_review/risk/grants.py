"""Who has which policies in a plan: each role, user and group with what is attached to it and written on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from aistacks_catalog.aws.iam import managed_policies
from aistacks_catalog.aws.iam.documents import allowed
from aistacks_catalog.aws.iam.requests import Allowed
from aistacks_core.snapshot import UNKNOWN, Registration

from .snapshot_index import SnapshotIndex

ROLE, USER, GROUP, POLICY = (f"aws:iam/{k[0].lower()}{k[1:]}:{k}" for k in ("Role", "User", "Group", "Policy"))
_IDENTITIES = {"role": ROLE, "user": USER, "group": GROUP}
_INLINE = {f"aws:iam/{k}Policy:{k.title()}Policy": k for k in _IDENTITIES}
_ATTACHED = {f"aws:iam/{k}PolicyAttachment:{k.title()}PolicyAttachment": k for k in _IDENTITIES}
_EXCLUSIVE = {f"aws:iam/{k}PolicyAttachmentsExclusive:{k.title()}PolicyAttachmentsExclusive": k for k in _IDENTITIES}
"""They name all managed policies of an identity, and so attach them."""
_MANY_ATTACHED = "aws:iam/policyAttachment:PolicyAttachment"
_MEMBERS, _MEMBERSHIP = "aws:iam/groupMembership:GroupMembership", "aws:iam/userGroupMembership:UserGroupMembership"
TYPES = (ROLE, USER, GROUP, POLICY, *_INLINE, *_ATTACHED, *_EXCLUSIVE, _MANY_ATTACHED, _MEMBERS, _MEMBERSHIP)
"""Every type that has a say in what an identity may do."""
_MANAGED = ":iam::aws:policy/"


@dataclass(frozen=True)
class Grant:
    """One policy of one identity."""

    document: Any
    """A policy document; ``UNKNOWN`` where it isn't known."""
    source: Registration
    """What holds the document."""
    via: Registration
    """What attaches it: the same, where it is written on the identity."""
    what: str
    """In words: ``"the policy models-read"``."""
    prop: str = "policy"
    """The property of ``via`` that holds the document, or names it."""
    arn: str = ""
    """Of a managed policy that the program doesn't make."""

    @property
    def allowed(self) -> Allowed | None:
        """What it allows; ``None`` where that isn't known."""
        return allowed(self.document)


@dataclass
class Identity:
    """A role, a user or a group, of the program or only named by it."""

    kind: str
    name: str
    registration: Registration | None = None
    grants: list[Grant] = field(default_factory=list)
    boundary: Grant | None = None
    groups: list[str] = field(default_factory=list)
    """Keys of the groups that a user is in."""
    has_members: bool = False
    """Of a group: whether the program says who is in it."""


def total(
    identity: Identity | None, settled: Callable[[Any], Any] = lambda document: document
) -> tuple[Allowed, list[Grant]]:
    """What an identity's known policies allow within its boundary, and the policies that aren't known.

    ``settled``: applied to each document first.
    """
    if identity is None:
        return Allowed(), []
    known, unknown = [], []
    for grant in identity.grants:
        it = replace(grant, document=settled(grant.document)).allowed
        known.append(it) if it is not None else unknown.append(grant)
    everything = reduce(lambda a, b: a + b, known, Allowed())
    bound = identity.boundary
    within = None if bound is None else replace(bound, document=settled(bound.document)).allowed
    return everything if within is None else everything.within(within), unknown


def identities(index: SnapshotIndex) -> dict[str, Identity]:
    """Every identity that the plan says something of, by URN, or ``role NAME`` where the program doesn't make it."""
    return _Grants(index).run()


class _Grants:
    def __init__(self, index: SnapshotIndex) -> None:
        self.index = index
        self.found: dict[str, Identity] = {}

    def run(self) -> dict[str, Identity]:
        for kind, type_ in _IDENTITIES.items():
            for registration in self.index.of(type_):
                self._add_identity(kind, registration)
        self._add_inline_policies()
        self._add_attachments()
        self._add_memberships()
        for identity in self.found.values():
            for group in identity.groups:
                if group in self.found:
                    identity.grants += self.found[group].grants
        return self.found

    def _add_inline_policies(self) -> None:
        for type_, kind in _INLINE.items():
            for registration in self.index.of(type_):
                document = self.index.normalized(registration.inputs.get("policy", UNKNOWN))
                grant = Grant(document, registration, registration, f"the policy {registration.name}")
                self._identity(kind, registration, kind).grants.append(grant)

    def _add_attachments(self) -> None:
        for type_, kind in _ATTACHED.items():
            for registration in self.index.of(type_):
                self._identity(kind, registration, kind).grants.append(self._attached(registration, "policyArn"))
        for type_, kind in _EXCLUSIVE.items():
            for registration in self.index.of(type_):
                self._add_arns(self._identity(kind, registration, f"{kind}Name"), registration, "policyArns")
        for registration in self.index.of(_MANY_ATTACHED):
            for kind in _IDENTITIES:
                for key in self._keys(kind, registration, f"{kind}s"):
                    self._at(kind, key).grants.append(self._attached(registration, "policyArn"))

    def _add_identity(self, kind: str, registration: Registration) -> None:
        identity = self.found[registration.urn] = Identity(kind, registration.name, registration)
        inputs = registration.inputs
        inline = inputs.get("inlinePolicies")
        for policy in inline if isinstance(inline, list) else [inline] if inline is UNKNOWN else []:
            document = self.index.normalized(policy.get("policy", UNKNOWN)) if isinstance(policy, dict) else UNKNOWN
            what = "a policy written on it"
            identity.grants.append(Grant(document, registration, registration, what, "inlinePolicies"))
        self._add_arns(identity, registration, "managedPolicyArns")
        if inputs.get("permissionsBoundary") is not None:
            identity.boundary = self._attached(registration, "permissionsBoundary")

    def _add_arns(self, identity: Identity, registration: Registration, key: str) -> None:
        arns = registration.inputs.get(key)
        for arn in arns if isinstance(arns, list) else [arns] if arns is UNKNOWN else []:
            identity.grants.append(self._by_arn(arn, registration, key))

    def _attached(self, registration: Registration, key: str) -> Grant:
        return self._by_arn(registration.inputs.get(key, UNKNOWN), registration, key)

    def _by_arn(self, arn: Any, registration: Registration, key: str) -> Grant:
        if isinstance(arn, str) and _MANAGED in arn:
            path = arn.partition(_MANAGED)[2]
            statements = managed_policies.statements(path)
            document = UNKNOWN if statements is None else {"Statement": statements}
            return Grant(document, registration, registration, f"AWS's policy {path.rpartition('/')[2]}", key, arn)
        # A list's dependencies are of all its items together.
        dependencies = () if key.endswith("Arns") else registration.property_dependencies.get(key, ())
        policy = self.index.resolve_value(arn, (POLICY,), dependencies)
        if policy is not None:
            document = self.index.normalized(policy.inputs.get("policy", UNKNOWN))
            return Grant(document, policy, registration, f"the policy {policy.name}", key)
        if isinstance(arn, str):
            return Grant(UNKNOWN, registration, registration, f"the policy {arn}", key, self.index.normalized(arn))
        return Grant(UNKNOWN, registration, registration, "a policy", key)

    def _identity(self, kind: str, registration: Registration, key: str) -> Identity:
        return self._at(kind, next(iter(self._keys(kind, registration, key)), f"{kind} of {registration.name}"))

    def _keys(self, kind: str, registration: Registration, key: str) -> Iterator[str]:
        """The identities that a property names: one, or a list of them."""
        value = registration.inputs.get(key)
        for name in value if isinstance(value, list) else [value]:
            if name is None:
                continue
            # A list's dependencies are of all its items together.
            dependencies = () if isinstance(value, list) else registration.property_dependencies.get(key, ())
            found = self.index.resolve_value(name, (_IDENTITIES[kind],), dependencies)
            if found is not None:
                yield found.urn
            elif isinstance(name, str):
                yield f"{kind} {name}"

    def _at(self, kind: str, key: str) -> Identity:
        if key not in self.found:
            self.found[key] = Identity(kind, key.removeprefix(f"{kind} "))
        return self.found[key]

    def _add_memberships(self) -> None:
        for registration in self.index.of(_MEMBERS):
            groups = list(self._keys("group", registration, "group"))
            for user in self._keys("user", registration, "users"):
                self._join(user, groups)
        for registration in self.index.of(_MEMBERSHIP):
            groups = list(self._keys("group", registration, "groups"))
            for user in self._keys("user", registration, "user"):
                self._join(user, groups)

    def _join(self, user: str, groups: list[str]) -> None:
        self._at("user", user).groups += groups
        for group in groups:
            self._at("group", group).has_members = True
