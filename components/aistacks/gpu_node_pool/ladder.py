"""From the capacity ladder to the NodePools that Karpenter needs for it.

Within one NodePool Karpenter takes reserved capacity first, then spot, then on-demand, and no other order
(``getCapacityType``). Of reserved capacity it takes the cheapest type first, and only of one type the
reservation before the block (``CapacityReservationTypeFilter``): an order between the two needs two NodePools.
NodePools are tried by weight, the highest first (``OrderByWeight``); the next one when no offering of the first is to
be had within its limits. aws/karpenter-provider-aws v1.14.3, pkg/providers/instance; kubernetes-sigs/karpenter at
2266468, pkg/utils/nodepool; read 2026-11-30.
"""

import enum
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._kubernetes.karpenter import DISCOVERY
from .dollars import gpus_for


class CapacityType(enum.StrEnum):
    """Capacity type of a node. Karpenter prefers reserved to spot, and spot to on-demand."""

    RESERVED = "reserved"
    """On-Demand Capacity Reservations and Capacity Blocks with the tag ``karpenter.sh/discovery: <cluster name>``."""
    SPOT = "spot"
    """Spot Instances, which EC2 interrupts with two minutes' notice."""
    ON_DEMAND = "on-demand"
    """On-Demand Instances."""


KINDS = {
    "reservation": CapacityType.RESERVED,
    "capacity_block": CapacityType.RESERVED,
    "spot": CapacityType.SPOT,
    "on_demand": CapacityType.ON_DEMAND,
}
"""Kind of a step to the capacity type of its nodes."""
NARROWING = ("instance_types", "zones", "max_gpus")
"""What only a NodePool of its own can state for a step."""
_ORDER = list(CapacityType)
_RESERVATION_TYPE = {"reservation": "default", "capacity_block": "capacity-block"}


@dataclass(frozen=True)
class Step:
    """One NodePool of a pool."""

    role: str
    """Suffix of the NodePool's name, with its hyphen; empty for the last one."""
    class_role: str
    """The same of its EC2NodeClass, which several NodePools may share."""
    capacity_types: list[CapacityType]
    terms: list[dict[str, object]]
    """Selectors of its capacity reservations."""
    reservation_type: str
    """``default`` or ``capacity-block``, where nothing else may be used; empty for no demand."""
    instance_types: list[str]
    zones: list[str] | None
    max_gpus: int
    weight: int


def kind_of(rung: Mapping[str, Any]) -> str:
    """The one key of a rung."""
    return next(iter(rung))


def grouped(rungs: list[dict[str, Any]]) -> list[list[int]]:
    """Indexes of the rungs that share a NodePool, in order."""
    groups: list[list[int]] = []
    for i, rung in enumerate(rungs):
        before = rungs[i - 1] if i else None
        if before is not None and _follows(before, rung):
            groups[-1].append(i)
        else:
            groups.append([i])
    return groups


def _follows(before: Mapping[str, Any], rung: Mapping[str, Any]) -> bool:
    """Whether Karpenter by itself takes ``rung`` after ``before`` in one NodePool."""
    if any(key in each[kind_of(each)] for each in (before, rung) for key in NARROWING):
        return False
    first, second = (_ORDER.index(KINDS[kind_of(each)]) for each in (before, rung))
    return first < second


def total_gpus(a: Mapping[str, Any], *, only_dollars: bool) -> int:
    """Limit of the whole pool in GPUs. ``only_dollars``: the caller gave no ``max_gpus``."""
    if "max_usd_per_hour" not in a:
        return int(a["max_gpus"])
    bought = gpus_for(a["max_usd_per_hour"], a["instance_types"], a.get("zones", []))
    return bought if only_dollars else min(bought, int(a["max_gpus"]))


