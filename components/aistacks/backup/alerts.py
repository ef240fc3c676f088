"""Who hears of a job that failed."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from .._aws.tags import tags_for
from .facts import facts
from .vaults import Vault


def alerts(parent: pulumi.Resource, name: str, a: Mapping[str, Any], made: Vault) -> None:
    """Tell the topic of each backup, copy and restore of this region that failed, and of objects that were left out.

    The vault's own notifications know only "completed", for a failed job, too: they would tell of every backup.
    """
    logical_name, told = f"{name}-alerts", facts()["failures"]
    child = pulumi.ResourceOptions(parent=parent)
    rule = aws.cloudwatch.EventRule(
        logical_name,
        description="Jobs of AWS Backup that failed",
        event_pattern=json.dumps(
            {
                "source": ["aws.backup"],
                "detail-type": told["jobs"],
                # Of a restore it is called status.
                "detail": {"$or": [{"state": told["states"]}, {"status": told["states"]}]},
            }
        ),
        tags=tags_for(f"Backup/{name}", logical_name, a["tags"]),
        opts=child,
    )
    aws.cloudwatch.EventTarget(logical_name, rule=rule.name, arn=a["alert_topic_arn"], opts=child)
    aws.backup.VaultNotifications(
        logical_name,
        backup_vault_name=made.name,
        sns_topic_arn=a["alert_topic_arn"],
        backup_vault_events=told["events"],
        opts=child,
    )
