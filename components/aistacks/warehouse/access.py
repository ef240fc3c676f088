"""Resources of both deployment types: security group, IAM role for the lake, and audit log groups."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

from .._aws.lake_formation import PermissionModel, grant_reading
from .._aws.log_group import log_group
from .._aws.policy_documents import Statement, account_id, document, partition, region, trust
from .._aws.tags import tags_for
from .facts import facts

PORT = 5439


class SharedResources(NamedTuple):
    """Resources and settings that the builders of both deployment types use."""

    component: str
    """``Warehouse/<name>``, for tags."""
    identifier: str
    """Name of the warehouse in AWS."""
    subnet_ids: pulumi.Input[list[pulumi.Input[str]]]
    security_group_id: pulumi.Output[str]
    kms_key_arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]
    tags: Mapping[str, str]
    retain: bool
    adopt_log_groups: bool


class WarehouseOutputs(NamedTuple):
    """Outputs of a builder."""

    endpoint: pulumi.Output[str]
    secret_arn: pulumi.Output[str]
    arn: pulumi.Output[str]


class Lake(NamedTuple):
    """What the warehouse may read."""

    bucket_arns: Sequence[pulumi.Input[str]]
    databases: Sequence[pulumi.Input[str]]
    key_arns: Sequence[pulumi.Input[str]]
    model: PermissionModel


def security_group(
    parent: pulumi.Resource,
    name: str,
    component: str,
    vpc_id: pulumi.Input[str],
    cidrs: Sequence[str],
    groups: Mapping[str, pulumi.Input[str]],
    tags: Mapping[str, str],
    retain: bool,
) -> pulumi.Output[str]:
    """A security group: ingress from ``cidrs`` and ``groups`` (label to security group ID), egress on port 443 only."""
    # A retained warehouse still uses its security group and role.
    opts = pulumi.ResourceOptions(parent=parent, retain_on_delete=retain)
    group = aws.ec2.SecurityGroup(
        f"{name}-access",
        vpc_id=vpc_id,
        description=f"Who may connect to {component}",
        revoke_rules_on_delete=True,
        tags=tags_for(component, f"{name}-access", tags),
        opts=opts,
    )
    sources: dict[str, dict[str, Any]] = {cidr: {"cidr_ipv4": cidr} for cidr in cidrs}
    sources |= {label: {"referenced_security_group_id": id_} for label, id_ in groups.items()}
    for source, where in sources.items():
        rule = f"{name}-from-{source.replace('.', '-').replace('/', '-')}"
        aws.vpc.SecurityGroupIngressRule(
            rule,
            security_group_id=group.id,
            description=f"SQL clients in {source}",
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            tags=tags_for(component, rule, tags),
            opts=opts,
            **where,
        )
    # With enhanced VPC routing, traffic to S3, Glue and KMS uses this security group and the subnets' routes.
    aws.vpc.SecurityGroupEgressRule(
        f"{name}-to-tls",
        security_group_id=group.id,
        description="AWS services, by TLS",
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        cidr_ipv4="0.0.0.0/0",
        tags=tags_for(component, f"{name}-to-tls", tags),
        opts=opts,
    )
    return pulumi.Output.from_input(group.id)


def lake_role(
    parent: pulumi.Resource,
    name: str,
    component: str,
    lake: Lake,
    tags: Mapping[str, str],
    retain: bool,
) -> pulumi.Output[str]:
    """The warehouse's IAM role: may read the lake's buckets and Glue databases and decrypt with its keys only."""
    opts = pulumi.ResourceOptions(parent=parent, retain_on_delete=retain)
    role = aws.iam.Role(
        f"{name}-role",
        description=f"What {component} may read",
        # Redshift passes no aws:SourceAccount when it assumes a role, so the trust policy has no such condition.
        assume_role_policy=trust("redshift.amazonaws.com", "redshift-serverless.amazonaws.com"),
        tags=tags_for(component, f"{name}-role", tags),
        opts=opts,
    )
    statements: list[Statement] = []
    if lake.bucket_arns:
        statements += [
            {
                "Effect": "Allow",
                "Action": ["s3:GetBucketLocation", "s3:ListBucket"],
                "Resource": list(lake.bucket_arns),
            },
            {
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": [pulumi.Output.concat(arn, "/*") for arn in lake.bucket_arns],
            },
        ]
    if lake.databases:
        statements.append(_glue_read(parent, lake.databases))
        if lake.model is not PermissionModel.IAM:
            # Lake Formation vends credentials through this action, which doesn't support resource-level permissions.
            statements.append({"Effect": "Allow", "Action": "lakeformation:GetDataAccess", "Resource": "*"})
    if lake.key_arns:
        statements.append({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": list(lake.key_arns)})
    if statements:
        aws.iam.RolePolicy(f"{name}-role-policy", role=role.name, policy=document(statements), opts=opts)
    if lake.model is PermissionModel.LAKE_FORMATION:
        for i, database in enumerate(lake.databases):
            grant_reading(parent, f"{name}-lake-{i}", role.arn, database, retain=retain)
    return pulumi.Output.from_input(role.arn)


def audit_logs(
    parent: pulumi.Resource, name: str, shared: SharedResources, template: str, days: int
) -> list[aws.cloudwatch.LogGroup]:
    """The audit log groups, created before Redshift would create them without encryption and retention."""
    return [
        log_group(
            parent,
            f"{name}-{log}",
            group_name=template.format(namespace=shared.identifier, cluster=shared.identifier, log=log),
            component=shared.component,
            tags=shared.tags,
            kms_key_arn=shared.kms_key_arn,
            days=days,
            retain=shared.retain,
            adopt=shared.adopt_log_groups,
        )
        for log in facts()["logs"]
    ]


def _glue_read(parent: pulumi.Resource, databases: Sequence[pulumi.Input[str]]) -> Statement:
    catalog = pulumi.Output.format("arn:{0}:glue:{1}:{2}:", partition(parent), region(parent), account_id(parent))
    resources = [pulumi.Output.concat(catalog, "catalog")]
    for database in databases:
        resources.append(pulumi.Output.concat(catalog, "database/", database))
        resources.append(pulumi.Output.concat(catalog, "table/", database, "/*"))
    actions = ["GetDatabase", "GetDatabases", "GetTable", "GetTables", "GetPartition", "GetPartitions"]
    return {
        "Effect": "Allow",
        "Action": [f"glue:{action}" for action in [*actions, "BatchGetPartition"]],
        "Resource": resources,
    }
