"""Scheduled backups of what holds data, in a locked vault, with copies in a second region."""

from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi

from .._arguments import checked
from ..component import Component
from .alerts import alerts
from .checks import validate
from .plan import build as build_plan
from .restore_tests import restore_tests
from .role import backup_role
from .snapshot_copies import snapshot_copies
from .vaults import vault


class VaultLock(StrEnum):
    """Who may delete a backup before its time, and take the lock off."""

    NONE = "none"
    """Whoever IAM and the vault's policy allow."""
    GOVERNANCE = "governance"
    """Nobody, as long as the lock is there; whoever IAM allows takes it off."""
    COMPLIANCE = "compliance"
    """Nobody, for ever: after ``days_until_locked`` neither AWS nor the account's root user can take the lock off or
    shorten it, and the vault stays until its last backup has expired."""


class BackupArgs(TypedDict):
    """Arguments of ``Backup``."""

    bucket_arns: NotRequired[dict[str, pulumi.Input[str]]]
    """Label to the ARN of a versioned bucket. Default: ``{}``."""
    warehouse_arns: NotRequired[dict[str, pulumi.Input[str]]]
    """Label to the ARN of a Redshift cluster or a Redshift Serverless namespace. Default: ``{}``."""
    cluster_identifiers: NotRequired[dict[str, pulumi.Input[str]]]
    """Label to the identifier of a provisioned Redshift cluster whose snapshots Redshift copies to ``second_region``.
    Default: ``{}``."""
    second_region: NotRequired[str]
    """Region that gets a vault, a key and a copy of each backup of the buckets. Default: no copies."""
    every_hours: NotRequired[int]
    """Hours between two backups, a divisor of 24. Default: ``24``."""
    start_window_minutes: NotRequired[int]
    """Minutes within which a backup must start, at least 60. Default: ``60``."""
    completion_window_minutes: NotRequired[int]
    """Minutes after the start window within which a backup must be done, at least 60. Default: ``360``."""
    backup_retention_days: NotRequired[int]
    """Days for which backups are kept. Default: ``35``."""
    copy_retention_days: NotRequired[int]
    """Days for which copies are kept in ``second_region``. Default: as many as ``backup_retention_days``."""
    continuous: NotRequired[bool]
    """Back the buckets up continuously, too, to restore them as of any second of the last 35 days. A bucket may be in
    one such plan only. Default: ``True``."""
    lock: NotRequired[VaultLock]
    """Vault lock of both vaults. ``"compliance"`` can't be undone. Default: ``"governance"``."""
    days_until_locked: NotRequired[int]
    """Compliance lock: days until it can't be taken off any more, at least 3; must be stated. Default: none."""
    min_retention_days: NotRequired[int]
    """Vault lock: shortest retention that the vaults take. Default: ``7``."""
    max_retention_days: NotRequired[int]
    """Vault lock: longest retention that the vaults take. Default: any."""
    restore_tests_on: NotRequired[list[str]]
    """Days of the week, for example ``["SUN"]``, on which AWS Backup restores each bucket's latest backup into a new
    bucket, and deletes that again. Default: ``[]``."""
    rpo_hours: NotRequired[int]
    """Recovery point objective: hours of work that may be lost when data is. Held against the schedule.
    Default: none."""
    region_rpo_hours: NotRequired[int]
    """The same when the whole region is lost; needs ``second_region``. Default: none."""
    rto_hours: NotRequired[int]
    """Recovery time objective: hours until data is back. Only a restore measures it, so it needs ``restore_tests_on``
    where there are buckets. Default: none."""
    alert_topic_arn: NotRequired[pulumi.Input[str]]
    """SNS topic, in this region and account, that is told of every backup, copy and restore of the region that failed;
    its policy must allow ``events.amazonaws.com`` and ``backup.amazonaws.com``. Default: nobody is told."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key of the vault in this region. Default: a new customer managed key."""
    deletion_protection: NotRequired[bool]
    """Protects stateful resources from deletion, and retains them in AWS when they are removed from the program.
    Default: ``True``."""
    deletion_allowed: NotRequired[dict[str, str]]
    """Resources that ``deletion_protection`` doesn't guard today: a resource's name in the program (or
    ``<kind>::<name>``, for example ``Bucket::lake-gold``) to today's date in UTC, for example ``2026-12-01``. Any other
    day is refused. Default: ``{}``."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Permissions boundary of each IAM role. Default: none."""
    iam_path: NotRequired[str]
    """Path of each IAM role, such as ``"/aistacks/"``; another one replaces them. Default: IAM's, ``/``."""
    tags: NotRequired[dict[str, str]]
    """Tags on every AWS resource, in addition to the component's own. Default: ``{}``."""


_DEFAULTS: dict[str, object] = {
    "bucket_arns": {},
    "warehouse_arns": {},
    "cluster_identifiers": {},
    "every_hours": 24,
    "start_window_minutes": 60,
    "completion_window_minutes": 360,
    "backup_retention_days": 35,
    "continuous": True,
    "lock": VaultLock.GOVERNANCE,
    "min_retention_days": 7,
    "restore_tests_on": [],
    "deletion_protection": True,
    "deletion_allowed": {},
    "tags": {},
}


class Backup(Component):
    """AWS Backup of buckets and warehouses, held against the recovery objectives that are stated.

    Raises ``UserError`` for invalid arguments, and for an objective that the schedule can't meet.
    """

    vault_name: pulumi.Output[str]
    """Name of the vault in this region."""
    vault_arn: pulumi.Output[str]
    """Its ARN."""
    copy_vault_arn: pulumi.Output[str]
    """ARN of the vault in ``second_region``; empty without one."""
    kms_key_arn: pulumi.Output[str]
    """ARN of the KMS key of the vault in this region."""
    role_arn: pulumi.Output[str]
    """ARN of the role with which AWS Backup reads the stores."""

    def __init__(self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        a = checked(name, args, BackupArgs, _DEFAULTS)
        validate(name, BackupArgs, a)
        super().__init__(name, opts, deletion_allowed=a["deletion_allowed"], iam=a)
        made = vault(self, name, a)
        copy = vault(self, name, a, region=a["second_region"]) if "second_region" in a else None
        role = backup_role(self, name, a, [v.arn for v in (made, copy) if v])
        build_plan(self, name, a, made, copy, role)
        if copy is not None:
            snapshot_copies(self, name, a, copy)
        if a["restore_tests_on"]:
            restore_tests(self, name, a, made)
        if "alert_topic_arn" in a:
            alerts(self, name, a, made)
        self.vault_name, self.vault_arn, self.kms_key_arn = made.name, made.arn, made.key_arn
        self.copy_vault_arn = copy.arn if copy else pulumi.Output.from_input("")
        self.role_arn = role
