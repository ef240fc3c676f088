"""What an environment takes of each service quota, by what its program registers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aistacks_catalog.aws.facts import instance
from aistacks_catalog.aws.quotas import Quota, ResourceQuota, resource_quotas, vcpu_quotas
from aistacks_core.snapshot import Plan, Registration

_NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
_NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
_TYPES = "node.kubernetes.io/instance-type"
_CATEGORIES = "karpenter.k8s.aws/instance-category"
_CAPACITY = "karpenter.sh/capacity-type"
_SMALLEST = 2
"""vCPUs of a ``large``, the smallest node that takes a pod of ours."""


@dataclass(frozen=True)
class Need:
    """What one quota must allow. ``first``: for everything to start, with a node in each pool; ``most``: when every
    pool is as large as it may become."""

    quota: Quota
    first: int
    most: int


@dataclass(frozen=True)
class _Nodes:
    """vCPUs of nodes of one kind."""

    type: str
    """An instance type, or the letter of a category."""
    capacity: str
    first: int
    most: int


def needs_of(plan: Plan) -> tuple[list[Need], list[str]]:
    """Each quota that ``plan`` touches, and the instance types that nobody here knows, so that they aren't counted."""
    unknown: set[str] = set()
    nodes = [*_node_groups(plan, unknown), *_node_pools(plan, unknown)]
    needs = []
    for quota in vcpu_quotas():
        mine = [each for each in nodes if quota.covers(each.type, each.capacity)]
        if mine:
            needs.append(Need(quota, sum(each.first for each in mine), sum(each.most for each in mine)))
    for counted in resource_quotas():
        number = _count(plan, counted)
        if number:
            needs.append(Need(counted, number, number))
    return needs, sorted(unknown)


def _node_groups(plan: Plan, unknown: set[str]) -> Iterator[_Nodes]:
    for group in plan.of(_NODE_GROUP):
        types = _known(group.inputs.get("instanceTypes") or [], unknown)
        scaling = group.inputs.get("scalingConfig") or {}
        if types:
            # Whichever is to be had: the largest one must fit.
            type_, vcpus = max(types.items(), key=lambda item: item[1])
            capacity = "spot" if group.inputs.get("capacityType") == "SPOT" else "on-demand"
            first, most = (int(scaling.get(key) or 0) for key in ("desiredSize", "maxSize"))
            yield _Nodes(type_, capacity, first * vcpus, most * vcpus)


def _node_pools(plan: Plan, unknown: set[str]) -> Iterator[_Nodes]:
    for pool in plan.of(_NODE_POOL):
        spec = pool.inputs.get("spec") or {}
        asked = {
            each.get("key"): [str(value) for value in each.get("values") or []]
            for each in spec["template"]["spec"]["requirements"]
            if each.get("operator") == "In"
        }
        limits: Mapping[str, Any] = spec.get("limits") or {}
        capacities = {"on-demand" if kind == "reserved" else kind for kind in asked.get(_CAPACITY, ["on-demand"])}
        for capacity in sorted(capacities):
            yield from _pool(asked, limits, capacity, unknown, spec.get("replicas"))


def _pool(
    asked: Mapping[str, list[str]], limits: Mapping[str, Any], capacity: str, unknown: set[str], replicas: int | None
) -> Iterator[_Nodes]:
    if _TYPES not in asked:
        vcpus = int(limits.get("cpu") or 0)
        # Every category of such a pool counts towards one quota; a pool over several would need each of them.
        for category in asked.get(_CATEGORIES, [])[:1]:
            yield _Nodes(f"{category}0", capacity, min(_SMALLEST, vcpus), vcpus)
        return
    gpus = int(limits.get("nvidia.com/gpu") or limits.get("aws.amazon.com/neuron") or 0)
    by_quota: dict[str, dict[str, int]] = defaultdict(dict)
    for type_, vcpus in _known(asked[_TYPES], unknown).items():
        covering = next((quota.code for quota in vcpu_quotas() if quota.covers(type_, capacity)), "")
        by_quota[covering][type_] = vcpus
    for types in by_quota.values():
        if replicas is not None:
            # A static pool: its nodes from the start, and what its limit leaves while one is replaced.
            whole = int(limits.get("nodes") or replicas)
            yield _Nodes(min(types), capacity, int(replicas) * min(types.values()), whole * max(types.values()))
            continue
        # A pool of shared GPUs is limited in nodes.
        whole = int(limits.get("nodes") or 0)
        most = {
            type_: (whole or gpus // max(1, instance(type_).accelerators)) * vcpus for type_, vcpus in types.items()
        }
        yield _Nodes(min(types), capacity, min(types.values()), max(most.values()))


def _known(types: list[str], unknown: set[str]) -> dict[str, int]:
    found = {}
    for type_ in types:
        try:
            found[type_] = instance(type_).vcpus
        except LookupError:
            unknown.add(type_)
    return found


def _count(plan: Plan, quota: ResourceQuota) -> int:
    mine = [r for r in plan.of(quota.type) if all(r.inputs.get(key) == value for key, value in quota.where.items())]
    if quota.sum:
        return sum(int(r.inputs.get(quota.sum) or 1) for r in mine)
    if not quota.each:
        return len(mine)
    by_urn = {r.urn: r for r in plan.resources}
    return max(Counter(_owner(by_urn, r, quota.each) for r in mine).values(), default=0)


def _owner(by_urn: Mapping[str, Registration], of: Registration, each: Mapping[str, str]) -> str:
    owners = of.property_dependencies.get(each["input"], ())
    if "property" not in each:
        return ",".join(owners) or str(of.inputs.get(each["input"]))
    owner_names = [str(by_urn[urn].inputs.get(each["property"])) for urn in owners if urn in by_urn]
    return next((name for name in owner_names if name != "None"), "")
