"""Security groups: what they let in and out, written inside the group or as rules of their own."""

from __future__ import annotations

from collections.abc import Iterator

from .resource import Resource
from .rule import Severity, rule
from .stack import Types
from .values import PASS, Answer, Answers, Truth, Value, all_of, any_of, no

GROUPS: Types = ("aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
OLD_RULES: Types = ("aws:ec2/securityGroupRule:SecurityGroupRule",)
INGRESS: Types = ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",)
_EGRESS: Types = ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",)
_ALL: Types = (*GROUPS, *OLD_RULES, *INGRESS, *_EGRESS)
_ANYWHERE = ("0.0.0.0/0", "::/0")
_LISTS = ("cidrBlocks", "ipv6CidrBlocks")
_SINGLE = ("cidrIpv4", "cidrIpv6")
# What the provider writes where nobody does.
_MACHINE_MADE = ("Managed by Pulumi", "Managed by Terraform")


def _cidrs(entry: Value) -> list[Value]:
    """Each network that an entry speaks of; unknown ones as they are."""
    lists = [cidr for key in _LISTS for cidr in entry[key].each()]
    return lists + [entry[key] for key in _SINGLE if not entry[key].absent]


def _entries(resource: Resource, way: str) -> Iterator[tuple[Value, Truth]]:
    """The entries for one way, ``ingress`` or ``egress``, each with whether it is one."""
    properties = Value(resource.props)
    if resource.type in GROUPS:
        for entry in resource[way].each():
            yield entry, True
    elif resource.type in OLD_RULES:
        yield properties, resource["type"].equals(way)
    elif (resource.type in INGRESS) == (way == "ingress"):
        yield properties, True


def _anywhere(cidr: Value) -> Truth:
    return cidr.equals(*_ANYWHERE)


def open_ingress(resource: Resource) -> Answers:
    """Fails at each entry that lets the whole internet in."""
    for entry, it_is in _entries(resource, "ingress"):
        for cidr in _cidrs(entry):
            yield cidr.judged(no(all_of((it_is, _anywhere(cidr)))), f"lets the whole internet in {_ports(entry)}")


def _ports(entry: Value) -> str:
    protocol = entry["ipProtocol"] if not entry["ipProtocol"].absent else entry["protocol"]
    if protocol.equals("-1", "all", -1):
        return "on every port"
    first, last = entry["fromPort"].number, entry["toPort"].number
    if first is None:
        return "on ports that aren't known"
    return f"on port {first:g}" if last in (None, first) else f"on ports {first:g} to {last:g}"


@rule(
    "network-no-open-ingress",
    _ALL,
    Severity.HIGH,
    "EC2.18",
    "EC2.19",
    "CKV_AWS_24",
    "CKV_AWS_25",
    "CKV_AWS_260",
    "CKV_AWS_277",
    title="No security group lets the whole internet in",
    fix="Name the networks, prefix lists or groups that may connect.",
)
def no_open_ingress(resource: Resource) -> Answers:
    """No rule lets in 0.0.0.0/0 or ::/0, on whatever port. What is meant for everybody is a load balancer in front; its
    group has a waiver."""
    return open_ingress(resource)


@rule(
    "network-no-open-egress",
    _ALL,
    Severity.LOW,
    "CKV_AWS_382",
    title="No security group lets everything out to everywhere",
    fix="Allow the ports and networks that are needed, for example 443.",
)
def no_open_egress(resource: Resource) -> Answers:
    """No rule allows every protocol and port out to 0.0.0.0/0 or ::/0. What has been broken into calls home."""
    for entry, it_is in _entries(resource, "egress"):
        protocol = entry["ipProtocol"] if not entry["ipProtocol"].absent else entry["protocol"]
        everything = any_of((protocol.equals("-1", "all", -1), _all_ports(entry)))
        for cidr in _cidrs(entry):
            yield cidr.judged(no(all_of((it_is, everything, _anywhere(cidr)))), "lets everything out to everywhere")


def _all_ports(entry: Value) -> Truth:
    first, last = entry["fromPort"], entry["toPort"]
    if first.unknown or last.unknown:
        return None
    return first.number == 0 and last.number == 65535


def _described(entry: Value) -> Answer:
    text = entry["description"]
    return text.must_be_set() if text.absent or text.unknown else text.must_not_be(*_MACHINE_MADE)


@rule(
    "network-rules-described",
    _ALL,
    Severity.LOW,
    "CKV_AWS_23",
    title="Every security group and rule says what it is for",
    fix="Set description.",
)
def rules_described(resource: Resource) -> Answers:
    """Each group and each rule has a description of its own. Who cleans up later sees what may go."""
    if resource.type in GROUPS:
        # AWS describes the default group; it can't be changed.
        yield PASS if resource.kind == "DefaultSecurityGroup" else _described(Value(resource.props))
        for way in ("ingress", "egress"):
            for entry in resource[way].each():
                yield _described(entry)
    else:
        yield _described(Value(resource.props))
