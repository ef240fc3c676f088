"""Karpenter's node pools: nothing when idle, their limit at the dearest, a share of it by the assumptions; static ones
always."""

from __future__ import annotations

import math
from dataclasses import dataclass

from aistacks_catalog.aws.prices.book import Price
from aistacks_core.snapshot import Registration

from ..context import Context
from ..figures import Range
from ..karpenter import Pool, pool
from ..quantities import at, gib, number, rows, table, text
from .machines import on_demand, spot

_ON_AWS = "karpenter.k8s.aws"
_POOL = "aistacks.io/pool"


@dataclass(frozen=True)
class _Offer:
    """One instance type as a pool may have it."""

    type: str
    node_limit: float
    """Nodes that the limits leave, the last one in part."""
    on_demand_price: Price
    """On-demand."""
    spot: Price | None

    @property
    def most(self) -> float:
        """Whole nodes."""
        return float(math.floor(self.node_limit))

    @property
    def filled(self) -> float:
        """Dollars an hour of the whole pool in nodes of this type, at the list price."""
        return self.on_demand_price.first * self.most

    @property
    def rate(self) -> tuple[float, float]:
        """The same were nodes divisible, and smaller nodes first: what types of several sizes are compared by."""
        return round(self.on_demand_price.first * self.node_limit, 6), -self.node_limit


def node_pool(r: Registration, c: Context) -> None:
    """A NodePool of Karpenter, with the volumes of its node class."""
    spec = table(r.inputs.get("spec"))
    name = text(at(r.inputs, "metadata", "name")) or r.name
    what = f"node pool {name}"
    group = at(spec, "template", "spec", "nodeClassRef", "group")
    if group not in (None, _ON_AWS):
        c.leave(r, what, "its nodes aren't EC2's, or aren't known before deployment")
        return
    found = pool(spec)
    _say_unclear(r, c, what, found)
    offers = _offers(r, c, what, found)
    if not offers:
        if not found.unknown_types:
            c.leave(r, what, "no instance type that it allows is known here and has a price and room in its limits")
        return
    _bill(r, c, what, name, found, offers)


def _say_unclear(r: Registration, c: Context, what: str, found: Pool) -> None:
    for type_ in found.unknown_types:
        c.leave(r, f"{what}, {type_}", "the type's shape isn't known here")
    if found.unclear_limits:
        c.leave(r, what, f"its limits aren't known before deployment: {', '.join(found.unclear_limits)}")
    elif not found.limits:
        c.leave(r, what, "it has no limit: more nodes than are counted here may be made")


def _offers(r: Registration, c: Context, what: str, found: Pool) -> list[_Offer]:
    offers = []
    for type_ in found.types:
        node_limit = found.node_limit(type_)
        on_demand_price = on_demand(r, c, type_)
        if on_demand_price is None:
            # Of an open pool, what a region hasn't is no candidate; what is named by itself is missed.
            if found.lists_types:
                c.leave(r, f"{what}, {type_}", c.missing(r, f"ec2 on-demand {type_}"))
            continue
        ending = c.usage.unlimited_pool_nodes * c.usage.busy_factor if node_limit is None else node_limit
        if ending >= 1:
            offers.append(_Offer(type_, ending, on_demand_price, spot(r, c, type_)))
    return offers


def _bill(r: Registration, c: Context, what: str, name: str, found: Pool, offers: list[_Offer]) -> None:
    dearest = max(offers, key=lambda o: o.filled)
    usual = _usual(found, offers)
    names = _names(r, name)
    share = _share(c, names, bool(found.limits))
    nodes = Range(0, usual.node_limit * share, dearest.most)
    if found.replicas is not None:
        nodes = Range(found.replicas, found.replicas, found.replicas)
    only_spot = found.capacity == frozenset(("spot",))
    hourly, mix = _mix(c, found, usual)
    high = (dearest.spot or dearest.on_demand_price) if only_spot else dearest.on_demand_price
    if "spot" in found.capacity and usual.spot is None:
        c.leave(r, f"{what}, {usual.type} spot", c.missing(r, f"ec2 spot {usual.type}") + "; counted as on-demand")
    low = min([hourly, *(o.spot.first for o in offers if o.spot and "spot" in found.capacity)]) if nodes.low else 0
    monthly = Range(
        nodes.low * c.always() * low, nodes.expected * c.always() * hourly, nodes.high * c.always() * high.first
    )
    first = usual.spot if only_spot and usual.spot else usual.on_demand_price
    prices = [first, usual.on_demand_price, high, *([usual.spot] if usual.spot else [])]
    hours = Range(c.always(nodes.low), c.always(nodes.expected), c.always(nodes.high))
    note = f"{share:.0%} of its limit on average ({_key(c, names, bool(found.limits))}), {usual.type} {mix}"
    if found.replicas is not None:
        note = f"{found.replicas:g} nodes, always, {usual.type} {mix}"
    if found.unclear:
        note += f"; not looked at: {', '.join(sorted(set(found.unclear)))}"
    c.bill(r, f"{what}, up to {nodes.high:g} x {dearest.type}", hours, monthly, prices, assumption=note)
    _volumes(r, c, what, nodes)


