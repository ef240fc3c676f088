"""Containers that AWS runs: ECS on Fargate by the size of a task; on machines of one's own these are charged for."""

from __future__ import annotations

import re

from aistacks_core.snapshot import UNKNOWN, Registration

from ..context import Context
from ..figures import Range
from ..quantities import at, number, rows, text, yes

_TASK = "aws:ecs/taskDefinition:TaskDefinition"
_SCALING = "aws:appautoscaling/target:Target"
_UNITS = 1024.0
"""CPU units to the vCPU, and MiB of memory to the GB (ECS's API, RegisterTaskDefinition)."""
_DISK = 20.0
"""GiB of ephemeral storage that a task has without a charge (the same)."""
_SIZE = re.compile(r"\s*([0-9.]+)\s*(vcpu|gb)\s*", re.IGNORECASE)


def cluster(r: Registration, c: Context) -> None:
    """Nothing itself; what it reports of its containers is charged for as metrics."""
    insights = [s.get("value") for s in rows(r.inputs.get("settings")) if s.get("name") == "containerInsights"]
    if any(value != "disabled" for value in insights):
        c.leave(r, "container insights", "the metrics that they make have no pricing rule")
    else:
        c.free += 1


def service(r: Registration, c: Context) -> None:
    """As many tasks as it wants, within what scales it, each by its vCPU and GB."""
    where = _where(r)
    if where is None:
        c.leave(r, "tasks", "where they run isn't stated, or isn't known before deployment")
        return
    if where == "EC2":
        c.free += 1
        return
    tasks, of = _tasks(r, c), c.linked(r, "taskDefinition", _TASK)
    if tasks is None or of is None:
        c.leave(r, "tasks", "their number or their definition isn't known before deployment")
        return
    chip = at(of.inputs, "runtimePlatform", "cpuArchitecture") or "X86_64"
    system = at(of.inputs, "runtimePlatform", "operatingSystemFamily") or "LINUX"
    cpu, memory = _size(of.inputs.get("cpu")), _size(of.inputs.get("memory"))
    if cpu is None or memory is None or chip not in ("X86_64", "ARM64") or system != "LINUX":
        c.leave(r, "tasks", "their size or platform isn't known before deployment, or has no prices here")
        return
    hours = Range(c.always(tasks.low), c.always(tasks.expected), c.always(tasks.high))
    c.charge(r, f"tasks of {cpu:g} vCPU", "fargate", f"{chip} vCPU", _times(hours, cpu))
    c.charge(r, f"tasks of {memory:g} GB", "fargate", f"{chip} memory", _times(hours, memory))
    disk = (number(at(of.inputs, "ephemeralStorage", "sizeInGib")) or _DISK) - _DISK
    if disk > 0:
        c.charge(r, "tasks, ephemeral storage", "fargate", "storage", _times(hours, disk))
    if yes(at(r.inputs, "networkConfiguration", "assignPublicIp")):
        c.charge(r, "tasks, public IPv4 addresses", "vpc", "public IPv4 address", hours)
    if where == "FARGATE_SPOT":
        c.leave(r, "tasks, spot", "no price of spot was read; counted as on-demand")


def _times(of: Range, amount: float) -> Range:
    return Range(of.low * amount, of.expected * amount, of.high * amount)


def _where(r: Registration) -> str | None:
    """``FARGATE``, ``FARGATE_SPOT`` or ``EC2``; ``None`` where it isn't known: the cluster's own default."""
    stated = r.inputs.get("launchType")
    if stated is not None:
        return stated if stated in ("FARGATE", "EC2") else None
    providers = r.inputs.get("capacityProviderStrategies")
    names = {text(row.get("capacityProvider")) for row in rows(providers)}
    if providers is UNKNOWN or None in names:
        return None
    if names & {"FARGATE", "FARGATE_SPOT"}:
        return "FARGATE_SPOT" if "FARGATE_SPOT" in names else "FARGATE"
    # Without a word, ECS takes machines, unless the cluster has a strategy of its own.
    return "EC2" if names else None


def _tasks(r: Registration, c: Context) -> Range | None:
    wanted = number(r.inputs.get("desiredCount", 0))
    for target in c.by_type.get(_SCALING, []):
        if r.urn in target.property_dependencies.get("resourceId", ()):
            low, high = number(target.inputs.get("minCapacity")), number(target.inputs.get("maxCapacity"))
            if low is None or high is None:
                return None
            return Range(low, min(max(wanted or low, low), high), high)
    return None if wanted is None else Range(wanted, wanted, wanted)


def _size(value: object) -> float | None:
    """vCPU or GB of a task's size: ``"256"`` are 0.25, ``"1 vCPU"`` and ``"2 GB"`` as they say."""
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match:
        return number(match[1])
    found = number(value)
    return None if found is None else found / _UNITS


def pods_profile(r: Registration, c: Context) -> None:
    """Pods of EKS on Fargate: by the size that each asks for."""
    cpu, memory = c.price(r, "fargate", "X86_64 vCPU"), c.price(r, "fargate", "X86_64 memory")
    by = f": ${cpu.first:g} a vCPU and hour, ${memory.first:g} a GB and hour" if cpu and memory else ""
    c.leave(r, "pods on Fargate", f"how many run, and how large, isn't seen here{by}")
