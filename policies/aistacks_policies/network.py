"""Networks: what a VPC must have, and its subnets."""

from __future__ import annotations

from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import Answers, fail

VPCS: Types = ("aws:ec2/vpc:Vpc",)
_FLOW_LOGS: Types = ("aws:ec2/flowLog:FlowLog",)
_DEFAULT_GROUPS: Types = ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",)
_SUBNETS: Types = ("aws:ec2/subnet:Subnet", "aws:ec2/defaultSubnet:DefaultSubnet")
_ENDPOINTS: Types = ("aws:ec2/vpcEndpoint:VpcEndpoint",)


@rule(
    "vpc-flow-logs",
    VPCS,
    Severity.MEDIUM,
    "EC2.6",
    "CKV2_AWS_11",
    title="VPCs have flow logs",
    fix="Add a FlowLog of the VPC with trafficType ALL or REJECT.",
)
def flow_logs(vpc: Resource, stack: Stack) -> Answers:
    """A flow log is kept of the VPC. After an incident it says who talked with whom."""
    found = stack.attached(vpc, _FLOW_LOGS, "vpcId")
    return [
        found.must(lambda log: [log["trafficType"].or_else("ALL").must_be("ALL", "REJECT")], fail("has no FlowLog"))
    ]


@rule(
    "vpc-default-group-empty",
    VPCS,
    Severity.MEDIUM,
    "EC2.2",
    "CKV2_AWS_12",
    title="The default security group allows no traffic",
    fix="Add a DefaultSecurityGroup of the VPC without ingress and egress.",
)
def default_group_empty(vpc: Resource, stack: Stack) -> Answers:
    """The VPC's default security group is taken over and has no rules: what forgets to name a group lands in it."""
    found = stack.attached(vpc, _DEFAULT_GROUPS, "vpcId")
    return [
        found.must(
            lambda group: [group["ingress"].must_be_unset(), group["egress"].must_be_unset()],
            fail("has no DefaultSecurityGroup, so AWS's own rules hold"),
        )
    ]


@rule(
    "subnet-no-public-addresses",
    _SUBNETS,
    Severity.MEDIUM,
    "EC2.15",
    "CKV_AWS_130",
    title="Subnets assign no public IP addresses",
    fix="Set mapPublicIpOnLaunch to false.",
)
def no_public_addresses(subnet: Resource) -> Answers:
    """What starts in a subnet gets a public IP address only where it asks for one. A default subnet gives one unless
    told otherwise."""
    default = subnet.kind == "DefaultSubnet"
    return [subnet["mapPublicIpOnLaunch"].or_else(default).must_be(False)]


def _serves(endpoint: Resource, service: str) -> bool | None:
    name = endpoint["serviceName"]
    if name.unknown:
        return None
    return name.text.endswith(f".{service}")


def _endpoint(vpc: Resource, stack: Stack, service: str) -> Answers:
    found = stack.attached(vpc, _ENDPOINTS, "vpcId").where(lambda endpoint: _serves(endpoint, service))
    return [found.must(lambda _: [], fail(f"has no interface endpoint for {service}"))]


@rule(
    "vpc-endpoint-ec2",
    VPCS,
    Severity.MEDIUM,
    "EC2.10",
    title="The VPC has an endpoint for the EC2 API",
    fix="Add an interface VpcEndpoint for ec2.",
)
def endpoint_ec2(vpc: Resource, stack: Stack) -> Answers:
    """An interface endpoint leads to EC2's API, so that calls of controllers stay in AWS's network."""
    return _endpoint(vpc, stack, "ec2")


@rule(
    "vpc-endpoint-ecr",
    VPCS,
    Severity.MEDIUM,
    "EC2.55",
    "EC2.56",
    title="The VPC has endpoints for ECR",
    fix="Add interface VpcEndpoints for ecr.api and ecr.dkr.",
)
def endpoint_ecr(vpc: Resource, stack: Stack) -> Answers:
    """Interface endpoints lead to ECR's API and registry."""
    return [*_endpoint(vpc, stack, "ecr.api"), *_endpoint(vpc, stack, "ecr.dkr")]


@rule(
    "vpc-endpoint-ssm",
    VPCS,
    Severity.LOW,
    "EC2.57",
    title="The VPC has an endpoint for Systems Manager",
    fix="Add an interface VpcEndpoint for ssm (and ssmmessages, for sessions).",
)
def endpoint_ssm(vpc: Resource, stack: Stack) -> Answers:
    """An interface endpoint leads to Systems Manager, by which instances are reached where no port is open."""
    return _endpoint(vpc, stack, "ssm")
