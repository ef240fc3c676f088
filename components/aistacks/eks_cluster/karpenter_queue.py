"""Karpenter's interruption queue."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from .._aws.policy_documents import document
from .._aws.tags import tags_for

# Karpenter's CloudFormation template lists these sources and detail types.
_EVENTS = {
    "health": ("aws.health", "AWS Health Event"),
    "spot": ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
    "rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
    "state": ("aws.ec2", "EC2 Instance State-change Notification"),
    "reservation": ("aws.ec2", "EC2 Capacity Reservation Instance Interruption Warning"),
}
_STALE_S = 300


def interruption_queue(parent: pulumi.Resource, name: str, a: Mapping[str, Any]) -> aws.sqs.Queue:
    """An encrypted SQS queue to which only these EventBridge rules may send, over TLS only."""
    child = pulumi.ResourceOptions(parent=parent)
    logical_name = f"{name}-karpenter"
    queue = aws.sqs.Queue(
        logical_name,
        message_retention_seconds=_STALE_S,
        sqs_managed_sse_enabled=True,
        tags=tags_for(f"EksCluster/{name}", logical_name, a["tags"]),
        opts=child,
    )
    rules = []
    for role, (source, detail_type) in _EVENTS.items():
        rule_name = f"{logical_name}-{role}"
        rule = aws.cloudwatch.EventRule(
            rule_name,
            description=f"Tells Karpenter of: {detail_type}",
            event_pattern=json.dumps({"source": [source], "detail-type": [detail_type]}),
            tags=tags_for(f"EksCluster/{name}", rule_name, a["tags"]),
            opts=child,
        )
        aws.cloudwatch.EventTarget(rule_name, rule=rule.name, arn=queue.arn, opts=child)
        rules.append(rule)
    aws.sqs.QueuePolicy(
        logical_name,
        queue_url=queue.url,
        policy=document(
            [
                {
                    "Sid": "EventsOfTheseRules",
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": queue.arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": [rule.arn for rule in rules]}},
                },
                {
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "sqs:*",
                    "Resource": queue.arn,
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
            ]
        ),
        opts=child,
    )
    return queue
