"""The role with which AWS Backup reads the stores and writes to the vaults."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from .._aws.policy_documents import Statement, account_id, document, partition
from .._aws.tags import tags_for


def backup_role(
    parent: pulumi.Resource, name: str, a: Mapping[str, Any], vault_arns: Sequence[pulumi.Output[str]]
) -> pulumi.Output[str]:
    """ARN of a role for these stores alone; AWS's managed policies would read every bucket of the account."""
    where = partition(parent)
    account = account_id(parent)
    statements = [*_vaults(where, vault_arns), *_keys()]
    everywhere = ["tag:GetResources"]
    if a["bucket_arns"]:
        statements += _buckets(where, list(a["bucket_arns"].values()))
        everywhere += ["cloudwatch:GetMetricData", "events:ListRules", "s3:ListAllMyBuckets"]
    if a["warehouse_arns"]:
        statements += _warehouses(where, account, list(a["warehouse_arns"].values()))
        everywhere += [f"redshift-serverless:List{each}" for each in ("Namespaces", "Snapshots", "TagsForResource")]
    ours = {"StringEquals": {"aws:ResourceAccount": account}}
    statements.append({"Effect": "Allow", "Action": "kms:DescribeKey", "Resource": "*", "Condition": ours})
    # AWS's own policy for AWS Backup has no resource here either.
    statements.append({"Effect": "Allow", "Action": everywhere, "Resource": "*"})
    return role(parent, name, f"{name}-role", a, "What AWS Backup may read", statements)


def role(
    parent: pulumi.Resource,
    name: str,
    logical_name: str,
    a: Mapping[str, Any],
    what: str,
    statements: Sequence[Statement],
) -> pulumi.Output[str]:
    """ARN of a role that AWS Backup of this account assumes, resolved once it has its policy."""
    trusted = {
        "Effect": "Allow",
        "Principal": {"Service": "backup.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account_id(parent)}},
    }
    opts = pulumi.ResourceOptions(parent=parent)
    made = aws.iam.Role(
        logical_name,
        description=what,
        assume_role_policy=document([trusted]),
        tags=tags_for(f"Backup/{name}", logical_name, a["tags"]),
        opts=opts,
    )
    policy = aws.iam.RolePolicy(logical_name, role=made.name, policy=document(statements), opts=opts)
    return pulumi.Output.all(made.arn, policy.urn).apply(lambda known: str(known[0]))


def _vaults(where: pulumi.Output[str], vault_arns: Sequence[pulumi.Output[str]]) -> list[Statement]:
    points = pulumi.Output.concat("arn:", where, ":backup:*:*:recovery-point:*")
    return [
        {
            "Effect": "Allow",
            "Action": ["backup:DescribeBackupVault", "backup:CopyIntoBackupVault"],
            "Resource": list(vault_arns),
        },
        {
            "Effect": "Allow",
            "Action": ["backup:CopyFromBackupVault", "backup:TagResource"],
            "Resource": [points, *vault_arns],
        },
    ]


def _keys() -> list[Statement]:
    return [
        {
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:DescribeKey"],
            "Resource": "*",
            "Condition": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}},
        },
        {
            "Effect": "Allow",
            "Action": "kms:CreateGrant",
            "Resource": "*",
            "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
        },
    ]


def _buckets(where: pulumi.Output[str], arns: list[pulumi.Input[str]]) -> list[Statement]:
    # AWS Backup follows a bucket's changes by a rule of its own on EventBridge, and reads its content by an inventory.
    rules = pulumi.Output.concat("arn:", where, ":events:*:*:rule/AwsBackupManagedRule*")
    bucket = [
        "GetBucketTagging",
        "GetInventoryConfiguration",
        "ListBucketVersions",
        "ListBucket",
        "GetBucketVersioning",
    ]
    bucket += ["GetBucketLocation", "GetBucketAcl", "PutInventoryConfiguration", "GetBucketNotification"]
    bucket += ["PutBucketNotification", "ListTagsForResource"]
    objects = ["GetObject", "GetObjectAcl", "GetObjectTagging", "GetObjectVersion", "GetObjectVersionAcl"]
    rule = ["DeleteRule", "PutTargets", "DescribeRule", "EnableRule", "PutRule", "RemoveTargets", "ListTargetsByRule"]
    return [
        {"Effect": "Allow", "Action": [f"s3:{each}" for each in bucket], "Resource": arns},
        {
            "Effect": "Allow",
            "Action": [f"s3:{each}" for each in [*objects, "GetObjectVersionTagging"]],
            "Resource": [pulumi.Output.concat(arn, "/*") for arn in arns],
        },
        {"Effect": "Allow", "Action": [f"events:{each}" for each in [*rule, "DisableRule"]], "Resource": rules},
    ]


def _warehouses(
    where: pulumi.Output[str], account: pulumi.Output[str], arns: list[pulumi.Input[str]]
) -> list[Statement]:
    snapshots = [
        pulumi.Output.concat("arn:", where, ":redshift:*:", account, ":snapshot:*/*"),
        pulumi.Output.concat("arn:", where, ":redshift-serverless:*:", account, ":snapshot/*"),
    ]
    own = {"Null": {"aws:ResourceTag/aws:backup:source-resource": "false"}}
    make = ["redshift:CreateClusterSnapshot", "redshift:CreateTags", "redshift:DescribeTags"]
    make += ["redshift:DescribeClusterSnapshots", "redshift:DescribeClusters"]
    make += [f"redshift-serverless:{each}" for each in ("CreateSnapshot", "GetSnapshot", "GetNamespace", "TagResource")]
    provisioned, serverless = snapshots
    return [
        {"Effect": "Allow", "Action": make, "Resource": [*arns, *snapshots]},
        # AWS's own policy has the condition for the serverless ones alone. What AWS Backup can't delete in the end
        # stays, and is paid for.
        {"Effect": "Allow", "Action": "redshift:DeleteClusterSnapshot", "Resource": provisioned},
        {
            "Effect": "Allow",
            "Action": "redshift-serverless:DeleteSnapshot",
            "Resource": serverless,
            "Condition": own,
        },
    ]
