"""A VPC over several zones, closed by default."""

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
    """How private subnets reach the internet."""

    NONE = "none"
    """Not at all: AWS is reached through endpoints, images come from a mirror in the account."""
    SINGLE = "single"
    """One gateway in the first zone: cheapest; its zone's failure cuts all of them off."""
    PER_ZONE = "per_zone"
    """A gateway in every zone."""


class NetworkArgs(TypedDict):
    """Arguments of ``Network``."""

    availability_zones: list[str]
    """Zones of one region, for example ``["eu-central-1a", "eu-central-1b"]``."""
    cidr: NotRequired[str]
    """Private IPv4 range, ``/16`` to ``/21``. Each zone's subnets have their place by the zone's letter, so
    adding or removing a zone renumbers no other. Default: ``"10.0.0.0/16"``."""
    nat: NotRequired[NatMode]
    """How private subnets reach the internet. Default: ``"single"``."""
    reserved_cidrs: NotRequired[list[str]]
    """Ranges that this network must not overlap: peers, an office, a cluster's services.
    Default: ``["172.20.0.0/16"]``."""
    cluster_name: NotRequired[str]
    """EKS cluster that starts its nodes here: private subnets are tagged for Karpenter to find.
    Default: no such tag."""
    dynamodb_endpoint: NotRequired[bool]
    """Adds a gateway endpoint for DynamoDB beside the one for S3; both are free. Default: ``False``."""
    interface_endpoints: NotRequired[list[str]]
    """AWS services reached without leaving the network, by their endpoint's name, for example ``"ecr.api"``; each
    costs by the hour and zone. Default: none where there is NAT, else all that the components call from inside."""
    flow_log_retention_days: NotRequired[int]
    """Days that flow logs are kept, one of CloudWatch's choices. Default: ``365``."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts the flow logs; its policy must let CloudWatch Logs use it. Default: a new key."""
    deletion_protection: NotRequired[bool]
    """Refuses to delete what can't be made again, and keeps what holds data when it leaves the stack.
    Default: ``True``."""
    tags: NotRequired[dict[str, str]]
    """Tags on every AWS resource. Default: ``{}``."""


_DEFAULTS: dict[str, object] = {
    "cidr": "10.0.0.0/16",
    "nat": NatMode.SINGLE,
    "reserved_cidrs": ["172.20.0.0/16"],
    "dynamodb_endpoint": False,
    "flow_log_retention_days": 365,
    "deletion_protection": True,
    "tags": {},
}


class Network(Component):
    """A VPC with public, private and data subnets in each zone, flow logs and an empty default security group.

    Public subnets hold load balancers and NAT gateways, private ones nodes, data ones what never speaks to the
    internet. Raises ``UserError`` for a range or zones that can't be.
    """

    vpc_id: pulumi.Output[str]
    """Id of the VPC."""
    cidr: pulumi.Output[str]
    """Its IPv4 range."""
    public_subnet_ids: pulumi.Output[list[str]]
    """Subnets with a route to the internet gateway, in the order of the zones."""
    private_subnet_ids: pulumi.Output[list[str]]
    """Subnets that reach the internet through NAT at most."""
    data_subnet_ids: pulumi.Output[list[str]]
    """Subnets without a route to the internet."""
    private_route_table_ids: pulumi.Output[list[str]]
    """Route tables of the private subnets, for peerings and transit gateways."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        a = checked(name, args, NetworkArgs, _DEFAULTS)
        plan = layout(name, a, NetworkArgs)
        validate(name, NetworkArgs, a)
        retention(name, NetworkArgs, "flow_log_retention_days", a["flow_log_retention_days"])
        super().__init__(name, opts)
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
    """The subnets' ids, for resources that need the network's ``connectivity`` as long as they live.

    Else ``destroy`` takes the NAT gateways first, and Karpenter, which waits in these subnets to end its instances,
    can't call EC2 any more. A URN is known in every preview, an id isn't.
    """
    ids, urns = (
        pulumi.Output.all(*[s.id for s in subnets]),
        pulumi.Output.all(*[resource.urn for resource in connectivity]),
    )
    return pulumi.Output.all(ids, urns).apply(lambda known: list(known[0]))


def _subnets(
    parent: pulumi.Resource, name: str, a: NetworkArgs, vpc: aws.ec2.Vpc, plan: Layout, tier: str
) -> list[aws.ec2.Subnet]:
    # The load balancer controller and Karpenter find subnets by these tags.
    found_by = {
        "public": {"kubernetes.io/role/elb": "1"},
        "private": {"kubernetes.io/role/internal-elb": "1"},
        "data": {},
    }[tier]
    if tier == "private" and "cluster_name" in a:
        found_by["karpenter.sh/discovery"] = a["cluster_name"]
    return [
        aws.ec2.Subnet(
            f"{name}-{tier}-{zone.letter}",
            vpc_id=vpc.id,
            availability_zone=zone.name,
            cidr_block=zone.cidrs[tier],
            map_public_ip_on_launch=False,
            tags=tags_for(f"Network/{name}", f"{name}-{tier}-{zone.letter}", {**a["tags"], **found_by}),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        for zone in plan.zones
    ]
