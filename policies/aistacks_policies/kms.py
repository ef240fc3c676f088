"""KMS keys."""

from __future__ import annotations

from .documents import documents_of, everybody
from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import PASS, Answers, either, unsure

_KEYS: Types = ("aws:kms/key:Key",)
_REPLICAS: Types = ("aws:kms/replicaKey:ReplicaKey",)
KEYS: Types = (*_KEYS, *_REPLICAS, "aws:kms/externalKey:ExternalKey", "aws:kms/alias:Alias")
"""What a property can name as the key that encrypts."""
_POLICIES: Types = ("aws:kms/keyPolicy:KeyPolicy",)
_WINDOW_DAYS = 30


@rule(
    "kms-rotation",
    _KEYS,
    Severity.MEDIUM,
    "KMS.4",
    "CKV_AWS_7",
    title="Keys are rotated",
    fix="Set enableKeyRotation to true.",
)
def rotation(key: Resource) -> Answers:
    """KMS makes new key material every year. Only symmetric keys of KMS's own store can be rotated so; others pass."""
    symmetric = key["customerMasterKeySpec"].or_else("SYMMETRIC_DEFAULT").equals("SYMMETRIC_DEFAULT")
    if symmetric is False or key["customKeyStoreId"].present:
        return [PASS]
    return [key["enableKeyRotation"].must_be(True)]


@rule(
    "kms-not-for-everybody",
    (*_KEYS, *_REPLICAS),
    Severity.CRITICAL,
    "KMS.5",
    "CKV_AWS_33",
    title="No key policy grants public access",
    fix="Name the principals, or demand kms:CallerAccount or the like.",
)
def not_for_everybody(key: Resource, stack: Stack) -> Answers:
    """No statement of the key's policy allows something to principal ``*`` without a condition that says who."""
    for _, document in documents_of(key, stack, _POLICIES, "keyId"):
        yield from everybody(document)


@rule(
    "kms-own-policy",
    (*_KEYS, *_REPLICAS),
    Severity.LOW,
    "CKV2_AWS_64",
    title="Keys have an explicit policy",
    fix="Set policy, or add a KeyPolicy.",
)
def own_policy(key: Resource, stack: Stack) -> Answers:
    """The key says who may use it. KMS's default leaves that to every IAM policy of the account."""
    attached = stack.attached(key, _POLICIES, "keyId")
    found = [unsure("a KeyPolicy may be its own")] if attached.maybe else []
    return [either(key["policy"].must_be_set(), *found, *([PASS] if attached.sure else []))]


@rule(
    "kms-deleted-late",
    (*_KEYS, *_REPLICAS),
    Severity.MEDIUM,
    "KMS.3",
    title="Keys have a deletion window of 30 days",
    fix="Set deletionWindowInDays to 30, and leave isEnabled alone.",
)
def deleted_late(key: Resource) -> Answers:
    """KMS waits 30 days before it destroys a key, and with it everything that the key encrypts; and the key isn't
    disabled. Whether a deletion is already under way can't be seen in code."""
    yield key["deletionWindowInDays"].or_else(_WINDOW_DAYS).must_be_at_least(_WINDOW_DAYS)
    yield key["isEnabled" if key.type in _KEYS else "enabled"].or_else(True).must_be(True)
