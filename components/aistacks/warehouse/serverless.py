"""Builds a Redshift Serverless warehouse: namespace, workgroup and usage limit."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from .._aws.tags import tags_for
from .access import PORT, SharedResources, WarehouseOutputs, audit_logs
from .facts import facts


def build(parent: pulumi.Resource, name: str, a: Mapping[str, Any], shared: SharedResources) -> WarehouseOutputs:
    """Create the namespace, which has the data, and the workgroup, the primary child."""
    # The names are fixed, so a replacement must delete first.
    opts = pulumi.ResourceOptions(parent=parent, delete_before_replace=True, retain_on_delete=shared.retain)
    logs = audit_logs(parent, name, shared, facts()["serverless"]["log_group"], a["audit_log_retention_days"])
    namespace = aws.redshiftserverless.Namespace(
        f"{name}-namespace",
        namespace_name=shared.identifier,
        db_name=a["database"],
        admin_username=a["admin_username"],
        manage_admin_password=True,
        admin_password_secret_kms_key_id=shared.kms_key_arn,
        kms_key_id=shared.kms_key_arn,
        default_iam_role_arn=shared.role_arn,
        iam_roles=[shared.role_arn],
        log_exports=facts()["logs"],
        tags=tags_for(shared.component, f"{name}-namespace", shared.tags),
        # Redshift creates missing log groups without encryption and retention.
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[*logs], protect=shared.retain)),
    )
    workgroup = aws.redshiftserverless.Workgroup(
        name,
        workgroup_name=shared.identifier,
        namespace_name=namespace.namespace_name,
        base_capacity=a["base_rpus"],
        max_capacity=a["max_rpus"],
        port=PORT,
        publicly_accessible=False,
        enhanced_vpc_routing=True,
        subnet_ids=shared.subnet_ids,
        security_group_ids=[shared.security_group_id],
        config_parameters=[
            {"parameter_key": "require_ssl", "parameter_value": "true"},
            {"parameter_key": "enable_user_activity_logging", "parameter_value": "true"},
        ],
        tags=tags_for(shared.component, name, shared.tags),
        # AWS returns every parameter, the provider reports those not set here as a diff, and AWS rejects an update
        # that changes nothing (hashicorp/terraform-provider-aws#33692, #49939): each second `up`.
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=["configParameters"])),
    )
    aws.redshiftserverless.UsageLimit(
        f"{name}-usage-limit",
        resource_arn=workgroup.arn,
        usage_type="serverless-compute",
        period="daily",
        amount=a["daily_rpu_hours"],
        breach_action=a["on_limit"].value,
        opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=shared.retain),
    )
    endpoint = workgroup.endpoints.apply(lambda found: found[0]["address"] if found else "")
    return WarehouseOutputs(
        endpoint,
        pulumi.Output.from_input(namespace.admin_password_secret_arn),
        pulumi.Output.from_input(namespace.arn),
    )
