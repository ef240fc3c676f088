"""VPC flow logs."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from .._aws.policy_documents import account_id, document
from .._aws.tags import tags_for


def flow_logs(
    parent: pulumi.Resource, name: str, a: Mapping[str, Any], vpc: aws.ec2.Vpc, key: pulumi.Output[str]
) -> None:
    """Flow logs of the VPC to CloudWatch Logs, with a role that may write to this log group only."""
    child = pulumi.ResourceOptions(parent=parent)
    keep = a["deletion_protection"]
    logical_name = f"{name}-flow-logs"
    tags = tags_for(f"Network/{name}", logical_name, a["tags"])
    group = aws.cloudwatch.LogGroup(
        logical_name,
        retention_in_days=a["flow_log_retention_days"],
        kms_key_id=key,
        deletion_protection_enabled=keep,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent, protect=keep, retain_on_delete=keep),
    )
    role = aws.iam.Role(
        logical_name,
        description="Writes the flow logs of a network",
        assume_role_policy=document([_for_flow_logs(parent)]),
        tags=tags,
        opts=child,
    )
    statement = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        "Resource": pulumi.Output.concat(group.arn, ":*"),
    }
    policy = aws.iam.RolePolicy(logical_name, role=role.name, policy=document([statement]), opts=child)
    aws.ec2.FlowLog(
        logical_name,
        vpc_id=vpc.id,
        traffic_type="ALL",
        log_destination_type="cloud-watch-logs",
        log_destination=group.arn,
        iam_role_arn=role.arn,
        max_aggregation_interval=60,
        tags=tags,
        # Without the policy the records of the first minutes are lost.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy]),
    )


def _for_flow_logs(parent: pulumi.Resource) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account_id(parent)}},
    }
