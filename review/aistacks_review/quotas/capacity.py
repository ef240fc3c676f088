"""What EC2 says of each GPU pool's capacity: offerings by zone, reservations, spot placement scores. It only reads."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aistacks_catalog.aws.facts import instances
from aistacks_core import aws_clients
from aistacks_core.snapshot import Plan

_POOL = "kubernetes:karpenter.sh/v1:NodePool"
_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
_SUBNET = "aws:ec2/subnet:Subnet"
_TYPES = "node.kubernetes.io/instance-type"
_ZONES = "topology.kubernetes.io/zone"
_CAPACITY = "karpenter.sh/capacity-type"
_RESERVATION_TYPES = "karpenter.k8s.aws/capacity-reservation-type"
_DISCOVERY = "karpenter.sh/discovery"
_DEVICES = ("nvidia.com/gpu", "aws.amazon.com/neuron")
_SECONDS = 5
_POOR_SCORE = 3
"""Of 1 to 10; EC2 calls none of them good or bad, this is our own line."""
_FEW_TYPES = 3
"""Fewer are always scored low (botocore 1.44.5, ec2 GetSpotPlacementScores, InstanceTypes; read 2026-11-30)."""


@dataclass(frozen=True)
class Wanted:
    """One NodePool's demand."""

    pool: str
    types: list[str]
    zones: list[str]
    """Empty where they aren't known before deployment."""
    capacity: list[str]
    terms: list[Mapping[str, Any]]
    """Karpenter's selectors of capacity reservations."""
    reservation_types: list[str]
    """``default`` and ``capacity-block``; empty for either."""
    nodes: int
    """Of its smallest type, when it is full."""


@dataclass(frozen=True)
class Answers:
    """``lines``: what EC2 said. ``missing``: pools that can't have a node. ``problem``: why not all was asked."""

    lines: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    problem: str = ""


def wanted_of(plan: Plan) -> list[Wanted]:
    """The NodePools of ``plan`` that name types with accelerators."""
    classes = {r.inputs["metadata"]["name"]: r.inputs.get("spec") or {} for r in plan.of(_CLASS)}
    subnets = sorted(
        str(r.inputs.get("availabilityZone"))
        for r in plan.of(_SUBNET)
        if _DISCOVERY in (r.inputs.get("tags") or {}) and isinstance(r.inputs.get("availabilityZone"), str)
    )
    found = []
    for pool in plan.of(_POOL):
        spec = pool.inputs["spec"]
        template = spec["template"]["spec"]
        asked = {each["key"]: each["values"] for each in template["requirements"] if each["operator"] == "In"}
        known = [type_ for type_ in asked.get(_TYPES, []) if type_ in instances()]
        if not any(instances()[type_].accelerator_kind for type_ in known):
            continue
        limits = spec.get("limits") or {}
        limit = sum(int(limits.get(device) or 0) for device in _DEVICES)
        least = min(max(1, instances()[type_].accelerators) for type_ in known)
        found.append(
            Wanted(
                pool=pool.inputs["metadata"]["name"],
                types=list(asked[_TYPES]),
                zones=list(asked.get(_ZONES) or dict.fromkeys(subnets)),
                capacity=list(asked.get(_CAPACITY, ["on-demand"])),
                terms=list(
                    (classes.get(template["nodeClassRef"]["name"]) or {}).get("capacityReservationSelectorTerms", [])
                ),
                reservation_types=list(asked.get(_RESERVATION_TYPES, [])),
                # A pool of shared GPUs is limited in nodes.
                nodes=int(spec.get("replicas") or limits.get("nodes") or math.ceil(limit / least)),
            )
        )
    return found