def steps(a: Mapping[str, Any], types: list[CapacityType]) -> list[Step]:
    """The NodePools of validated arguments, best first. ``types``: ``capacity_types``, where there is no ladder."""
    if "capacity" not in a:
        terms = discovered(a) if CapacityType.RESERVED in types else []
        found = [Step("", "", types, terms, "", a["instance_types"], a.get("zones"), a["max_gpus"], a["weight"])]
    else:
        found = list(_of_ladder(a))
    if "replicas" in a:
        return [replace(step, role="-static") for step in found]
    return found


def discovered(a: Mapping[str, Any]) -> list[dict[str, object]]:
    """The reservations that are tagged for the cluster."""
    return [{"tags": {DISCOVERY: a["cluster_name"]}}]


def limits(rungs: list[dict[str, Any]], groups: list[list[int]], total: int) -> list[int | None]:
    """GPUs of each group: its own ``max_gpus``, or what the others leave of ``total``; ``None`` where it has none and
    isn't the only one."""
    own = [rungs[group[0]][kind_of(rungs[group[0]])].get("max_gpus") for group in groups]
    if own.count(None) == 1:
        own[own.index(None)] = total - sum(each for each in own if each is not None)
    return own


def _of_ladder(a: Mapping[str, Any]) -> Iterator[Step]:
    rungs = a["capacity"]
    groups = grouped(rungs)
    gpus = limits(rungs, groups, a["max_gpus"])
    roles = _roles(rungs, groups)
    terms = [_terms(a, rungs, group) for group in groups]
    own_classes = _classes(terms, roles)
    for i, group in enumerate(groups):
        kinds = [kind_of(rungs[j]) for j in group]
        narrowed = rungs[group[0]][kinds[0]]
        yield Step(
            role=roles[i],
            class_role=own_classes[i],
            capacity_types=[KINDS[kind] for kind in kinds],
            terms=terms[i],
            # Spot and on-demand capacity would not meet it.
            reservation_type=_RESERVATION_TYPE.get(kinds[0], "") if len(kinds) == 1 else "",
            instance_types=narrowed.get("instance_types", a["instance_types"]),
            zones=narrowed.get("zones", a.get("zones")),
            max_gpus=gpus[i] or 0,
            weight=a["weight"] + len(groups) - 1 - i,
        )


def _roles(rungs: list[dict[str, Any]], groups: list[list[int]]) -> list[str]:
    """The last NodePool keeps the pool's own name, so that its nodes stay when steps are put above it."""
    roles: list[str] = []
    for group in groups[:-1]:
        role = "-" + kind_of(rungs[group[0]]).replace("_", "-")
        before = sum(re.fullmatch(rf"{role}(-\d+)?", each) is not None for each in roles)
        roles.append(f"{role}-{before + 1}" if before else role)
    return [*roles, ""]


def _classes(terms: list[list[dict[str, object]]], roles: list[str]) -> list[str]:
    """An EC2NodeClass for each set of reservations; the lowest one, and what uses none, has the pool's name."""
    lowest = next((each for each in reversed(terms) if each), [])
    found: list[str] = []
    for i, each in enumerate(terms):
        if not each or each == lowest:
            found.append("")
        else:
            found.append(found[terms.index(each)] if each in terms[:i] else roles[i])
    return found


def _terms(a: Mapping[str, Any], rungs: list[dict[str, Any]], group: list[int]) -> list[dict[str, object]]:
    kind = kind_of(rungs[group[0]])
    if KINDS[kind] is not CapacityType.RESERVED:
        return []
    wanted = rungs[group[0]][kind]
    if "ids" in wanted:
        return [{"id": each} for each in wanted["ids"]]
    owner = {"ownerID": wanted["owner_id"]} if "owner_id" in wanted else {}
    if "tags" in wanted:
        return [{"tags": dict(wanted["tags"]), **owner}]
    if owner:
        # A term needs tags, an ID or match criteria; a reservation has one of the two.
        return [{"instanceMatchCriteria": each, **owner} for each in ("open", "targeted")]
    return discovered(a)
