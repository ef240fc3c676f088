"""A VPC across several Availability Zones, closed by default."""

import enum
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from .._arguments import checked
from .._aws.key import key_for
from .._aws.retention import retention
from .._aws.tags import tags_for
from ..component import Component
from .endpoints import endpoints, validate
from .flow_logs import flow_logs
from .layout import Layout, layout
from .routes import routes


class NatMode(enum.StrEnum):
    """NAT gateways for the private subnets."""

    NONE = "none"
    """No NAT gateway: AWS is reached through VPC endpoints, images come from a mirror in the account."""
    SINGLE = "single"
    """One NAT gateway in the first zone: cheapest, but all private subnets lose internet access if that zone fails."""
    PER_ZONE = "per_zone"
    """A NAT gateway in every zone."""


class NetworkArgs(TypedDict):
    """Arguments of ``Network``."""

    availability_zones: list[str]
    """Availability Zones of one region, for example ``["eu-central-1a", "eu-central-1b"]``."""
    cidr: NotRequired[str]
    """Private IPv4 CIDR block, ``/16`` to ``/21``. The zone's letter determines its subnets' CIDR blocks, so
    adding or removing a zone doesn't change the others. Default: ``"10.0.0.0/16"``."""
    nat: NotRequired[NatMode]
    """NAT gateways for the private subnets. Default: ``"single"``."""
    reserved_cidrs: NotRequired[list[str]]
    """CIDR blocks that this network must not overlap: peered networks, an office, a cluster's service CIDR.
    Default: ``["172.20.0.0/16"]``."""
    cluster_name: NotRequired[str]
    """EKS cluster whose nodes run here: its private subnets get Karpenter's discovery tag.
    Default: no discovery tag."""
    dynamodb_endpoint: NotRequired[bool]
    """Create a gateway endpoint for DynamoDB in addition to S3's; both are free. Default: ``False``."""
    interface_endpoints: NotRequired[list[str]]
    """AWS services that get an interface endpoint, by endpoint name, for example ``"ecr.api"``; each is billed by
    the hour and zone. Default: none with NAT, otherwise all that the components call from inside the network."""
    flow_log_retention_days: NotRequired[int]
    """Retention of flow logs in days; one of CloudWatch Logs' retention periods. Default: ``365``."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key that encrypts the flow logs; its policy must allow CloudWatch Logs. Default: a new key."""
    deletion_protection: NotRequired[bool]
    """Protects stateful resources from deletion, and retains them in AWS when they are removed from the program.
    Default: ``True``."""
    deletion_allowed: NotRequired[dict[str, str]]
    """Resources that ``deletion_protection`` doesn't guard today: a resource's name in the program (or
    ``<kind>::<name>``, for example ``Bucket::lake-gold``) to today's date in UTC, for example ``2026-12-01``. Any other
    day is refused. Default: ``{}``."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Permissions boundary of each IAM role. Default: none."""
    iam_path: NotRequired[str]
    """Path of each IAM role, such as ``"/aistacks/"``; another one replaces them. Default: IAM's, ``/``."""
    tags: NotRequired[dict[str, str]]
    """Tags on every AWS resource. Default: ``{}``."""


_DEFAULTS: dict[str, object] = {
    "cidr": "10.0.0.0/16",
    "nat": NatMode.SINGLE,
    "reserved_cidrs": ["172.20.0.0/16"],
    "dynamodb_endpoint": False,
    "flow_log_retention_days": 365,
    "deletion_protection": True,
    "deletion_allowed": {},
    "tags": {},
}


