"""Machines that AWS runs by themselves or in managed node groups, and their volumes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aistacks_catalog.aws.prices.book import Price
from aistacks_core.snapshot import Registration

from ..context import Context
from ..figures import Range
from ..quantities import at, number, rows, table, text, texts, yes

_DEFAULT_TYPE = "t3.medium"
"""What EKS takes for a node group that names none (CreateNodegroup, EKS API reference)."""
_DEFAULT_DISK = 20.0
"""GiB of a managed Linux node without a launch template or disk size (the same, in botocore 1.44.5)."""


def on_demand(r: Registration, c: Context, type_: str) -> Price | None:
    """An hour of an instance type at the list price."""
    return c.price(r, "ec2", f"on-demand {type_}")


def spot(r: Registration, c: Context, type_: str) -> Price | None:
    """An hour of it as spot, on the day that the book names."""
    return c.price(r, "ec2", f"spot {type_}")


def instance(r: Registration, c: Context) -> None:
    """One machine, all month, and its volumes."""
    type_ = text(r.inputs.get("instanceType"))
    if type_ is None:
        c.leave(r, "instance", "its type isn't known before deployment")
    else:
        c.charge(r, f"{type_} on-demand", "ec2", f"on-demand {type_}", c.always(), "as Linux, without licences")
    if r.inputs.get("tenancy", "default") != "default" or r.inputs.get("hostId") is not None:
        c.leave(r, "instance, dedicated", "dedicated machines cost more, and have no pricing rule")
    if at(r.inputs, "rootBlockDevice", "volumeSize") is None:
        c.leave(r, "root volume", "its size is its image's")
    _address(r, c)
    for disk in [r.inputs.get("rootBlockDevice"), *rows(r.inputs.get("ebsBlockDevices"))]:
        if isinstance(disk, Mapping):
            _disk(r, c, disk, "volume", Range(1, 1, 1))


def _address(r: Registration, c: Context) -> None:
    """A public IPv4 address, as the instance or its subnet asks for one; a default subnet does."""
    asked = r.inputs.get("associatePublicIpAddress")
    subnet = c.linked(r, "subnetId", "aws:ec2/subnet:Subnet")
    if asked is None and r.inputs.get("subnetId") is None and r.inputs.get("networkInterfaces") is None:
        c.charge(r, "public IPv4 address", "vpc", "public IPv4 address", c.always(), "it is in a default subnet")
    elif yes(asked) or (asked is None and subnet is not None and yes(subnet.inputs.get("mapPublicIpOnLaunch"))):
        c.charge(r, "public IPv4 address", "vpc", "public IPv4 address", c.always())
    elif asked is None and subnet is None:
        c.leave(r, "public IPv4 address", "whether its subnet gives it one isn't known before deployment")


def group(r: Registration, c: Context) -> None:
    """An autoscaling group: between its smallest and largest size, expected at the desired one."""
    low, high = number(r.inputs.get("minSize")), number(r.inputs.get("maxSize"))
    wanted = number(r.inputs.get("desiredCapacity"))
    template = _template(r, c) or c.linked(r, "launchConfiguration", "aws:ec2/launchConfiguration:LaunchConfiguration")
    type_ = text(template.inputs.get("instanceType")) if template else None
    if low is None or high is None or type_ is None or r.inputs.get("mixedInstancesPolicy") is not None:
        c.leave(r, "machines", "their number or type isn't known before deployment, or they are of mixed types")
        return
    count = Range(low, min(max(low if wanted is None else wanted, low), high), high)
    note = "as Linux, without licences, at the desired size"
    c.charge(r, f"machines, {type_} on-demand", "ec2", f"on-demand {type_}", _times(count, c.usage.hours), note)
    disks = rows(template.inputs.get("blockDeviceMappings")) if template else []
    for disk in disks:
        _disk(r, c, table(at(disk, "ebs")), "machines' volumes", count)
    if not disks:
        c.leave(r, "machines' volumes", "their size is their image's")


def volume(r: Registration, c: Context) -> None:
    """One volume."""
    _disk(r, c, r.inputs, "volume", Range(1, 1, 1))


def _disk(r: Registration, c: Context, disk: Mapping[str, Any], what: str, count: Range, assumed: str = "") -> None:
    kind = disk.get("volumeType") or disk.get("type") or "gp2"
    size = number(disk.get("volumeSize", disk.get("size")))
    if not isinstance(kind, str) or size is None:
        c.leave(r, what, "the volume's kind or size isn't stated, or isn't known before deployment")
        return
    c.charge(r, f"{what}, {kind}", "ebs", kind, _times(count, size), assumed)
    if kind == "gp3":
        more_iops = (number(disk.get("iops")) or 0) - 3000
        more_mibps = (number(disk.get("throughput")) or 0) - 125
        if more_iops > 0:
            c.charge(r, f"{what}, gp3 IOPS", "ebs", "gp3 IOPS", _times(count, more_iops), assumed)
        if more_mibps > 0:
            c.charge(r, f"{what}, gp3 throughput", "ebs", "gp3 throughput", _times(count, more_mibps / 1024), assumed)
    elif disk.get("iops") is not None:
        c.leave(r, f"{what}, IOPS", f"provisioned IOPS of {kind} have no pricing rule")


def _times(count: Range, amount: float) -> Range:
    return Range(count.low * amount, count.expected * amount, count.high * amount)


def node_group(r: Registration, c: Context) -> None:
    """Between its smallest and largest size, expected at the desired one; cheapest type to dearest."""
    nodes = _sizes(r)
    types = texts(r.inputs["instanceTypes"]) if "instanceTypes" in r.inputs else _from_template(r, c)
    if nodes is None or not types:
        c.leave(r, "nodes", "its size or its instance types aren't known before deployment")
        return
    as_spot = r.inputs.get("capacityType") == "SPOT"
    lists = {type_: found for type_ in types if (found := on_demand(r, c, type_))}
    spots = {type_: found for type_ in types if (found := spot(r, c, type_))} if as_spot else {}
    _say_missing(r, c, types, lists, spots, as_spot)
    if not lists:
        return
    paid = [*(spots or lists).values()]
    # EKS takes the first type that is to be had; of spot, whichever has most capacity.
    usual = (spots or lists).get(types[0], paid[0])
    hours = _times(nodes, c.usage.hours)
    monthly = Range(
        min(p.first for p in paid) * hours.low,
        usual.first * hours.expected,
        max(p.first for p in lists.values()) * hours.high,
    )
    kind = "spot" if spots else "on-demand"
    c.bill(r, f"nodes, {' or '.join(types)} {kind}", hours, monthly, [usual, *paid, *lists.values()])
    _node_disks(r, c, nodes)


def _sizes(r: Registration) -> Range | None:
    scaling = table(r.inputs.get("scalingConfig"))
    low, high = number(scaling.get("minSize")), number(scaling.get("maxSize"))
    expected = number(scaling.get("desiredSize"))
    if low is None or high is None:
        return None
    return Range(low, min(max(low if expected is None else expected, low), high), high)


def _say_missing(
    r: Registration, c: Context, types: list[str], lists: dict[str, Price], spots: dict[str, Price], as_spot: bool
) -> None:
    for type_ in types:
        if type_ not in lists:
            c.leave(r, f"nodes, {type_}", c.missing(r, f"ec2 on-demand {type_}"))
        elif as_spot and type_ not in spots:
            c.leave(r, f"nodes, {type_} spot", c.missing(r, f"ec2 spot {type_}") + "; counted as on-demand")


def _template(r: Registration, c: Context) -> Registration | None:
    return c.linked(r, "launchTemplate", "aws:ec2/launchTemplate:LaunchTemplate")


def _from_template(r: Registration, c: Context) -> list[str] | None:
    template = _template(r, c)
    if template is None:
        return [_DEFAULT_TYPE] if "launchTemplate" not in r.inputs else None
    type_ = template.inputs.get("instanceType", _DEFAULT_TYPE)
    return texts([type_])


def _node_disks(r: Registration, c: Context, nodes: Range) -> None:
    template = _template(r, c)
    if template is None and "launchTemplate" in r.inputs:
        c.leave(r, "nodes' volumes", "the launch template isn't in this program")
        return
    if template is None:
        size = number(r.inputs.get("diskSize", _DEFAULT_DISK))
        _disk(r, c, {"volumeType": "gp3", "volumeSize": size}, "nodes' volumes", nodes, "as gp3")
        return
    disks = rows(template.inputs.get("blockDeviceMappings"))
    if not disks:
        c.leave(r, "nodes' volumes", "the launch template states none, or they aren't known before deployment")
    for disk in disks:
        _disk(r, c, table(at(disk, "ebs")), "nodes' volumes", nodes)
