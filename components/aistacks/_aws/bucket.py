"""Creates private, encrypted, versioned S3 buckets, and buckets for server access logs."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

from .policy_documents import Statement, account_id, document, tls_only
from .tags import tags_for

ABORT_UPLOADS_AFTER_DAYS = 7


class LogBucket(NamedTuple):
    """A target bucket for the server access logs of this account's buckets."""

    bucket: aws.s3.Bucket
    ready: pulumi.Output[str]
    """Its name, resolved once its policy allows S3 log delivery: S3 checks that when logging is enabled."""


def secure_bucket(
    parent: pulumi.Resource,
    logical_name: str,
    *,
    component: str,
    tags: Mapping[str, str],
    kms_key_arn: pulumi.Input[str],
    log_bucket: pulumi.Input[str] | None,
    retain: bool,
    rules: Sequence[Mapping[str, Any]] = (),
    noncurrent_days: int = 90,
    versioned: bool = True,
) -> aws.s3.Bucket:
    """A private bucket ``logical_name``, encrypted with ``kms_key_arn``, and its access controls.

    Access logs go to ``log_bucket`` under ``f"{logical_name}/"``; ``None`` disables them. ``rules`` are further
    lifecycle rules in the provider's format (``{"id": …, "status": "Enabled", …}``). Noncurrent versions
    expire after ``noncurrent_days``. ``component`` is, for example, ``DataLake/lake``. ``retain`` protects the bucket
    and retains it with its access controls and objects when it is removed from the program; otherwise deleting the
    bucket deletes its objects.
    """
    bucket = _bucket(parent, logical_name, component, tags, retain)
    encryption = {"sse_algorithm": "aws:kms", "kms_master_key_id": kms_key_arn}
    statements = [tls_only(bucket.arn), *require_bucket_key(bucket.arn, kms_key_arn)]
    _access_controls(parent, logical_name, bucket, retain, encryption, statements)
    opts = pulumi.ResourceOptions(parent=parent, retain_on_delete=retain)
    after = _version(parent, logical_name, bucket, retain) if versioned else None
    _expire(parent, logical_name, bucket, retain, noncurrent_days, rules, after)
    if log_bucket is not None:
        aws.s3.BucketLogging(
            f"{logical_name}-logging",
            bucket=bucket.id,
            target_bucket=log_bucket,
            target_prefix=f"{logical_name}/",
            opts=opts,
        )
    return bucket


