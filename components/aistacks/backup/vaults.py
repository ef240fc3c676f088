"""A vault with its key, lock and policy, here or in the second region."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

from .._aws.key import key_for
from .._aws.policy_documents import account_id, document
from .._aws.tags import tags_for

COPY = "copy"


class Vault(NamedTuple):
    """A vault, usable once its lock is on."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    ready: list[pulumi.Resource]
    """What must be there before the first backup, so that none is without its lock."""


def vault(parent: pulumi.Resource, name: str, a: Mapping[str, Any], region: str | None = None) -> Vault:
    """The vault of this region, the primary child, or with ``region`` that of the copies."""
    retain, component = a["deletion_protection"], f"Backup/{name}"
    logical_name = f"{name}-{COPY}" if region else name
    key_arn = key_for(
        parent,
        f"{logical_name}-key",
        component=component,
        purpose="copies of backups" if region else "backups",
        tags=a["tags"],
        retain=retain,
        given=None if region else a.get("kms_key_arn"),
        region_name=region,
    )
    made = aws.backup.Vault(
        logical_name,
        kms_key_arn=key_arn,
        force_destroy=not retain,
        region=region,
        tags=tags_for(component, logical_name, a["tags"]),
        opts=pulumi.ResourceOptions(parent=parent, protect=retain, retain_on_delete=retain),
    )
    guards = [*_policy(parent, logical_name, made, region, retain), *_lock(parent, logical_name, a, made, region)]
    return Vault(pulumi.Output.from_input(made.name), pulumi.Output.from_input(made.arn), key_arn, guards)


def _policy(
    parent: pulumi.Resource, logical_name: str, made: aws.backup.Vault, region: str | None, retain: bool
) -> list[pulumi.Resource]:
    # Not the policy's own actions: whoever IAM lets write it can take it off, else nobody ever could.
    denied: dict[str, Any] = {
        "Sid": "NobodyDeletesBackups",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"],
        "Resource": "*",
    }
    if not retain:
        # A policy that left the program with its protection would stay in AWS, and `destroy` couldn't empty the vault.
        denied |= {
            "Sid": "NobodyElseDeletesBackups",
            "Condition": {
                "StringNotEquals": {"aws:PrincipalAccount": account_id(parent)},
                "Null": {"aws:PrincipalAccount": "false"},
            },
        }
    return [
        aws.backup.VaultPolicy(
            f"{logical_name}-policy",
            backup_vault_name=made.name,
            policy=document([denied]),
            region=region,
            opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=retain),
        )
    ]


def _lock(
    parent: pulumi.Resource, logical_name: str, a: Mapping[str, Any], made: aws.backup.Vault, region: str | None
) -> list[pulumi.Resource]:
    if a["lock"].value == "none":
        return []
    retain = a["deletion_protection"]
    return [
        aws.backup.VaultLockConfiguration(
            f"{logical_name}-lock",
            backup_vault_name=made.name,
            min_retention_days=a["min_retention_days"],
            max_retention_days=a.get("max_retention_days"),
            # Only with this does a lock become one that nobody takes off.
            changeable_for_days=a.get("days_until_locked"),
            region=region,
            # A change of it replaces it, which is to take it off; that is an update for governance, and for compliance
            # refused by AWS after the grace time.
            opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=retain, delete_before_replace=True),
        )
    ]
