"""Internet gateway, NAT gateways and route tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from .._aws.tags import tags_for
from .layout import Layout

ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class Tables:
    """Route tables by tier; private ones in the order of the zones."""

    public: aws.ec2.RouteTable
    private: list[aws.ec2.RouteTable]
    data: aws.ec2.RouteTable
    connectivity: list[pulumi.Resource]
    """Routes and associations without which the subnets can't reach anything."""

    def every(self) -> list[aws.ec2.RouteTable]:
        """All route tables."""
        return [self.public, *self.private, self.data]


def routes(
    parent: pulumi.Resource,
    name: str,
    a: Mapping[str, Any],
    vpc: aws.ec2.Vpc,
    plan: Layout,
    subnets: Mapping[str, list[aws.ec2.Subnet]],
) -> Tables:
    """Routes of each tier: public to the internet gateway, private to NAT, data to neither.

    Each private subnet has its own route table in every NAT mode, so that changing the mode changes only routes.
    """
    child = pulumi.ResourceOptions(parent=parent)

    def tagged(role: str) -> dict[str, str]:
        return tags_for(f"Network/{name}", f"{name}-{role}", a["tags"])

    def table(role: str) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(f"{name}-{role}", vpc_id=vpc.id, tags=tagged(role), opts=child)

    gateway = aws.ec2.InternetGateway(f"{name}-internet", vpc_id=vpc.id, tags=tagged("internet"), opts=child)
    public, data = table("public"), table("data")
    private = [table(f"private-{zone.letter}") for zone in plan.zones]
    out = aws.ec2.Route(
        f"{name}-public-internet",
        route_table_id=public.id,
        destination_cidr_block=ANYWHERE,
        gateway_id=gateway.id,
        opts=child,
    )
    connectivity: list[pulumi.Resource] = [out]
    for i, zone in enumerate(plan.zones):
        for tier, where in {"public": public, "private": private[i], "data": data}.items():
            connectivity.append(
                aws.ec2.RouteTableAssociation(
                    f"{name}-{tier}-{zone.letter}",
                    subnet_id=subnets[tier][i].id,
                    route_table_id=where.id,
                    opts=child,
                )
            )
    gateways = _nat(parent, name, a, plan, subnets["public"], out)
    if gateways:
        for i, zone in enumerate(plan.zones):
            connectivity.append(
                aws.ec2.Route(
                    f"{name}-private-{zone.letter}-nat",
                    route_table_id=private[i].id,
                    destination_cidr_block=ANYWHERE,
                    nat_gateway_id=gateways[i % len(gateways)].id,
                    opts=child,
                )
            )
    return Tables(public, private, data, connectivity)


def _nat(
    parent: pulumi.Resource,
    name: str,
    a: Mapping[str, Any],
    plan: Layout,
    public: list[aws.ec2.Subnet],
    out: aws.ec2.Route,
) -> list[aws.ec2.NatGateway]:
    count = {"none": 0, "single": 1, "per_zone": len(plan.zones)}[a["nat"].value]
    gateways = []
    for i in range(count):
        role = f"nat-{plan.zones[i].letter}"
        tags = tags_for(f"Network/{name}", f"{name}-{role}", a["tags"])
        address = aws.ec2.Eip(f"{name}-{role}", domain="vpc", tags=tags, opts=pulumi.ResourceOptions(parent=parent))
        gateways.append(
            aws.ec2.NatGateway(
                f"{name}-{role}",
                subnet_id=public[i].id,
                allocation_id=address.id,
                tags=tags,
                # Creating a NAT gateway fails while its subnet has no route to an internet gateway.
                opts=pulumi.ResourceOptions(parent=parent, depends_on=[out]),
            )
        )
    return gateways
