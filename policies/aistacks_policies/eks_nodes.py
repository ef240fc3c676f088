"""EKS: the nodes of a managed group."""

from __future__ import annotations

from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import Answers, Truth, Value, any_of, no

_GROUPS: Types = ("aws:eks/nodeGroup:NodeGroup",)
SUBNETS: Types = ("aws:ec2/subnet:Subnet",)
_ASSOCIATIONS: Types = ("aws:ec2/routeTableAssociation:RouteTableAssociation",)
_TABLES: Types = ("aws:ec2/routeTable:RouteTable",)
_ROUTES: Types = ("aws:ec2/route:Route",)
_GATEWAYS: Types = ("aws:ec2/internetGateway:InternetGateway",)


def _to_internet(table: Resource, stack: Stack) -> Truth:
    """Whether a route table sends what isn't local straight to an internet gateway."""
    inline = [_is_gateway(table, route["gatewayId"], stack) for route in table["routes"].each()]
    attached = stack.attached(table, _ROUTES, "routeTableId")
    routes = [_is_gateway(r, r["gatewayId"], stack) for r in attached.sure]
    maybe = [None for r in attached.maybe if _is_gateway(r, r["gatewayId"], stack) is not False]
    return any_of([*inline, *routes, *maybe])


def _is_gateway(source: Resource, value: Value, stack: Stack) -> Truth:
    if value.absent:
        return False
    if value.text.startswith("igw-") or stack.pointed(source, value, _GATEWAYS).sure:
        return True
    return None if value.unknown else False


def public(subnet: Resource, stack: Stack) -> Truth:
    """Whether the internet reaches a subnet: its instances get public addresses, or its routes lead there."""
    addresses = subnet["mapPublicIpOnLaunch"].or_else(False).equals(True)
    attached = stack.attached(subnet, _ASSOCIATIONS, "subnetId")
    tables = [t for a in attached.sure for t in stack.pointed(a, a["routeTableId"], _TABLES).all]
    return any_of([addresses, *(_to_internet(t, stack) for t in tables)])


@rule(
    "eks-private-nodes",
    _GROUPS,
    Severity.HIGH,
    "CIS EKS 5.4.3",
    title="Nodes are in private subnets",
    fix="Give subnetIds of subnets without public addresses and without a route to an internet gateway.",
)
def private_nodes(group: Resource, stack: Stack) -> Answers:
    """No subnet of the node group gives public addresses or routes to an internet gateway. Nodes run everybody's
    code; nothing outside should be able to begin a conversation with one."""
    value = group["subnetIds"]
    pointed = stack.pointed(group, value, SUBNETS)
    if pointed.maybe or not pointed.sure:
        states = [public(s, stack) for s in pointed.all]
        if not states or any_of(states) is not False:
            yield value.unsure("which subnets isn't known before deployment")
        return
    if any(part.unknown for part in value.each()) and not value.unknown and len(pointed.sure) < len(value.each()):
        yield value.unsure()
    for subnet in pointed.sure:
        yield value.judged(no(public(subnet, stack)), f"{subnet.name} is a public subnet")


@rule(
    "eks-no-open-ssh",
    _GROUPS,
    Severity.HIGH,
    "CKV_AWS_100",
    title="No node accepts SSH from everywhere",
    fix="Drop remoteAccess (Session Manager needs no port), or set its sourceSecurityGroupIds.",
)
def no_open_ssh(group: Resource) -> Answers:
    """A node group with an SSH key and without source security groups opens port 22 to the internet."""
    access = group["remoteAccess"]
    keyed = access["ec2SshKey"].present
    bounded = access["sourceSecurityGroupIds"].present
    good: Truth = any_of((no(keyed), bounded))
    return [access.judged(good, "has an SSH key and no sourceSecurityGroupIds: port 22 is open to the internet")]
