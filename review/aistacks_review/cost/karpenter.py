"""Which instance types a Karpenter NodePool may take, by its requirements, and how many nodes its limits leave.

Labels and operators are those of Karpenter's NodePool (`karpenter.sh/v1`); what the types are is in
``aistacks_catalog/aws/instances.csv``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aistacks_catalog.aws.facts import Instance, instances

from .quantities import at, cpus, gib, number, rows, table, texts

TYPE = "node.kubernetes.io/instance-type"
CAPACITY = "karpenter.sh/capacity-type"
RESERVATION_TYPE = "karpenter.k8s.aws/capacity-reservation-type"
"""A reservation or a block: no matter for what a type is."""
_AWS = "karpenter.k8s.aws/instance"
_ARCH = {"x86_64": "amd64", "arm64": "arm64"}
_FAMILY = re.compile(r"([a-z]+)(\d+)")
GPU, NEURON = "nvidia.com/gpu", "aws.amazon.com/neuron"


@dataclass(frozen=True)
class Pool:
    """What a NodePool allows."""

    types: list[str]
    """Instance types that the requirements let through, in the order of the file, or of the pool's own list."""
    lists_types: bool
    """Whether the pool names its types one by one."""
    unknown_types: list[str]
    """Named types whose shape isn't known here."""
    capacity: frozenset[str]
    """``on-demand``, ``spot``, ``reserved``."""
    unclear: list[str]
    """Labels whose requirement isn't known before deployment, or can't be judged here."""
    limits: dict[str, float] = field(default_factory=dict)
    """``cpu``, ``memory`` (GiB), GPUs, ``nodes``."""
    unclear_limits: list[str] = field(default_factory=list)
    """Limits that aren't known before deployment."""
    replicas: float | None = None
    """Nodes of a static pool; ``None`` where pods decide."""

    def node_limit(self, type_: str) -> float | None:
        """How many nodes of one type the limits leave, the last one in part; ``None`` for no end."""
        shape = instances()[type_]
        each = {"cpu": float(shape.vcpus), "memory": shape.memory_gib, "nodes": 1.0}
        if shape.accelerators:
            each[GPU if shape.accelerator_kind == "gpu" else NEURON] = float(shape.accelerators)
        ends = [limit / each[name] for name, limit in self.limits.items() if each.get(name)]
        return min(ends) if ends else None


def pool(spec: Mapping[str, Any]) -> Pool:
    """Read a NodePool's ``spec``."""
    needs = rows(at(spec, "template", "spec", "requirements"))
    types = _types_in(needs)
    known = instances()
    candidates = [t for t in types if t in known] if types else list(known)
    unclear: list[str] = []
    for need in needs:
        judged = _judge(need, candidates)
        if judged is None:
            unclear.append(str(need.get("key")))
        else:
            candidates = judged
    limits, unclear_limits = _limits(spec)
    return Pool(
        types=candidates,
        lists_types=bool(types),
        unknown_types=[t for t in types if t not in known],
        capacity=_capacity(needs),
        unclear=unclear,
        limits=limits,
        unclear_limits=unclear_limits,
        replicas=number(spec.get("replicas")),
    )


def _types_in(needs: list[Mapping[str, Any]]) -> list[str]:
    for need in needs:
        if need.get("key") == TYPE and need.get("operator") == "In":
            return list(dict.fromkeys(texts(need.get("values")) or []))
    return []


def _capacity(needs: list[Mapping[str, Any]]) -> frozenset[str]:
    every = frozenset(("on-demand", "spot", "reserved"))
    for need in needs:
        if need.get("key") == CAPACITY:
            values = frozenset(texts(need.get("values")) or every)
            return every - values if need.get("operator") == "NotIn" else values & every
    # Without a word, Karpenter takes on-demand nodes.
    return frozenset(("on-demand",))


def _limits(spec: Mapping[str, Any]) -> tuple[dict[str, float], list[str]]:
    found: dict[str, float] = {}
    unclear = []
    stated = spec.get("limits")
    if stated is not None and not isinstance(stated, Mapping):
        return {}, ["limits"]
    for name, value in table(stated).items():
        amount = gib(value) if name == "memory" else cpus(value) if name == "cpu" else number(value)
        if amount is None:
            unclear.append(str(name))
        else:
            found[str(name)] = amount
    return found, unclear


def _judge(need: Mapping[str, Any], candidates: list[str]) -> list[str] | None:
    """The candidates that meet one requirement; ``None`` where it can't be judged."""
    key, operator, values = need.get("key"), need.get("operator"), need.get("values", [])
    if key in (CAPACITY, RESERVATION_TYPE):
        return candidates
    if not isinstance(key, str) or key not in _labels("m5.large") or texts(values) is None:
        return None
    test = _TESTS.get(str(operator))
    if test is None:
        return None
    wanted = texts(values) or []
    if operator in ("Gt", "Lt", "Gte", "Lte") and (len(wanted) != 1 or number(wanted[0]) is None):
        return None
    return [t for t in candidates if test(_labels(t)[key], wanted)]


_TESTS: dict[str, Any] = {
    "In": lambda has, wanted: has in wanted,
    "NotIn": lambda has, wanted: has not in wanted,
    "Exists": lambda has, _: has is not None,
    "DoesNotExist": lambda has, _: has is None,
    "Gt": lambda has, wanted: has is not None and float(has) > float(wanted[0]),
    "Lt": lambda has, wanted: has is not None and float(has) < float(wanted[0]),
    "Gte": lambda has, wanted: has is not None and float(has) >= float(wanted[0]),
    "Lte": lambda has, wanted: has is not None and float(has) <= float(wanted[0]),
}


@functools.cache
def _labels(type_: str) -> Mapping[str, str | None]:
    """A node's labels that follow from its type; ``None`` for one that it hasn't."""
    shape: Instance = instances()[type_]
    family_name, _, size = type_.partition(".")
    match = _FAMILY.match(family_name)
    category, generation = (match[1], match[2]) if match else (None, None)
    gpu = shape.accelerator_kind == "gpu"
    neuron = shape.accelerator_kind == "neuron"
    return {
        TYPE: type_,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": _ARCH[shape.arch],
        f"{_AWS}-category": category,
        f"{_AWS}-generation": generation,
        f"{_AWS}-family": family_name,
        f"{_AWS}-size": size,
        f"{_AWS}-cpu": str(shape.vcpus),
        f"{_AWS}-memory": str(round(shape.memory_gib * 1024)),
        f"{_AWS}-gpu-count": str(shape.accelerators) if gpu else None,
        f"{_AWS}-gpu-manufacturer": "nvidia" if gpu else None,
        f"{_AWS}-gpu-name": shape.accelerator.lower() if gpu else None,
        f"{_AWS}-accelerator-count": str(shape.accelerators) if neuron else None,
        f"{_AWS}-accelerator-manufacturer": "aws" if neuron else None,
        f"{_AWS}-accelerator-name": shape.accelerator.lower() if neuron else None,
    }
