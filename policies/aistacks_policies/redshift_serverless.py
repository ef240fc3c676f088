"""Redshift Serverless: workgroups and namespaces."""

from __future__ import annotations

from .eks_nodes import SUBNETS
from .redshift import narrow_groups, parameter
from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import Answers

_WORKGROUPS: Types = ("aws:redshiftserverless/workgroup:Workgroup",)


@rule(
    "redshift-serverless-requires-tls",
    _WORKGROUPS,
    Severity.HIGH,
    "RedshiftServerless.2",
    title="Serverless warehouses require TLS",
    fix="Add the config parameter require_ssl with the value true.",
)
def requires_tls(workgroup: Resource) -> Answers:
    """The workgroup sets require_ssl."""
    return [parameter(workgroup["configParameters"], "require_ssl", "parameterKey", "parameterValue")]


@rule(
    "redshift-serverless-in-vpc",
    _WORKGROUPS,
    Severity.HIGH,
    title="Serverless warehouses are in named subnets, behind security groups without open ingress",
    fix="Set subnetIds and securityGroupIds.",
)
def in_vpc(workgroup: Resource, stack: Stack) -> Answers:
    """The workgroup names its subnets and security groups, and none of these has open ingress."""
    yield stack.must_come_from(workgroup, workgroup["subnetIds"], SUBNETS)
    yield from narrow_groups(workgroup, stack, "securityGroupIds")
