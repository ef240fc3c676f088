"""Who has which policies in a plan: each role, user and group with what is attached to it and written on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aistacks_catalog.aws.iam import managed_policies
from aistacks_catalog.aws.iam.documents import allowed
from aistacks_catalog.aws.iam.requests import Allowed
from aistacks_core.snapshot import UNKNOWN, Registration

from .context import SnapshotIndex

ROLE, USER, GROUP, POLICY = (f"aws:iam/{k[0].lower()}{k[1:]}:{k}" for k in ("Role", "User", "Group", "Policy"))
_IDENTITIES = {"role": ROLE, "user": USER, "group": GROUP}
_INLINE = {f"aws:iam/{k}Policy:{k.title()}Policy": k for k in _IDENTITIES}
_ATTACHED = {f"aws:iam/{k}PolicyAttachment:{k.title()}PolicyAttachment": k for k in _IDENTITIES}
_MANY_ATTACHED = "aws:iam/policyAttachment:PolicyAttachment"
_MEMBERS, _MEMBERSHIP = "aws:iam/groupMembership:GroupMembership", "aws:iam/userGroupMembership:UserGroupMembership"
TYPES = (ROLE, USER, GROUP, POLICY, *_INLINE, *_ATTACHED, _MANY_ATTACHED, _MEMBERS, _MEMBERSHIP)
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
            identity.grants.append(Grant(document, registration, registration, "a policy written on it"))
        arns = inputs.get("managedPolicyArns")
        for arn in arns if isinstance(arns, list) else [arns] if arns is UNKNOWN else []:
            identity.grants.append(self._by_arn(arn, registration, "managedPolicyArns"))
        if inputs.get("permissionsBoundary") is not None:
            identity.boundary = self._attached(registration, "permissionsBoundary")

    def _attached(self, registration: Registration, key: str) -> Grant:
        return self._by_arn(registration.inputs.get(key, UNKNOWN), registration, key)

    def _by_arn(self, arn: Any, registration: Registration, key: str) -> Grant:
        if isinstance(arn, str) and _MANAGED in arn:
            path = arn.partition(_MANAGED)[2]
            statements = managed_policies.statements(path)
            document = UNKNOWN if statements is None else {"Statement": statements}
            return Grant(document, registration, registration, f"AWS's policy {path.rpartition('/')[2]}")
        dependencies = () if key == "managedPolicyArns" else registration.property_dependencies.get(key, ())
        policy = self.index.resolve_value(arn, (POLICY,), dependencies)
        if policy is not None:
            document = self.index.normalized(policy.inputs.get("policy", UNKNOWN))
            return Grant(document, policy, registration, f"the policy {policy.name}")
        return Grant(UNKNOWN, registration, registration, f"the policy {arn}" if isinstance(arn, str) else "a policy")

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
                self._at("user", user).groups += groups
        for registration in self.index.of(_MEMBERSHIP):
            groups = list(self._keys("group", registration, "groups"))
            for user in self._keys("user", registration, "user"):
                self._at("user", user).groups += groups
