"""Builds a provisioned Redshift warehouse: a cluster of RA3 or RG nodes."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from .._aws.tags import tags_for
from .access import PORT, SharedResources, WarehouseOutputs, audit_logs
from .facts import facts


def build(parent: pulumi.Resource, name: str, a: Mapping[str, Any], shared: SharedResources) -> WarehouseOutputs:
    """Create a provisioned cluster, the primary child."""
    logs = audit_logs(parent, name, shared, facts()["provisioned"]["log_group"], a["audit_log_retention_days"])
    cluster = aws.redshift.Cluster(
        name,
        cluster_identifier=shared.identifier,
        cluster_type="multi-node" if a["nodes"] > 1 else "single-node",
        node_type=a["node_type"],
        number_of_nodes=a["nodes"],
        multi_az=a["multi_az"],
        database_name=a["database"],
        master_username=a["admin_username"],
        manage_master_password=True,
        master_password_secret_kms_key_id=shared.kms_key_arn,
        encrypted="true",
        kms_key_id=shared.kms_key_arn,
        port=PORT,
        publicly_accessible=False,
        enhanced_vpc_routing=True,
        cluster_subnet_group_name=_subnet_group(parent, name, shared).name,
        vpc_security_group_ids=[shared.security_group_id],
        cluster_parameter_group_name=_parameter_group(parent, name, shared).name,
        default_iam_role_arn=shared.role_arn,
        iam_roles=[shared.role_arn],
        automated_snapshot_retention_period=a["snapshot_retention_days"],
        allow_version_upgrade=True,
        **_final_snapshot(shared),
        tags=tags_for(shared.component, name, shared.tags),
        opts=pulumi.ResourceOptions(
            parent=parent,
            protect=shared.retain,
            retain_on_delete=shared.retain,
            # The name is fixed, so a replacement must delete first.
            delete_before_replace=True,
            # A classic resize copies the data and may take two days, a last snapshot hours ("Resizing a cluster",
            # Redshift management guide, read 2026-11-30); the provider gives up after 75 and 40 minutes.
            custom_timeouts=pulumi.CustomTimeouts(update="48h", delete="4h"),
        ),
    )
    aws.redshift.Logging(
        f"{name}-logging",
        cluster_identifier=cluster.cluster_identifier,
        log_destination_type="cloudwatch",
        log_exports=facts()["logs"],
        # Redshift creates missing log groups without encryption and retention.
        opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=shared.retain, depends_on=[*logs]),
    )
    return WarehouseOutputs(
        pulumi.Output.from_input(cluster.dns_name),
        pulumi.Output.from_input(cluster.master_password_secret_arn),
        pulumi.Output.from_input(cluster.arn),
    )


def _subnet_group(parent: pulumi.Resource, name: str, shared: SharedResources) -> aws.redshift.SubnetGroup:
    return aws.redshift.SubnetGroup(
        f"{name}-subnets",
        description=f"Private subnets of {shared.component}",
        subnet_ids=shared.subnet_ids,
        tags=tags_for(shared.component, f"{name}-subnets", shared.tags),
        opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=shared.retain),
    )


def _parameter_group(parent: pulumi.Resource, name: str, shared: SharedResources) -> aws.redshift.ParameterGroup:
    return aws.redshift.ParameterGroup(
        f"{name}-parameters",
        description=f"Parameters of {shared.component}",
        family=facts()["provisioned"]["parameter_group_family"],
        parameters=[
            {"name": "require_ssl", "value": "true"},
            {"name": "enable_user_activity_logging", "value": "true"},
        ],
        tags=tags_for(shared.component, f"{name}-parameters", shared.tags),
        opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=shared.retain),
    )


def _final_snapshot(shared: SharedResources) -> dict[str, Any]:
    if not shared.retain:
        return {"skip_final_snapshot": True}
    return {"skip_final_snapshot": False, "final_snapshot_identifier": f"{shared.identifier}-final"}
