"""The pods of a Kubernetes workload, wherever its kind keeps them."""

from __future__ import annotations

from collections.abc import Iterator

from .resource import Resource
from .stack import Types
from .values import Truth, Value, any_of

_TEMPLATED: Types = tuple(
    f"kubernetes:{group}:{kind}"
    for group, kinds in {
        "apps/v1": ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"),
        "batch/v1": ("Job",),
        "core/v1": ("ReplicationController",),
    }.items()
    for kind in kinds
)
_CRON: Types = ("kubernetes:batch/v1:CronJob",)
_POD: Types = ("kubernetes:core/v1:Pod",)
WORKLOADS: Types = (*_TEMPLATED, *_CRON, *_POD)
SERVICES: Types = tuple(t for t in WORKLOADS if t.rsplit(":", 1)[1] in ("Deployment", "StatefulSet", "DaemonSet"))
"""Workloads that are to answer until somebody ends them; the others end by themselves."""


def template(workload: Resource) -> Value:
    """What a pod of the workload is made from: its metadata and spec."""
    if workload.type in _POD:
        return Value(workload.props)
    if workload.type in _CRON:
        return workload.at("spec.jobTemplate.spec.template")
    return workload.at("spec.template")


def spec(workload: Resource) -> Value:
    """The pod's spec."""
    return template(workload)["spec"]


def containers(workload: Resource, *, starting: bool = True) -> list[Value]:
    """Its containers; with ``starting`` those that run before them, too."""
    pod = spec(workload)
    found = pod["containers"].each()
    if starting:
        found += pod["initContainers"].each() + pod["ephemeralContainers"].each()
    return found


def contexts(workload: Resource, key: str) -> Iterator[Value]:
    """The security setting ``key`` as it holds for each container: its own, else the pod's."""
    pod = spec(workload)["securityContext"][key]
    for container in containers(workload):
        container_value = container["securityContext"][key]
        yield pod if container_value.absent else container_value


def windows(workload: Resource) -> Truth:
    """Whether its pods run on Windows, where Linux's settings don't hold."""
    pod = spec(workload)
    selected = pod["nodeSelector"]["kubernetes.io/os"].equals("windows")
    return any_of((pod["os"]["name"].equals("windows"), False if pod["nodeSelector"].absent else selected))
