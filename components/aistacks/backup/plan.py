"""The backup plan: when, for how long, and of what."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from .._aws.tags import tags_for
from .facts import facts
from .vaults import Vault

_MINUTE = 17
"""Past the hour: most of the world's jobs start at the full one."""
_BUCKETS, _CONTINUOUS, _WAREHOUSES = "buckets", "pitr", "redshift"
_UPKEEP = "47 12"
"""When AWS Backup looks after the continuous backups, once a day: minute and hour, far from a daily snapshot's."""


def build(
    parent: pulumi.Resource,
    name: str,
    a: Mapping[str, Any],
    here: Vault,
    copy: Vault | None,
    role_arn: pulumi.Output[str],
) -> None:
    """Plans, each with its selection: only buckets are backed up continuously, and copied.

    Continuous backups are in a plan of their own: of rules in one plan whose start windows overlap AWS Backup keeps to
    the one with the longer retention, and makes neither the other's snapshots nor their copies.
    """
    if a["bucket_arns"]:
        rules = [_rule(a, "scheduled", here, _copies(a, copy))]
        _plan(parent, name, _BUCKETS, a, rules, a["bucket_arns"], here, copy, role_arn)
        if a["continuous"]:
            rules = [_continuous(a, here)]
            _plan(parent, name, _CONTINUOUS, a, rules, a["bucket_arns"], here, None, role_arn)
    if a["warehouse_arns"]:
        rules = [_rule(a, "scheduled", here, [])]
        _plan(parent, name, _WAREHOUSES, a, rules, a["warehouse_arns"], here, None, role_arn)


def _continuous(a: Mapping[str, Any], here: Vault) -> dict[str, Any]:
    return {
        **_rule(a, "continuous", here, []),
        "schedule": f"cron({_UPKEEP} ? * * *)",
        "lifecycle": {"delete_after": facts()["continuous_days"]},
        "enable_continuous_backup": True,
    }


def _rule(a: Mapping[str, Any], called: str, here: Vault, copies: list[dict[str, Any]]) -> dict[str, Any]:
    hours = "*" if a["every_hours"] == 1 else f"0/{a['every_hours']}" if a["every_hours"] < 24 else "0"
    return {
        "rule_name": called,
        "target_vault_name": here.name,
        "schedule": f"cron({_MINUTE} {hours} ? * * *)",
        "start_window": a["start_window_minutes"],
        "completion_window": a["start_window_minutes"] + a["completion_window_minutes"],
        "lifecycle": {"delete_after": a["backup_retention_days"]},
        "copy_actions": copies,
    }


def _copies(a: Mapping[str, Any], copy: Vault | None) -> list[dict[str, Any]]:
    if copy is None:
        return []
    kept = a.get("copy_retention_days", a["backup_retention_days"])
    return [{"destination_vault_arn": copy.arn, "lifecycle": {"delete_after": kept}}]


def _plan(
    parent: pulumi.Resource,
    name: str,
    role: str,
    a: Mapping[str, Any],
    rules: list[dict[str, Any]],
    arns: Mapping[str, pulumi.Input[str]],
    here: Vault,
    copy: Vault | None,
    role_arn: pulumi.Output[str],
) -> None:
    logical_name = f"{name}-{role}"
    # A backup that is there before its vault's lock can be deleted like any other.
    locked = [*here.ready, *(copy.ready if copy else [])]
    plan = aws.backup.Plan(
        logical_name,
        rules=rules,
        tags=tags_for(f"Backup/{name}", logical_name, a["tags"]),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=locked),
    )
    aws.backup.Selection(
        logical_name,
        plan_id=plan.id,
        iam_role_arn=role_arn,
        resources=list(arns.values()),
        opts=pulumi.ResourceOptions(parent=parent),
    )