def ask(wanted: list[Wanted], region: str, client: Callable[[str], Any] | None = None) -> Answers:
    """Ask EC2 in ``region`` about each pool. ``client``: makes an EC2 client for a region. Default: boto3's."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        return Answers(problem="boto3 isn't installed (pip install 'aistacks[models]')")
    found = Answers()
    try:
        ec2 = (client or _client)(region)
        for each in wanted:
            found.lines.extend(_offered(ec2, each, found.missing))
            if "reserved" in each.capacity:
                found.lines.append(_reserved(ec2, each, found.missing))
            if "spot" in each.capacity and each.nodes:
                found.lines.append(_spot(ec2, each, region))
    except (BotoCoreError, ClientError) as error:
        return Answers(found.lines, found.missing, " ".join(str(error).split()))
    return found


def _offered(ec2: Any, wanted: Wanted, missing: list[str]) -> Iterator[str]:
    pages = ec2.get_paginator("describe_instance_type_offerings").paginate(
        LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": wanted.types}]
    )
    at: dict[str, set[str]] = {}
    for page in pages:
        for one in page["InstanceTypeOfferings"]:
            at.setdefault(one["InstanceType"], set()).add(one["Location"])
    had = False
    for type_ in wanted.types:
        zones = at.get(type_, set())
        some = sorted(zones & set(wanted.zones)) if wanted.zones else sorted(zones)
        had = had or bool(some)
        if not some:
            instead = f"; other zones of the region have it: {', '.join(sorted(zones))}" if zones else ""
            yield f"{wanted.pool}: {type_} isn't offered in its zones{instead}"
        elif wanted.zones and len(some) < len(wanted.zones):
            yield f"{wanted.pool}: {type_} is offered in {', '.join(some)} only, of its zones {', '.join(wanted.zones)}"
    if not had:
        missing.append(f"{wanted.pool} (none of its types is offered)")


def _reserved(ec2: Any, wanted: Wanted, missing: list[str]) -> str:
    if any(not isinstance(value, str) for term in wanted.terms for value in (term.get("tags") or {}).values()):
        return f"{wanted.pool}: its reservations aren't known before deployment"
    active: dict[str, Mapping[str, Any]] = {}
    for term in wanted.terms:
        for page in ec2.get_paginator("describe_capacity_reservations").paginate(Filters=list(_filters(term))):
            for one in page["CapacityReservations"]:
                if term.get("id", one["CapacityReservationId"]) == one["CapacityReservationId"]:
                    active[one["CapacityReservationId"]] = one
    usable = [one for one in active.values() if _is_usable(one, wanted)]
    if not usable:
        if set(wanted.capacity) == {"reserved"}:
            missing.append(f"{wanted.pool} (no reservation)")
        return (
            f"{wanted.pool}: no active reservation of its types and zones is selected; make or tag one, or check its ID"
        )
    total, free = (sum(one.get(key, 0) for one in usable) for key in ("TotalInstanceCount", "AvailableInstanceCount"))
    ends = sorted(f"{one['EndDate']:%Y-%m-%d %H:%M} UTC" for one in usable if one.get("EndDate"))
    until = f", the first ends {ends[0]}" if ends else ""
    return f"{wanted.pool}: {len(usable)} active reservations, {free} of {total} nodes free{until}"


def _is_usable(one: Mapping[str, Any], wanted: Wanted) -> bool:
    return (
        one["InstanceType"] in wanted.types
        and (not wanted.zones or one["AvailabilityZone"] in wanted.zones)
        and one.get("ReservationType", "default")
        in (wanted.reservation_types or [one.get("ReservationType", "default")])
    )


def _filters(term: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """As Karpenter asks (v1.14.3, pkg/providers/capacityreservation/types.go, read 2026-11-30), with IDs filtered here:
    EC2 answers an unknown one with an error."""
    yield {"Name": "state", "Values": ["active"]}
    if "ownerID" in term:
        yield {"Name": "owner-id", "Values": [term["ownerID"]]}
    if "instanceMatchCriteria" in term:
        yield {"Name": "instance-match-criteria", "Values": [term["instanceMatchCriteria"]]}
    for key, value in (term.get("tags") or {}).items():
        yield {"Name": "tag-key", "Values": [key]} if value == "*" else {"Name": f"tag:{key}", "Values": [value]}


def _spot(ec2: Any, wanted: Wanted, region: str) -> str:
    asked = {
        "InstanceTypes": wanted.types,
        "TargetCapacity": wanted.nodes,
        "TargetCapacityUnitType": "units",
        "SingleAvailabilityZone": True,
        "RegionNames": [region],
    }
    scores = ec2.get_spot_placement_scores(**asked)["SpotPlacementScores"]
    if not scores:
        return f"{wanted.pool}: no spot placement score for {wanted.nodes} nodes"
    best = max(scores, key=lambda one: one["Score"])
    poor = "; name more types, or add on_demand" if best["Score"] <= _POOR_SCORE else ""
    if len(wanted.types) < _FEW_TYPES:
        poor = f"; EC2 scores fewer than {_FEW_TYPES} types low, whatever it has"
    where = best.get("AvailabilityZoneId", region)
    return f"{wanted.pool}: spot placement score {best['Score']} of 10 for {wanted.nodes} nodes, best in {where}{poor}"


def _client(region: str) -> Any:
    import boto3

    return boto3.client("ec2", region_name=region, config=aws_clients.config(read_seconds=_SECONDS))