class Network(Component):
    """A VPC with public, private and data subnets in each zone, flow logs and an empty default security group.

    Public subnets are for load balancers and NAT gateways, private subnets for nodes, data subnets for databases and
    warehouses without internet access. Raises ``UserError`` for invalid arguments.
    """

    vpc_id: pulumi.Output[str]
    """ID of the VPC."""
    cidr: pulumi.Output[str]
    """IPv4 CIDR block of the VPC."""
    public_subnet_ids: pulumi.Output[list[str]]
    """Subnets with a route to the internet gateway, in the order of ``availability_zones``."""
    private_subnet_ids: pulumi.Output[list[str]]
    """Subnets that reach the internet through NAT, if there is any, in the order of ``availability_zones``."""
    data_subnet_ids: pulumi.Output[list[str]]
    """Subnets without a route to the internet, in the order of ``availability_zones``."""
    private_route_table_ids: pulumi.Output[list[str]]
    """Route tables of the private subnets, for peerings and transit gateways."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        a = checked(name, args, NetworkArgs, _DEFAULTS)
        plan = layout(name, a, NetworkArgs)
        validate(name, NetworkArgs, a)
        retention(name, NetworkArgs, "flow_log_retention_days", a["flow_log_retention_days"])
        super().__init__(name, opts, deletion_allowed=a["deletion_allowed"], iam=a)
        vpc = aws.ec2.Vpc(
            name,
            cidr_block=a["cidr"],
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=tags_for(f"Network/{name}", name, a["tags"]),
            opts=pulumi.ResourceOptions(parent=self, protect=a["deletion_protection"]),
        )
        aws.ec2.DefaultSecurityGroup(
            f"{name}-default",
            vpc_id=vpc.id,
            ingress=[],
            egress=[],
            tags=tags_for(f"Network/{name}", f"{name}-default", a["tags"]),
            opts=pulumi.ResourceOptions(parent=self),
        )
        subnets = {tier: _subnets(self, name, a, vpc, plan, tier) for tier in plan.tiers}
        tables = routes(self, name, a, vpc, plan, subnets)
        reached = endpoints(self, name, a, vpc, plan, subnets["private"], tables)
        connectivity = [*tables.connectivity, *reached]
        key = key_for(
            self,
            f"{name}-flow-logs",
            component=f"Network/{name}",
            purpose="flow logs",
            tags=a["tags"],
            retain=a["deletion_protection"],
            given=a.get("kms_key_arn"),
            log_groups=True,
        )
        flow_logs(self, name, a, vpc, key)
        self.vpc_id = vpc.id
        self.cidr = vpc.cidr_block
        self.public_subnet_ids = _usable(subnets["public"], connectivity)
        self.private_subnet_ids = _usable(subnets["private"], connectivity)
        self.data_subnet_ids = _usable(subnets["data"], connectivity)
        self.private_route_table_ids = pulumi.Output.all(*[t.id for t in tables.private])


def _usable(subnets: list[aws.ec2.Subnet], connectivity: list[pulumi.Resource]) -> pulumi.Output[list[str]]:
    """The subnets' IDs, with a dependency on routes, NAT gateways and endpoints (``connectivity``).

    Otherwise ``destroy`` may delete NAT gateways first, and Karpenter, which runs in these subnets, can no longer call
    EC2 to terminate its instances. It depends on URNs, which are known in every preview; IDs aren't.
    """
    ids, urns = (
        pulumi.Output.all(*[s.id for s in subnets]),
        pulumi.Output.all(*[resource.urn for resource in connectivity]),
    )
    return pulumi.Output.all(ids, urns).apply(lambda known: list(known[0]))


def _subnets(
    parent: pulumi.Resource, name: str, a: NetworkArgs, vpc: aws.ec2.Vpc, plan: Layout, tier: str
) -> list[aws.ec2.Subnet]:
    # The AWS Load Balancer Controller and Karpenter discover subnets by these tags.
    discovery_tags = {
        "public": {"kubernetes.io/role/elb": "1"},
        "private": {"kubernetes.io/role/internal-elb": "1"},
        "data": {},
    }[tier]
    if tier == "private" and "cluster_name" in a:
        discovery_tags["karpenter.sh/discovery"] = a["cluster_name"]
    return [
        aws.ec2.Subnet(
            f"{name}-{tier}-{zone.letter}",
            vpc_id=vpc.id,
            availability_zone=zone.name,
            cidr_block=zone.cidrs[tier],
            map_public_ip_on_launch=False,
            tags=tags_for(f"Network/{name}", f"{name}-{tier}-{zone.letter}", {**a["tags"], **discovery_tags}),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        for zone in plan.zones
    ]
