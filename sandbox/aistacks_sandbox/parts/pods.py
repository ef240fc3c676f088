"""Where the pods run, on what, at which price, and why others wait."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kubernetes.client import ApiClient, ApiException, CoreV1Api, CustomObjectsApi

from ..machine_prices import hourly as price_of

_PAUSE = 0.5
_QUIET, _QUIET_WITH_KARPENTER = 2.0, 12.0
"""Seconds without a change after which a pod that waits is taken to wait for good. Karpenter gathers pods for up to
ten seconds (its BATCH_MAX_DURATION)."""
_READING = 90.0
"""Seconds in which Karpenter may read a pool up: images, subnets, every instance type of the region."""
_TYPE, _CAPACITY, _ZONE = (
    "node.kubernetes.io/instance-type",
    "karpenter.sh/capacity-type",
    "topology.kubernetes.io/zone",
)


@dataclass(frozen=True)
class Placed:
    """One pod. ``phase``: Kubernetes' own. ``hourly``: dollars an hour of its whole node; None where unknown.

    ``why``: of a pod without a node, the scheduler's own words.
    """

    namespace: str
    name: str
    phase: str
    node: str = ""
    kind: str = ""
    capacity: str = ""
    zone: str = ""
    hourly: float | None = None
    why: str = ""


def placed(api: ApiClient) -> list[Placed]:
    """Every pod, by namespace and name."""
    core: Any = CoreV1Api(api)
    nodes = {node.metadata.name: node.metadata.labels or {} for node in core.list_node().items}
    found = [_placed(pod, nodes.get(pod.spec.node_name or "", {})) for pod in core.list_pod_for_all_namespaces().items]
    return sorted(found, key=lambda pod: (pod.namespace, pod.name))


def settle(api: ApiClient, limit: float, *, karpenter: bool) -> None:
    """Wait until every pod runs, or those that don't have stayed as they are for a while and no node is on its way."""
    began = time.monotonic()
    deadline = began + limit
    quiet = _QUIET_WITH_KARPENTER if karpenter else _QUIET
    before: list[tuple[str, str, str, str]] = []
    since = time.monotonic()
    while time.monotonic() < deadline:
        now = [(pod.namespace, pod.name, pod.phase, pod.node) for pod in placed(api)]
        reads_up = karpenter and time.monotonic() - began < _READING and bool(unready(api))
        if now != before or reads_up or (karpenter and _coming(api)):
            before, since = now, time.monotonic()
        all_run = all(phase in ("Running", "Succeeded") for _, _, phase, _ in now)
        if all_run or time.monotonic() - since > quiet:
            return
        time.sleep(_PAUSE)


def unready(api: ApiClient) -> dict[str, str]:
    """Node pools that Karpenter takes no node from, to what it says of them or of their node class."""
    custom: Any = CustomObjectsApi(api)
    classes = {
        each["metadata"]["name"]: each
        for each in custom.list_cluster_custom_object("karpenter.k8s.aws", "v1", "ec2nodeclasses")["items"]
    }
    found = {}
    for pool in custom.list_cluster_custom_object("karpenter.sh", "v1", "nodepools")["items"]:
        if _condition(pool, "Ready") != "True":
            of = classes.get(pool["spec"]["template"]["spec"]["nodeClassRef"]["name"], {})
            found[pool["metadata"]["name"]] = "; ".join(_faults(of) or _faults(pool)) or "Karpenter hasn't read it up"
    return found


def _faults(found: dict[str, Any]) -> list[str]:
    conditions = found.get("status", {}).get("conditions") or []
    return [
        f"{each['type']}: {each['message'] or each['reason']}"
        for each in conditions
        if each["status"] != "True" and each["type"] != "Ready" and (each.get("message") or each.get("reason"))
    ]


def _coming(api: ApiClient) -> bool:
    """Whether Karpenter has launched a node that isn't ready yet."""
    custom: Any = CustomObjectsApi(api)
    claims = custom.list_cluster_custom_object("karpenter.sh", "v1", "nodeclaims")["items"]
    return any(
        _condition(claim, "Initialized") != "True" and "deletionTimestamp" not in claim["metadata"] for claim in claims
    )


def _condition(found: dict[str, Any], kind: str) -> str:
    conditions = found.get("status", {}).get("conditions") or []
    return next((str(each["status"]) for each in conditions if each["type"] == kind), "")


def drop_nodes(api: ApiClient, mark: str) -> None:
    """Take every node with the annotation ``mark`` away."""
    core: Any = CoreV1Api(api)
    for node in core.list_node().items:
        if mark in (node.metadata.annotations or {}):
            try:
                core.delete_node(node.metadata.name)
            except ApiException as error:
                if error.status != 404:
                    raise


def hourly(pods: Iterable[Placed]) -> float | None:
    """Dollars an hour of all nodes that the pods are on; None where one has no price."""
    nodes = {pod.node: pod.hourly for pod in pods if pod.node}
    prices = [price for price in nodes.values() if price is not None]
    return sum(prices) if len(prices) == len(nodes) else None


def _placed(pod: Any, labels: dict[str, str]) -> Placed:
    kind, capacity, zone = labels.get(_TYPE, ""), labels.get(_CAPACITY, ""), labels.get(_ZONE, "")
    node = pod.spec.node_name or ""
    why = next(
        (
            each.message or ""
            for each in pod.status.conditions or []
            if each.type == "PodScheduled" and each.status == "False"
        ),
        "" if node else "nothing has looked at it yet",
    )
    where = (pod.metadata.namespace, pod.metadata.name, pod.status.phase or "")
    return Placed(*where, node, kind, capacity, zone, _price(kind, capacity, zone), why)


def _price(kind: str, capacity: str, zone: str) -> float | None:
    region = zone.rstrip("abcdef")
    return price_of(region, capacity or "on-demand", kind) if kind and region else None
