"""S3 buckets: what holds whoever asks. A bucket's settings are resources of their own, or, the old way, inside it."""

from __future__ import annotations

from .kms import KEYS
from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import PASS, Answer, Answers, Truth, Value, either, fail, unsure

BUCKETS: Types = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
_BLOCK: Types = ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",)
_ACCOUNT_BLOCK: Types = ("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",)
_ENCRYPTION: Types = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
)
_VERSIONING: Types = (
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:s3/bucketVersioningV2:BucketVersioningV2",
)
_LIFECYCLE: Types = (
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
)
LOGGING: Types = ("aws:s3/bucketLogging:BucketLogging", "aws:s3/bucketLoggingV2:BucketLoggingV2")
_OWNERSHIP: Types = ("aws:s3/bucketOwnershipControls:BucketOwnershipControls",)
_ACLS: Types = ("aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2")

_BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _all_blocks(block: Resource) -> Answers:
    return [block[each].must_be(True) for each in _BLOCKS]


def _inline(bucket: Resource, *names: str) -> Value:
    """A setting inside the bucket, under the name that its type has for it."""
    return next((bucket[name] for name in names if not bucket[name].absent), bucket[names[0]])


def takes_logs(bucket: Resource, stack: Stack) -> Truth:
    """Whether access logs of another bucket of the stack are written into this one."""
    found = [
        stack.attached(bucket, LOGGING, "targetBucket", BUCKETS),
        *(stack.attached(bucket, BUCKETS, f"{key}.targetBucket", BUCKETS) for key in ("logging", "loggings")),
    ]
    return True if any(a.sure for a in found) else None if any(a.maybe for a in found) else False


@rule(
    "s3-public-access-blocked",
    BUCKETS,
    Severity.CRITICAL,
    "S3.1",
    "S3.8",
    "CKV2_AWS_6",
    title="No bucket can be made public",
    fix="Add a BucketPublicAccessBlock of the bucket with all four settings true.",
)
def public_access_blocked(bucket: Resource, stack: Stack) -> Answers:
    """All four public-access blocks are on, at the bucket or for the account in the same stack. Without them one
    ACL or policy, also a later one by hand, opens the bucket to everybody."""
    for block in stack.of(_ACCOUNT_BLOCK):
        if all(answer is PASS for answer in _all_blocks(block)):
            return [PASS]
    return [stack.attached(bucket, _BLOCK, "bucket").must(_all_blocks, fail("has no BucketPublicAccessBlock"))]


def _encrypted(config: Resource, rules: Value, log_target: Truth, stack: Stack) -> Answers:
    if not rules.each():
        yield rules.must_be_set()
    for each in rules.each():
        default = each["applyServerSideEncryptionByDefault"]
        default = each["applyServerSideEncryptionByDefaults"] if default.absent else default
        key = default["kmsMasterKeyId"]
        if log_target is not False and default["sseAlgorithm"].equals("AES256"):
            yield default.judged(log_target, "")
            continue
        yield default["sseAlgorithm"].must_be("aws:kms", "aws:kms:dsse")
        yield stack.must_come_from(config, key, KEYS)
        if not key.unknown:
            yield key.must_not_be("alias/aws/s3")


@rule(
    "s3-customer-key",
    BUCKETS,
    Severity.HIGH,
    "S3.17",
    "CKV_AWS_145",
    title="Buckets are encrypted with a customer-managed key",
    fix="Add a BucketServerSideEncryptionConfiguration with sseAlgorithm aws:kms and kmsMasterKeyId of a key of yours.",
)
def customer_key(bucket: Resource, stack: Stack) -> Answers:
    """New objects are encrypted with a KMS key of the account's own, so that its policy and its log say who reads.
    A bucket that takes S3 access logs may have SSE-S3 instead: S3's log delivery asks for it."""
    target = takes_logs(bucket, stack)
    inline = _inline(bucket, "serverSideEncryptionConfiguration", "serverSideEncryptionConfigurations")
    if not inline.absent:
        rules = inline["rules"] if inline["rule"].absent else inline["rule"]
        return list(_encrypted(bucket, rules, target, stack))
    found = stack.attached(bucket, _ENCRYPTION, "bucket")
    return [
        found.must(lambda r: _encrypted(r, r["rules"], target, stack), fail("has no encryption with a key of its own"))
    ]


