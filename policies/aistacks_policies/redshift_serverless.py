"""Redshift Serverless: workgroups and namespaces."""

from __future__ import annotations

from .eks_nodes import SUBNETS
from .kms import KEYS
from .redshift import narrow_groups, parameter
from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import Answers

_WORKGROUPS: Types = ("aws:redshiftserverless/workgroup:Workgroup",)
_NAMESPACES: Types = ("aws:redshiftserverless/namespace:Namespace",)
_LOGS = ("connectionlog", "userlog")


@rule(
    "redshift-serverless-vpc-routing",
    _WORKGROUPS,
    Severity.MEDIUM,
    "RedshiftServerless.1",
    title="Serverless warehouses load and unload through the VPC",
    fix="Set enhancedVpcRouting to true.",
)
def vpc_routing(workgroup: Resource) -> Answers:
    """COPY and UNLOAD go through the VPC, where endpoints, groups and flow logs see them."""
    return [workgroup["enhancedVpcRouting"].or_else(False).must_be(True)]


@rule(
    "redshift-serverless-requires-tls",
    _WORKGROUPS,
    Severity.HIGH,
    "RedshiftServerless.2",
    title="Serverless warehouses demand TLS",
    fix="Add the config parameter require_ssl with the value true.",
)
def requires_tls(workgroup: Resource) -> Answers:
    """The workgroup sets require_ssl."""
    return [parameter(workgroup["configParameters"], "require_ssl", "parameterKey", "parameterValue")]


@rule(
    "redshift-serverless-private",
    _WORKGROUPS,
    Severity.CRITICAL,
    "RedshiftServerless.3",
    title="Serverless warehouses aren't reachable from the internet",
    fix="Set publiclyAccessible to false.",
)
def private(workgroup: Resource) -> Answers:
    """The workgroup has no public address."""
    return [workgroup["publiclyAccessible"].or_else(False).must_be(False)]


@rule(
    "redshift-serverless-in-vpc",
    _WORKGROUPS,
    Severity.HIGH,
    title="Serverless warehouses are in named subnets, behind groups that name who may connect",
    fix="Set subnetIds and securityGroupIds.",
)
def in_vpc(workgroup: Resource, stack: Stack) -> Answers:
    """The workgroup names its subnets and security groups, and none of these lets everybody in."""
    yield stack.must_come_from(workgroup, workgroup["subnetIds"], SUBNETS)
    yield from narrow_groups(workgroup, stack, "securityGroupIds")


@rule(
    "redshift-serverless-own-names",
    _NAMESPACES,
    Severity.LOW,
    "RedshiftServerless.5",
    "RedshiftServerless.7",
    title="Serverless warehouses have names of their own for administrator and database",
    fix="Set adminUsername and dbName.",
)
def own_names(namespace: Resource) -> Answers:
    """Neither the administrator nor the first database has the name that everybody would try."""
    yield namespace["adminUsername"].or_else("admin").must_not_be("admin")
    yield namespace["dbName"].or_else("dev").must_not_be("dev")


@rule(
    "redshift-serverless-audit-logs",
    _NAMESPACES,
    Severity.MEDIUM,
    "RedshiftServerless.6",
    title="Serverless warehouses log connections and users",
    fix="Set logExports to connectionlog, userlog and useractivitylog.",
)
def audit_logs(namespace: Resource) -> Answers:
    """Connections and changes of users are written to CloudWatch."""
    return [namespace["logExports"].must_hold(*_LOGS)]


@rule(
    "redshift-serverless-customer-key",
    _NAMESPACES,
    Severity.HIGH,
    "CKV_AWS_282",
    title="Serverless warehouses are encrypted with a customer-managed key",
    fix="Set kmsKeyId to a key of yours.",
)
def customer_key(namespace: Resource, stack: Stack) -> Answers:
    """Data at rest is encrypted with a KMS key of the account's own; unset it is one of AWS's."""
    return [stack.must_come_from(namespace, namespace["kmsKeyId"], KEYS)]