def access_log_bucket(
    parent: pulumi.Resource,
    logical_name: str,
    *,
    component: str,
    tags: Mapping[str, str],
    retain: bool,
    expire_days: int = 365,
) -> LogBucket:
    """A target bucket for access logs, which expire after ``expire_days``. Its own access is not logged.

    It uses SSE-S3, because S3 doesn't deliver access logs to a bucket whose default encryption is SSE-KMS
    (AWS, S3 User Guide, "Enabling Amazon S3 server access logging", read 2026-11-23).
    """
    bucket = _bucket(parent, logical_name, component, tags, retain)
    deliver = {
        "Sid": "AccessLogsOfThisAccount",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": pulumi.Output.concat(bucket.arn, "/*"),
        "Condition": {"StringEquals": {"aws:SourceAccount": account_id(parent)}},
    }
    encryption = {"sse_algorithm": "AES256"}
    policy = _access_controls(parent, logical_name, bucket, retain, encryption, [tls_only(bucket.arn), deliver])
    versioning = _version(parent, logical_name, bucket, retain)
    expire = {
        "id": "expire-logs",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "expiration": {"days": expire_days},
    }
    _expire(parent, logical_name, bucket, retain, 30, [expire], versioning)
    return LogBucket(bucket, pulumi.Output.from_input(policy.bucket))


def _bucket(
    parent: pulumi.Resource, logical_name: str, component: str, tags: Mapping[str, str], retain: bool
) -> aws.s3.Bucket:
    return aws.s3.Bucket(
        logical_name,
        force_destroy=not retain,
        tags=tags_for(component, logical_name, tags),
        opts=pulumi.ResourceOptions(parent=parent, protect=retain, retain_on_delete=retain),
    )


def _access_controls(
    parent: pulumi.Resource,
    logical_name: str,
    bucket: aws.s3.Bucket,
    retain: bool,
    encryption: Mapping[str, Any],
    statements: Sequence[Statement],
) -> aws.s3.BucketPolicy:
    # A retained bucket retains its access controls, too.
    opts = pulumi.ResourceOptions(parent=parent, retain_on_delete=retain)
    block = aws.s3.BucketPublicAccessBlock(
        f"{logical_name}-public-access",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=opts,
    )
    aws.s3.BucketOwnershipControls(
        f"{logical_name}-ownership",
        bucket=bucket.id,
        rule={"object_ownership": "BucketOwnerEnforced"},
        opts=opts,
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        f"{logical_name}-encryption",
        bucket=bucket.id,
        rules=[
            {
                "apply_server_side_encryption_by_default": encryption,
                # Bucket keys exist for SSE-KMS only.
                "bucket_key_enabled": encryption["sse_algorithm"] == "aws:kms",
            }
        ],
        opts=opts,
    )
    return aws.s3.BucketPolicy(
        f"{logical_name}-policy",
        bucket=bucket.id,
        policy=document(statements),
        # S3 rejects concurrent changes to a bucket's access settings (OperationAborted).
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[block])),
    )


def _version(
    parent: pulumi.Resource, logical_name: str, bucket: aws.s3.Bucket, retain: bool
) -> aws.s3.BucketVersioning:
    return aws.s3.BucketVersioning(
        f"{logical_name}-versioning",
        bucket=bucket.id,
        versioning_configuration={"status": "Enabled"},
        opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=retain),
    )


def _expire(
    parent: pulumi.Resource,
    logical_name: str,
    bucket: aws.s3.Bucket,
    retain: bool,
    noncurrent_days: int,
    rules: Sequence[Mapping[str, Any]],
    after: pulumi.Resource | None,
) -> None:
    housekeeping = {
        "id": "housekeeping",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "abort_incomplete_multipart_upload": {"days_after_initiation": ABORT_UPLOADS_AFTER_DAYS},
        "noncurrent_version_expiration": {"noncurrent_days": noncurrent_days},
    }
    aws.s3.BucketLifecycleConfiguration(
        f"{logical_name}-lifecycle",
        bucket=bucket.id,
        rules=[housekeeping, *rules],
        opts=pulumi.ResourceOptions(
            parent=parent,
            retain_on_delete=retain,
            # Rules for noncurrent versions require versioning.
            depends_on=[after] if after is not None else None,
        ),
    )


def require_bucket_key(bucket_arn: pulumi.Output[str], key_arn: pulumi.Input[str]) -> list[Statement]:
    """Deny uploads that request any encryption other than the bucket's.

    An upload without encryption headers gets the bucket's default and is allowed; the usual "deny unencrypted uploads"
    statement would deny exactly those.
    """
    common = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": pulumi.Output.concat(bucket_arn, "/*"),
    }
    algorithm, key = "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id"
    return [
        {
            **common,
            "Sid": "NoOtherEncryption",
            "Condition": {"StringNotEquals": {algorithm: "aws:kms"}, "Null": {algorithm: "false"}},
        },
        {
            **common,
            "Sid": "NoOtherKey",
            "Condition": {"StringNotEquals": {key: key_arn}, "Null": {key: "false"}},
        },
        {
            # SSE-KMS requested without a key ID would use the AWS managed key aws/s3, not the bucket's key.
            **common,
            "Sid": "NoKeyLeftOut",
            "Condition": {"StringEquals": {algorithm: "aws:kms"}, "Null": {key: "true"}},
        },
        {
            **common,
            "Sid": "NoCustomerProvidedKey",
            "Condition": {"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}},
        },
    ]
