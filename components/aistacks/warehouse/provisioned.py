"""Builds a provisioned Redshift warehouse: a cluster of RA3 or RG nodes."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from .._aws.tags import tags_for
from .access import PORT, Built, Ground, audit_logs
from .facts import facts


def build(parent: pulumi.Resource, name: str, a: Mapping[str, Any], ground: Ground) -> Built:
    """The cluster is the primary child."""
    logs = audit_logs(parent, name, ground, facts()["provisioned"]["log_group"], a["audit_log_retention_days"])
    cluster = aws.redshift.Cluster(
        name,
        cluster_identifier=ground.identifier,
        cluster_type="multi-node" if a["nodes"] > 1 else "single-node",
        node_type=a["node_type"],
        number_of_nodes=a["nodes"],
        multi_az=a["multi_az"],
        database_name=a["database"],
        master_username=a["admin_username"],
        manage_master_password=True,
        master_password_secret_kms_key_id=ground.kms_key_arn,
        encrypted="true",
        kms_key_id=ground.kms_key_arn,
        port=PORT,
        publicly_accessible=False,
        enhanced_vpc_routing=True,
        cluster_subnet_group_name=_subnet_group(parent, name, ground).name,
        vpc_security_group_ids=[ground.security_group_id],
        cluster_parameter_group_name=_parameter_group(parent, name, ground).name,
        default_iam_role_arn=ground.role_arn,
        iam_roles=[ground.role_arn],
        automated_snapshot_retention_period=a["snapshot_retention_days"],
        allow_version_upgrade=True,
        **_farewell(ground),
        tags=tags_for(ground.component, name, ground.tags),
        opts=pulumi.ResourceOptions(
            parent=parent,
            protect=ground.retain,
            retain_on_delete=ground.retain,
            # A fixed name can't exist twice, so a replacement deletes first.
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
        # Redshift makes log groups that it doesn't find, without key and retention.
        opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=ground.retain, depends_on=[*logs]),
    )
    return Built(
        pulumi.Output.from_input(cluster.dns_name),
        pulumi.Output.from_input(cluster.master_password_secret_arn),
    )


def _subnet_group(parent: pulumi.Resource, name: str, ground: Ground) -> aws.redshift.SubnetGroup:
    return aws.redshift.SubnetGroup(
        f"{name}-subnets",
        description=f"Private subnets of {ground.component}",
        subnet_ids=ground.subnet_ids,
        tags=tags_for(ground.component, f"{name}-subnets", ground.tags),
        opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=ground.retain),
    )


def _parameter_group(parent: pulumi.Resource, name: str, ground: Ground) -> aws.redshift.ParameterGroup:
    return aws.redshift.ParameterGroup(
        f"{name}-parameters",
        description=f"Parameters of {ground.component}",
        family=facts()["provisioned"]["parameter_group_family"],
        parameters=[
            {"name": "require_ssl", "value": "true"},
            {"name": "enable_user_activity_logging", "value": "true"},
        ],
        tags=tags_for(ground.component, f"{name}-parameters", ground.tags),
        opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=ground.retain),
    )


def _farewell(ground: Ground) -> dict[str, Any]:
    if not ground.retain:
        return {"skip_final_snapshot": True}
    return {"skip_final_snapshot": False, "final_snapshot_identifier": f"{ground.identifier}-final"}
