"""Redshift: provisioned clusters."""

from __future__ import annotations

from .network_rules import GROUPS, INGRESS, OLD_RULES, open_ingress
from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import Answer, Answers, Value, either, fail, summed

_CLUSTERS: Types = ("aws:redshift/cluster:Cluster",)
_PARAMETERS: Types = ("aws:redshift/parameterGroup:ParameterGroup",)
_LOGGING: Types = ("aws:redshift/logging:Logging",)
_SUBNET_GROUPS: Types = ("aws:redshift/subnetGroup:SubnetGroup",)
_SECURITY_GROUPS: Types = ("aws:ec2/securityGroup:SecurityGroup",)


def parameter(parameters: Value, name: str, key: str, value: str) -> Answer:
    """A list of named parameters has ``name`` turned on."""
    found = [p for p in parameters.each() if p[key].equals(name) is not False]
    answers = [p[value].must_be(True, "on") if p[key].equals(name) else p.unsure() for p in found]
    return either(*answers, otherwise=answers[0]) if answers else parameters.fails(f"{name} isn't set")


@rule(
    "redshift-requires-tls",
    _CLUSTERS,
    Severity.HIGH,
    "Redshift.2",
    "CKV_AWS_105",
    title="Warehouses require TLS",
    fix="Give the cluster a ParameterGroup with require_ssl true.",
)
def requires_tls(cluster: Resource, stack: Stack) -> Answers:
    """The cluster's parameter group sets require_ssl. AWS's default group doesn't."""
    name = cluster["clusterParameterGroupName"]
    pointed = stack.pointed(cluster, name, _PARAMETERS)
    answers = [parameter(g["parameters"], "require_ssl", "name", "value") for g in pointed.sure]
    if answers:
        return answers
    outside = "is a parameter group outside this stack; whether it sets require_ssl isn't known"
    default = name.absent or name.text.startswith("default.")
    return [name.fails("AWS's default parameter group doesn't set require_ssl") if default else name.unsure(outside)]


@rule(
    "redshift-audit-logs",
    _CLUSTERS,
    Severity.MEDIUM,
    "Redshift.4",
    "CKV_AWS_71",
    title="Warehouses log connections and queries",
    fix="Add a Logging of the cluster.",
)
def audit_logs(cluster: Resource, stack: Stack) -> Answers:
    """Audit logs are written, to CloudWatch or to a bucket."""
    if not cluster["logging"].absent:
        return [cluster["logging"]["enable"].must_be(True)]
    found = stack.attached(cluster, _LOGGING, "clusterIdentifier")
    return [found.must(lambda _: [], fail("has no Logging"))]


@rule(
    "redshift-own-names",
    _CLUSTERS,
    Severity.LOW,
    "Redshift.8",
    "Redshift.9",
    "CKV_AWS_320",
    "CKV_AWS_391",
    title="Warehouses use no default administrator or database name",
    fix="Set masterUsername and databaseName.",
)
def own_names(cluster: Resource) -> Answers:
    """Neither the administrator nor the first database has the name that everybody would try."""
    if not cluster["snapshotIdentifier"].absent:
        return
    yield cluster["masterUsername"].or_else("awsuser").must_not_be("awsuser", "admin")
    yield cluster["databaseName"].or_else("dev").must_not_be("dev")


def narrow_groups(resource: Resource, stack: Stack, prop: str) -> Answers:
    """The security groups that ``prop`` names exist and have no open ingress."""
    yield stack.must_come_from(resource, resource[prop], _SECURITY_GROUPS)
    for group in stack.pointed(resource, resource[prop], _SECURITY_GROUPS).sure:
        found = [*open_ingress(group)]
        for types in (OLD_RULES, INGRESS):
            for each in stack.attached(group, types, "securityGroupId", GROUPS).sure:
                found += open_ingress(each)
        answer = summed(found)
        yield (
            answer
            if answer.verdict == "pass"
            else resource[prop].judged(
                None if answer.verdict == "unknown" else False, f"{group.name} lets the whole internet in"
            )
        )


@rule(
    "redshift-in-vpc",
    _CLUSTERS,
    Severity.HIGH,
    "Redshift.15",
    "CKV_AWS_154",
    title="Warehouses are in a VPC, behind security groups without open ingress",
    fix="Set clusterSubnetGroupName and vpcSecurityGroupIds.",
)
def in_vpc(cluster: Resource, stack: Stack) -> Answers:
    """The cluster names its subnets and security groups, and none of these has open ingress."""
    yield stack.must_come_from(cluster, cluster["clusterSubnetGroupName"], _SUBNET_GROUPS)
    yield from narrow_groups(cluster, stack, "vpcSecurityGroupIds")