@rule(
    "s3-versioning",
    BUCKETS,
    Severity.MEDIUM,
    "S3.14",
    "CKV_AWS_21",
    title="Buckets keep earlier versions of objects",
    fix="Add a BucketVersioning of the bucket with versioningConfiguration.status Enabled.",
)
def versioning(bucket: Resource, stack: Stack) -> Answers:
    """Versioning is on, so that what is overwritten or deleted by mistake can be had back."""
    inline = _inline(bucket, "versioning", "versionings")
    if not inline.absent:
        return [inline["enabled"].must_be(True)]
    found = stack.attached(bucket, _VERSIONING, "bucket")
    return [
        found.must(lambda r: [r["versioningConfiguration"]["status"].must_be("Enabled")], fail("has no versioning"))
    ]


def _some_enabled(rules: Value, key: str, value: object) -> Answer:
    return either(*(each[key].must_be(value) for each in rules.each()), rules.fails("has no rule that is enabled"))


@rule(
    "s3-lifecycle",
    BUCKETS,
    Severity.LOW,
    "S3.10",
    "S3.13",
    "CKV2_AWS_61",
    title="Buckets have a lifecycle",
    fix="Add a BucketLifecycleConfiguration that ends old versions and unfinished uploads.",
)
def lifecycle(bucket: Resource, stack: Stack) -> Answers:
    """A lifecycle rule is enabled. Versions and unfinished uploads that nobody sees are paid for without end."""
    if not bucket["lifecycleRules"].absent:
        return [_some_enabled(bucket["lifecycleRules"], "enabled", True)]
    found = stack.attached(bucket, _LIFECYCLE, "bucket")
    return [found.must(lambda r: [_some_enabled(r["rules"], "status", "Enabled")], fail("has no lifecycle"))]


@rule(
    "s3-access-logs",
    BUCKETS,
    Severity.MEDIUM,
    "S3.9",
    "CKV_AWS_18",
    title="Access to buckets is logged",
    fix="Add a BucketLogging of the bucket with targetBucket a bucket for access logs.",
)
def access_logs(bucket: Resource, stack: Stack) -> Answers:
    """S3 writes access logs of the bucket into another one. A bucket that takes such logs itself is left out: logging
    to itself would never end."""
    taken = [PASS] if (it := takes_logs(bucket, stack)) else [unsure("may take logs itself")] if it is None else []
    inline = _inline(bucket, "logging", "loggings")
    if not inline.absent:
        return [either(inline["targetBucket"].must_be_set(), *taken)]
    found = stack.attached(bucket, LOGGING, "bucket")
    logs = found.must(lambda r: [stack.must_come_from(r, r["targetBucket"], BUCKETS)], fail("has no BucketLogging"))
    return [either(logs, *taken)]


@rule(
    "s3-no-acls",
    BUCKETS,
    Severity.MEDIUM,
    "S3.12",
    "CKV_AWS_20",
    "CKV_AWS_57",
    title="Buckets have no ACLs",
    fix="Add BucketOwnershipControls with objectOwnership BucketOwnerEnforced, and drop acl, grants and BucketAcl.",
)
def no_acls(bucket: Resource, stack: Stack) -> Answers:
    """Access is given by policies alone. An ACL can open single objects to everybody, and no policy shows it."""
    yield bucket["grants"].must_be_unset()
    yield bucket["acl"].or_else("private").must_be("private")
    acls = stack.attached(bucket, _ACLS, "bucket")
    yield from acls.all_must(lambda _: [fail("gives access by a list")])
    # AWS disables ACLs on new buckets; only what says otherwise turns them on.
    controls = stack.attached(bucket, _OWNERSHIP, "bucket")
    yield from controls.all_must(lambda r: [r["rule"]["objectOwnership"].must_be("BucketOwnerEnforced")])