def _usual(found: Pool, offers: list[_Offer]) -> _Offer:
    """Of named types the cheapest way to fill the pool, which Karpenter looks for; of open categories the middle one,
    because what fits depends on the pods."""
    ranked = sorted(offers, key=lambda o: o.rate)
    return ranked[0] if found.lists_types else ranked[len(ranked) // 2]


def _names(r: Registration, name: str) -> list[str]:
    """By what an assumption may name a pool: several NodePools are one pool by their label."""
    label = text(at(r.inputs, "spec", "template", "metadata", "labels", _POOL))
    return [name, r.name, *([label] if label else [])]


def _share(c: Context, names: list[str], limited: bool) -> float:
    stated = next((c.usage.pools[n] for n in names if n in c.usage.pools), None)
    if stated is not None:
        return stated
    return c.usage.pool_share if limited else 1 / c.usage.busy_factor


def _key(c: Context, names: list[str], limited: bool) -> str:
    stated = next((n for n in names if n in c.usage.pools), None)
    return f"pools.{stated}" if stated else "pool_share" if limited else "unlimited_pool_nodes"


def _mix(c: Context, found: Pool, usual: _Offer) -> tuple[float, str]:
    """Dollars an hour of one node by the assumptions, and how it is bought."""
    on_demand_price = usual.on_demand_price.first
    cheap = usual.spot.first if usual.spot else on_demand_price
    reserved = c.usage.reserved_share if "reserved" in found.capacity else 0.0
    if found.capacity == frozenset(("reserved",)):
        reserved = 1.0
    rest = 1 - reserved
    as_spot = rest if "on-demand" not in found.capacity else rest * c.usage.spot_share
    as_spot = as_spot if "spot" in found.capacity else 0.0
    as_on_demand = rest - as_spot
    hourly = (
        reserved * on_demand_price * (1 - c.usage.reserved_discount) + as_spot * cheap + as_on_demand * on_demand_price
    )
    parts = {"reserved": reserved, "spot": as_spot, "on-demand": as_on_demand}
    return hourly, " and ".join(f"{part:.0%} {kind}" for kind, part in parts.items() if part)


def _volumes(r: Registration, c: Context, what: str, nodes: Range) -> None:
    class_name = at(r.inputs, "spec", "template", "spec", "nodeClassRef", "name")
    shape = next((n for n in _classes(c) if at(n.inputs, "metadata", "name") == class_name), None)
    disks = rows(at(shape.inputs, "spec", "blockDeviceMappings")) if shape and text(class_name) else []
    if not disks:
        c.leave(r, f"{what}, volumes", "its node class isn't in this program, or states no volumes")
        return
    for disk in disks:
        kind, size = at(disk, "ebs", "volumeType"), gib(at(disk, "ebs", "volumeSize"))
        if not isinstance(kind, str) or size is None:
            c.leave(r, f"{what}, volumes", "the volumes' kind or size isn't known before deployment")
            continue
        amount = Range(nodes.low * size, nodes.expected * size, nodes.high * size)
        c.charge(r, f"{what}, {kind} volumes of {size:g} GiB", "ebs", kind, amount, "as many as its nodes")
        if number(at(disk, "ebs", "iops")) or number(at(disk, "ebs", "throughput")):
            c.leave(r, f"{what}, volumes", "more IOPS or throughput than a volume comes with have no pricing rule here")


def _classes(c: Context) -> list[Registration]:
    return [r for type_, some in c.by_type.items() if type_.endswith(":EC2NodeClass") for r in some]
