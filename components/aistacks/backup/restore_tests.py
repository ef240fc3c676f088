"""Restores that AWS Backup tries by itself, and cleans up after."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from .._aws.names import physical_name
from .._aws.policy_documents import Statement, partition
from .._aws.tags import tags_for
from .role import role
from .vaults import Vault

_LONGEST = 50
_BUCKET = "awsbackup-restore-test-"
"""With what the buckets of a restore test begin ("Restore testing", AWS Backup developer guide)."""


def restore_tests(parent: pulumi.Resource, name: str, a: Mapping[str, Any], here: Vault) -> None:
    """Restore each bucket's latest backup on the stated days; what was restored is deleted after a day."""
    logical_name = f"{name}-restore-test"
    opts = pulumi.ResourceOptions(parent=parent)
    plan = aws.backup.RestoreTestingPlan(
        logical_name,
        # Letters, digits and underscores only.
        name=physical_name(name, _LONGEST, "_"),
        schedule_expression=f"cron(0 6 ? * {','.join(a['restore_tests_on'])} *)",
        recovery_point_selection={
            "algorithm": "LATEST_WITHIN_WINDOW",
            "include_vaults": [here.arn],
            "recovery_point_types": ["SNAPSHOT", "CONTINUOUS"] if a["continuous"] else ["SNAPSHOT"],
            "selection_window_days": 7,
        },
        tags=tags_for(f"Backup/{name}", logical_name, a["tags"]),
        opts=opts,
    )
    aws.backup.RestoreTestingSelection(
        logical_name,
        name=physical_name(f"{name}-s3", _LONGEST, "_"),
        restore_testing_plan_name=plan.name,
        protected_resource_type="S3",
        protected_resource_arns=list(a["bucket_arns"].values()),
        iam_role_arn=role(parent, name, logical_name, a, "What a restore test may write", _writing(parent)),
        validation_window_hours=24,
        opts=opts,
    )


def _writing(parent: pulumi.Resource) -> list[Statement]:
    bucket = pulumi.Output.concat("arn:", partition(parent), ":s3:::", _BUCKET, "*")
    settings = ["CreateBucket", "ListBucketVersions", "ListBucket", "GetBucketVersioning", "GetBucketLocation"]
    settings += ["PutBucketVersioning", "PutBucketOwnershipControls", "GetBucketOwnershipControls", "DeleteBucket"]
    settings += ["PutLifecycleConfiguration"]
    objects = [
        "GetObject",
        "GetObjectVersion",
        "DeleteObject",
        "DeleteObjectVersion",
        "PutObject",
        "AbortMultipartUpload",
    ]
    # AWS's own policy for restores has them, though these buckets have no access lists.
    objects += ["GetObjectAcl", "GetObjectVersionAcl", "PutObjectAcl", "PutObjectVersionAcl"]
    objects += ["ListMultipartUploadParts", "PutObjectTagging", "PutObjectVersionTagging", "GetObjectTagging"]
    return [
        {"Effect": "Allow", "Action": [f"s3:{each}" for each in settings], "Resource": bucket},
        {
            "Effect": "Allow",
            "Action": [f"s3:{each}" for each in objects],
            "Resource": pulumi.Output.concat(bucket, "/*"),
        },
        {
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
            "Resource": "*",
            "Condition": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}},
        },
    ]
