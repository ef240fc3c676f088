"""S3 buckets: what their policies say."""

from __future__ import annotations

import re

from aistacks_catalog.aws.iam.patterns import matches

from .documents import Statement, documents_of, everybody, statements
from .resource import Resource
from .rule import Severity, rule
from .s3 import BUCKETS
from .stack import Stack, Types
from .values import Answer, Answers, Truth, Value, all_of, any_of, either, fail, no

_POLICY: Types = ("aws:s3/bucketPolicy:BucketPolicy",)
_ACCOUNT = re.compile(r"(?:^|:)(\d{12})(?:$|:)")
# What nobody outside the account should be given, as S3.6 lists it.
_OWNERS_ONLY = (
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketPolicy",
    "s3:PutEncryptionConfiguration",
    "s3:PutObjectAcl",
)


def _everybody(statement: Statement) -> Truth:
    return any_of(p.equals("*") if kind in ("AWS", "*") else False for kind, p in statement.principals)


def _everything(statement: Statement) -> Truth:
    """Whether it speaks of every S3 action."""
    return any_of(None if a.unknown else matches(a.text, "s3:anything at all") for a in statement.actions)


def _objects(statement: Statement) -> Truth:
    return any_of(None if r.unknown else r.text.endswith("*") for r in statement.resources)


def _denies(statement: Statement) -> Truth:
    return no(statement.allows)


def _without_tls(statement: Statement) -> Truth:
    return any_of(_is_without_tls(*each) for each in statement.conditions)


def _is_without_tls(operator: str, key: str, values: Value) -> Truth:
    if key == "*":
        return None
    if operator.lower() not in ("bool", "boolifexists") or key != "aws:securetransport":
        return False
    return all_of([bool(values.each()), *(value.equals(False) for value in values.each())])


def _refuses_plain(document: Value) -> Answer:
    found = [
        all_of((_denies(s), _everybody(s), _everything(s), _objects(s), _without_tls(s), len(s.conditions) < 2))
        for s in statements(document)
    ]
    return document.judged(any_of(found), "no statement denies s3:* to everybody where aws:SecureTransport is false")


@rule(
    "s3-tls-only",
    BUCKETS,
    Severity.HIGH,
    "S3.5",
    title="Buckets refuse requests without TLS",
    fix="Deny s3:* to * on the bucket and its objects where aws:SecureTransport is false, in its BucketPolicy.",
)
def tls_only(bucket: Resource, stack: Stack) -> Answers:
    """The bucket's policy denies every request that comes without TLS, so that nobody on the way reads along."""
    found = [_refuses_plain(document) for _, document in documents_of(bucket, stack, _POLICY, "bucket")]
    return [either(*found) if found else fail("has no policy")]


@rule(
    "s3-not-for-everybody",
    BUCKETS,
    Severity.CRITICAL,
    "CKV_AWS_70",
    title="No bucket policy grants public access",
    fix="Name the principals, or demand aws:PrincipalOrgID, aws:SourceAccount or the like.",
)
def not_for_everybody(bucket: Resource, stack: Stack) -> Answers:
    """No statement of the bucket's policy allows something to principal ``*`` without a condition that says who."""
    for _, document in documents_of(bucket, stack, _POLICY, "bucket"):
        yield from everybody(document)


def _grants_owner_rights(statement: Statement) -> Answers:
    grave = any_of(statement.grants(action) for action in _OWNERS_ONLY)
    if grave is False:
        return
    anybody = all_of((grave, no(statement.bound_to_somebody())))
    for kind, principal in statement.principals:
        account = next(iter(_ACCOUNT.findall(principal.text)), "")
        if kind == "AWS" and account.strip("0"):
            yield principal.unsure(
                f"gives account {account} the owner's permissions, if that isn't the bucket's account"
            )
        open_ = all_of((principal.equals("*") if kind in ("AWS", "*") else False, anybody))
        yield principal.judged(no(open_), "gives everyone the owner's permissions")


@rule(
    "s3-owner-decides",
    BUCKETS,
    Severity.HIGH,
    "S3.6",
    title="No other account may change who has access to a bucket",
    fix="Take the actions on policies, ACLs and encryption out of statements for other accounts.",
)
def owner_decides(bucket: Resource, stack: Stack) -> Answers:
    """No statement gives an account by its ID what only the owner should do: policies, ACLs, encryption. Which
    ID is the bucket's own isn't known before deployment, so such a statement makes the answer unknown."""
    for _, document in documents_of(bucket, stack, _POLICY, "bucket"):
        for statement in statements(document):
            yield from _grants_owner_rights(statement)


@rule(
    "s3-no-lockout",
    BUCKETS,
    Severity.HIGH,
    "CKV_AWS_93",
    title="No bucket policy locks its account out",
    fix="Give the denying statement a condition, or the principals that it is meant for.",
)
def no_lockout(bucket: Resource, stack: Stack) -> Answers:
    """No statement denies everything to everybody without a condition: only the account's root user could undo it."""
    for _, document in documents_of(bucket, stack, _POLICY, "bucket"):
        for s in statements(document):
            bare = None if s["Condition"].unknown else not s.conditions
            locked = all_of((_denies(s), _everybody(s), _everything(s), bare))
            yield s.value.judged(no(locked), "denies every action to everybody")
