"""Redshift's own snapshots of a provisioned cluster, copied to the second region by Redshift."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from .._aws.names import physical_name
from .._aws.tags import tags_for
from .vaults import Vault

_LONGEST = 63
_DAYS, _MANUAL_DAYS = 35, 3653
"""Longest life of the copy of an automated and of a manual snapshot."""


def snapshot_copies(parent: pulumi.Resource, name: str, a: Mapping[str, Any], copy: Vault) -> None:
    """Copies of each cluster's automated and manual snapshots, under the key of the copies."""
    kept = a.get("copy_retention_days", a["backup_retention_days"])
    for label, identifier in a["cluster_identifiers"].items():
        logical_name = f"{name}-{label}-copy"
        grant = aws.redshift.SnapshotCopyGrant(
            logical_name,
            snapshot_copy_grant_name=physical_name(f"{name}-{label}", _LONGEST),
            kms_key_id=copy.key_arn,
            # The copies are encrypted there.
            region=a["second_region"],
            tags=tags_for(f"Backup/{name}", logical_name, a["tags"]),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        aws.redshift.SnapshotCopy(
            logical_name,
            cluster_identifier=identifier,
            destination_region=a["second_region"],
            snapshot_copy_grant_name=grant.snapshot_copy_grant_name,
            retention_period=min(kept, _DAYS),
            # AWS Backup's are manual ones to Redshift: it copies them, too, and would keep each copy for ever.
            manual_snapshot_retention_period=min(kept, _MANUAL_DAYS),
            opts=pulumi.ResourceOptions(parent=parent),
        )
