"""AWS's service quotas that a program can use up. They are in `quotas.yaml`, with source and date."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from aistacks_core.facts import load


@dataclass(frozen=True)
class Quota:
    """One quota. ``code`` is empty where AWS's pages name none, so that nobody can be asked for its value."""

    service: str
    code: str
    name: str
    default: int
    """In a new account."""
    adjustable: bool
    region: str = ""
    """Where Service Quotas knows it; empty for the region that it holds in."""


@dataclass(frozen=True)
class VcpuQuota(Quota):
    """Counted in vCPUs of the running instances whose type's name begins as ``families`` says."""

    capacity: Literal["on-demand", "spot"] = "on-demand"
    families: str = ""

    def covers(self, instance_type: str, capacity: str) -> bool:
        """Whether an instance counts here. What is reserved counts as on-demand."""
        kind = "on-demand" if capacity == "reserved" else capacity
        return kind == self.capacity and re.match(self.families, instance_type) is not None


@dataclass(frozen=True)
class ResourceQuota(Quota):
    """Counted in resources of a type."""

    type: str = ""
    where: dict[str, Any] = field(default_factory=dict)
    """Inputs that such a resource must have."""
    each: dict[str, str] = field(default_factory=dict)
    """``input``: names the resource whose every one has a quota of its own; ``property``: the input of that resource by
    which it is told apart, where it isn't the resource itself."""
    sum: str = ""
    """Input that is added up; empty where each resource counts one."""


@functools.cache
def vcpu_quotas() -> tuple[VcpuQuota, ...]:
    """Every quota that instances use up."""
    return tuple(VcpuQuota(**row) for row in load(__package__, "quotas.yaml")["vcpus"])


@functools.cache
def resource_quotas() -> tuple[ResourceQuota, ...]:
    """Every quota that resources use up."""
    return tuple(ResourceQuota(**row) for row in load(__package__, "quotas.yaml")["resources"])
