"""VPC endpoints."""

import functools
import re
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from aistacks_core.facts import load

from .._arguments import wrong
from .._aws.tags import tags_for
from .layout import Layout
from .routes import Tables

CALLERS = ("cluster", "monitoring", "warehouse")


@functools.cache
def needed(*callers: str) -> tuple[str, ...]:
    """Services that ``callers``, of ``CALLERS``, call (default: all of them), from `endpoints.yaml`."""
    facts: dict[str, Any] = load(__package__, "endpoints.yaml")
    return tuple(service for caller in callers or CALLERS for service in facts[caller])


def endpoints(
    parent: pulumi.Resource,
    name: str,
    a: Mapping[str, Any],
    vpc: aws.ec2.Vpc,
    plan: Layout,
    private: list[aws.ec2.Subnet],
    tables: Tables,
) -> list[pulumi.Resource]:
    """Gateway endpoints on every route table, interface endpoints in the private subnets."""
    child = pulumi.ResourceOptions(parent=parent)
    made: list[pulumi.Resource] = []
    for service in ["s3", "dynamodb"] if a["dynamodb_endpoint"] else ["s3"]:
        gateway = aws.ec2.VpcEndpoint(
            f"{name}-{service}",
            vpc_id=vpc.id,
            service_name=f"com.amazonaws.{plan.region}.{service}",
            vpc_endpoint_type="Gateway",
            route_table_ids=[table.id for table in tables.every()],
            tags=tags_for(f"Network/{name}", f"{name}-{service}", a["tags"]),
            opts=child,
        )
        made.append(gateway)
    services = services_of(a)
    if not services:
        return made
    group, rule = _https_only(parent, name, a, vpc)
    made.append(rule)
    for service in services:
        role = f"to-{service.replace('.', '-')}"
        interface = aws.ec2.VpcEndpoint(
            f"{name}-{role}",
            vpc_id=vpc.id,
            service_name=f"com.amazonaws.{plan.region}.{service}",
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=[subnet.id for subnet in private],
            security_group_ids=[group.id],
            tags=tags_for(f"Network/{name}", f"{name}-{role}", a["tags"]),
            opts=child,
        )
        made.append(interface)
    return made


def services_of(a: Mapping[str, Any]) -> list[str]:
    """The services that get an interface endpoint."""
    default = needed() if a["nat"].value == "none" else ()
    return list(a.get("interface_endpoints", default))


def validate(name: str, kind: type, a: Mapping[str, Any]) -> None:
    """Raise ``UserError`` for invalid endpoints, or if one is missing that the cluster in this network needs."""
    services = services_of(a)
    for i, service in enumerate(services):
        path = f"interface_endpoints[{i}]"
        if not re.fullmatch(r"[a-z0-9]+([.-][a-z0-9]+)*", service):
            raise wrong(name, kind, path, service, 'the end of an endpoint\'s name, for example "ecr.api"')
        if service in ("s3", "dynamodb"):
            raise wrong(name, kind, path, service, "a service without a gateway endpoint", "That one is free.")
        if service in services[:i]:
            raise wrong(name, kind, path, service, "each service once")
    if a["nat"].value == "none" and "cluster_name" in a:
        missing = [service for service in needed("cluster") if service not in services]
        if missing:
            expected = f"{', '.join(missing)}, too: without NAT the cluster reaches them no other way"
            raise wrong(name, kind, "interface_endpoints", services, expected)


def _https_only(
    parent: pulumi.Resource, name: str, a: Mapping[str, Any], vpc: aws.ec2.Vpc
) -> tuple[aws.ec2.SecurityGroup, pulumi.Resource]:
    tags = tags_for(f"Network/{name}", f"{name}-endpoints", a["tags"])
    group = aws.ec2.SecurityGroup(
        f"{name}-endpoints",
        vpc_id=vpc.id,
        description="Interface endpoints: HTTPS from within the network, nothing out",
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    rule = aws.vpc.SecurityGroupIngressRule(
        f"{name}-endpoints-https",
        security_group_id=group.id,
        description="HTTPS from within the network",
        cidr_ipv4=a["cidr"],
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return group, rule
