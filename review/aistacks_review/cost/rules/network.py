"""Gateways, endpoints, addresses, load balancers, and what leaves for the internet."""

from aistacks_core.snapshot import UNKNOWN, Registration

from ..context import Context
from ..figures import Range
from ..quantities import rows, text, yes

_ZONES = 3


def nat_gateway(r: Registration, c: Context) -> None:
    """By the hour and by the GB that goes through it."""
    c.charge(r, "NAT gateway, hours", "vpc", "NAT gateway", c.always())
    c.used(r, "NAT gateway, data", "vpc", "NAT gateway data", "nat_gb")


def address(r: Registration, c: Context) -> None:
    """A public IPv4 address costs whether it is used or not."""
    c.charge(r, "public IPv4 address", "vpc", "public IPv4 address", c.always())


def internet_gateway(r: Registration, c: Context) -> None:
    """Free itself; what leaves through it isn't."""
    c.used(r, "data to the internet", "transfer", "internet", "egress_gb")


def endpoint(r: Registration, c: Context) -> None:
    """An interface endpoint costs in each zone, by the hour, and by the GB; one to S3 or DynamoDB by a gateway is
    free."""
    kind = r.inputs.get("vpcEndpointType", "Gateway")
    if kind == "Gateway":
        c.free += 1
        return
    service_name = text(r.inputs.get("serviceName"))
    what = f"endpoint to {service_name.removeprefix('com.amazonaws.')}" if service_name else "endpoint"
    items = {"Interface": "interface endpoint", "GatewayLoadBalancer": "load balancer endpoint"}
    if not isinstance(kind, str) or kind not in items:
        c.leave(r, what, "its kind isn't known before deployment or has no pricing rule")
        return
    zones, assumed = _zones(r)
    c.charge(r, f"{what}, hours in each zone", "vpc", items[kind], _hours(zones, c), assumed)
    if kind == "Interface":
        c.used(r, f"{what}, data", "vpc", "interface endpoint data", "endpoint_gb")


def _zones(r: Registration) -> tuple[Range, str]:
    subnets = r.inputs.get("subnetIds", r.inputs.get("subnetConfigurations"))
    if isinstance(subnets, list):
        count = float(len(subnets) or 1)
        return Range(count, count, count), ""
    if subnets is None:
        return Range(1, 1, 1), "no subnets are stated: AWS takes one"
    return Range(1, _ZONES, _ZONES), "its subnets aren't known before deployment: one zone to three"


def _hours(zones: Range, c: Context) -> Range:
    return Range(c.always(zones.low), c.always(zones.expected), c.always(zones.high))


def load_balancer(r: Registration, c: Context) -> None:
    """By the hour, and by its capacity units."""
    kind = r.inputs.get("loadBalancerType", "application")
    if not isinstance(kind, str) or kind not in ("application", "network"):
        c.leave(r, "load balancer", "its kind isn't known before deployment or has no pricing rule")
        return
    balance(r, c, kind, "load balancer")
    internal = r.inputs.get("internal", False)
    if internal is UNKNOWN:
        c.leave(r, "load balancer, public addresses", "whether it is internal isn't known before deployment")
    elif not yes(internal):
        _public_addresses(r, c)


def _public_addresses(r: Registration, c: Context) -> None:
    """One in each zone; those that a network load balancer is given are billed as addresses of their own."""
    mapped = r.inputs.get("subnetMappings")
    if isinstance(mapped, list):
        given = sum(1 for row in rows(mapped) if row.get("allocationId") is not None)
        count, note = Range(*[float(len(mapped) - given)] * 3), ""
    elif isinstance(r.inputs.get("subnets"), list):
        count, note = Range(*[float(len(r.inputs["subnets"]))] * 3), ""
    else:
        count, note = Range(2, 2, _ZONES), "its subnets aren't known before deployment: two zones to three"
    if count.high:
        c.charge(r, "load balancer, public addresses", "vpc", "public IPv4 address", _hours(count, c), note)


def classic_balancer(r: Registration, c: Context) -> None:
    """By the hour, and by the GB."""
    c.charge(r, "load balancer, hours", "elb", "classic", c.always())
    c.used(r, "load balancer, data", "elb", "classic data", "classic_balancer_gb")


def balance(r: Registration, c: Context, kind: str, what: str) -> None:
    """Bill a load balancer of ``kind`` ``"application"`` or ``"network"``."""
    c.charge(r, f"{what}, hours", "elb", kind, c.always())
    c.used(r, f"{what}, capacity", "elb", f"{kind} LCU", "balancer_units", times=c.always())
