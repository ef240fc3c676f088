"""Interruption of what runs in Kubernetes: nodes that Karpenter exchanges, pods that roll, services that lose them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from aistacks_core.property_values import contains_unknown
from aistacks_core.snapshot import UNKNOWN, Registration

from ..compare.changes import ChangeKind, ResourceChange
from ..findings import Risk, RiskKind, Severity
from . import pod_templates
from .context import Context, get, number, risk
from .facts import facts
from .phrases import became, counted, join_names, why
from .rule import rule

_KIND = RiskKind.INTERRUPTION
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")


def _paths(change: ResourceChange) -> list[str]:
    return [p.path for p in change.properties if not p.path.startswith("status")]


def _below(path: str, above: str) -> bool:
    return path == above or path.startswith((f"{above}.", f"{above}["))


@rule(
    _KIND,
    Severity.MEDIUM,
    Severity.LOW,
    when="A NodePool or an EC2NodeClass changes in what Karpenter compares its nodes with, tags among it: it exchanges "
    "those that no longer match, within the pool's disruption budget; low where that lets only empty ones go. Not "
    "certain for requirements and selectors, where only nodes that no longer fit go. Limits, weight and disruption "
    "settings don't count.",
)
def nodes_drift(ctx: Context) -> Iterable[Risk]:
    """Karpenter exchanges nodes that have drifted."""
    for kind, about in facts("interruption")["drift"].items():
        for change in ctx.kubernetes(kind):
            if change.kind is not ChangeKind.UPDATE:
                continue
            spec = [p for p in _paths(change) if _below(p, "spec")]
            counts = [p for p in spec if not any(_below(p, b) for b in about["behaviour"])]
            sure = [p for p in counts if not any(_below(p, r) for r in about["resolved"])]
            if counts:
                pools = _pools(ctx, change)
                of = f" of {join_names([pool.name for pool in pools])}" if pools else ""
                some = "Nodes" if sure else "Nodes that no longer fit"
                spared = bool(pools) and all(_drifts_only_empty(pool) for pool in pools)
                title = f"{some}{of} are exchanged by Karpenter, and their pods move."
                if spared:
                    title = (
                        f"{some}{of} are exchanged by Karpenter, each once it is empty; until then it stays as it was."
                    )
                severity = Severity.LOW if spared else Severity.MEDIUM
                reason = f"{', '.join((sure or counts)[:4])} change{'s' if len(sure or counts) == 1 else ''}: drift"
                yield risk(_KIND, severity, change, title, reason, certain=bool(sure))


def _drifts_only_empty(pool: Registration) -> bool:
    """Whether no budget lets a drifted node with pods go; the smallest of those that name drift, or nothing, counts."""
    budgets = get(pool.inputs, "spec.disruption.budgets")
    return isinstance(budgets, list) and any(
        get(b, "nodes") in ("0", "0%") and "schedule" not in b and "Drifted" in (b.get("reasons") or ["Drifted"])
        for b in budgets
        if isinstance(b, dict)
    )


def _pools(ctx: Context, change: ResourceChange) -> list[Registration]:
    """The node pools that ``change`` is about: itself, or those of a node class."""
    if change.type.endswith(":NodePool"):
        return [change.registration]
    name = get(change.registration.inputs, "metadata.name")
    found = []
    for type_, pools in ctx.head.by_type.items():
        if type_.startswith("kubernetes:karpenter.sh/") and type_.endswith(":NodePool"):
            for pool in pools:
                referred = get(pool.inputs, "spec.template.spec.nodeClassRef.name")
                if referred == name or change.urn in pool.dependencies:
                    found.append(pool)
    return found


@rule(
    _KIND,
    Severity.HIGH,
    when="A NodePool is deleted or replaced, and its nodes are ended with it; or its EC2NodeClass is.",
)
def pool_ends(ctx: Context) -> Iterable[Risk]:
    """A pool's nodes end with it."""
    for change in ctx.kubernetes("NodePool", "EC2NodeClass"):
        if change.kind in (ChangeKind.DELETE, ChangeKind.REPLACE):
            pools = [pool.name for pool in _pools(ctx, change)]
            if not pools and change.kind is ChangeKind.DELETE:
                continue
            title = f"The nodes of {join_names(pools) or change.name} end, and their pods move or wait."
            yield risk(_KIND, Severity.HIGH, change, title, f"{why(change)}; Karpenter drains each node first")


def _replicas(registration: Registration | None) -> float | None:
    return number(get(registration.inputs, "spec.replicas", 1)) if registration else None


def _scaled(ctx: Context, registration: Registration) -> bool:
    """Whether a horizontal autoscaler decides on the replicas."""
    name = get(registration.inputs, "metadata.name")
    for type_, scalers in ctx.head.by_type.items():
        if type_.startswith("kubernetes:") and type_.endswith((":HorizontalPodAutoscaler", ":ScaledObject")):
            for scaler in scalers:
                if get(scaler.inputs, "spec.scaleTargetRef.name") == name or registration.urn in scaler.dependencies:
                    return True
    return False


def _gap(registration: Registration) -> bool:
    """Whether no pod serves while the template changes."""
    if get(registration.inputs, "spec.strategy.type") == "Recreate":
        return True
    replicas = _replicas(registration)
    max_unavailable = get(registration.inputs, "spec.strategy.rollingUpdate.maxUnavailable")
    kind = registration.type.rpartition(":")[2]
    if kind == "Deployment":
        # Left out, maxUnavailable is 25 %, rounded down: none of one.
        return max_unavailable in ("100%",) or (
            replicas is not None and (number(max_unavailable) or 0) >= max(replicas, 1)
        )
    return kind == "StatefulSet" and replicas is not None and replicas <= 1


@rule(
    _KIND,
    Severity.MEDIUM,
    Severity.LOW,
    when="The pods of a Deployment, StatefulSet or DaemonSet are exchanged because its template changes: medium "
    "where none serves meanwhile (Recreate, one replica of a StatefulSet, everything at once), else low.",
)
def pods_rolled(ctx: Context) -> Iterable[Risk]:
    """Pods are exchanged."""
    for change in ctx.kubernetes(*_WORKLOADS):
        paths = [p for p in _paths(change) if _below(p, "spec.template")]
        if change.kind is not ChangeKind.UPDATE or change.after is None or not paths or _same_pods(ctx, change):
            continue
        gap = _gap(change.after)
        title = f"The pods of {change.name} are exchanged" + (
            "; none serves meanwhile." if gap else ", some at a time."
        )
        reason = f"{', '.join(paths[:3])}{' and more' if len(paths) > 3 else ''}"
        yield risk(_KIND, Severity.MEDIUM if gap else Severity.LOW, change, title, reason)


def _same_pods(ctx: Context, change: ResourceChange) -> bool:
    """Whether the API server has the same template before and after: a default or a unit is only written otherwise."""
    sides = [get(r.inputs, "spec.template") for r in (change.before, change.after) if r is not None]
    made_anew = any(p.after is UNKNOWN and _below(p.path, "spec.template") for p in change.properties)
    if made_anew or any(contains_unknown(side) for side in sides):
        return False
    before, after = (pod_templates.settled(side) for side in sides)
    return bool(ctx.under_head_names(before) == after)


@rule(
    _KIND,
    Severity.HIGH,
    Severity.LOW,
    when="A Deployment, StatefulSet or DaemonSet is deleted or replaced: its pods end. Low where the new one, under "
    "another name, is there first.",
)
def workload_ends(ctx: Context) -> Iterable[Risk]:
    """A workload is deleted or replaced."""
    for change in ctx.kubernetes(*_WORKLOADS):
        if change.kind is ChangeKind.DELETE:
            yield risk(_KIND, Severity.HIGH, change, f"{change.name} is deleted, and its pods end.", why(change))
        elif change.kind is ChangeKind.REPLACE:
            first = change.delete_first is not False
            title = (
                f"{change.name} is deleted and recreated; no pod serves meanwhile."
                if first
                else f"{change.name} is recreated under another name or place; the old one goes after it is there."
            )
            yield risk(_KIND, Severity.HIGH if first else Severity.LOW, change, title, why(change))


@rule(
    _KIND,
    Severity.HIGH,
    Severity.MEDIUM,
    Severity.LOW,
    when="A workload, or the lower bound of its autoscaler, has fewer replicas: high for none, medium for one "
    "(nothing takes over), else low. An autoscaler's workload counts by the autoscaler.",
)
def replicas_reduced(ctx: Context) -> Iterable[Risk]:
    """Fewer pods serve."""
    for change, path, was, now in _sizes(ctx):
        if now < was:
            severity = Severity.HIGH if now == 0 else Severity.MEDIUM if now == 1 else Severity.LOW
            at_least = "at least " if "inReplica" in path else ""
            size = "no pod" if now == 0 else f"{at_least}{counted(now, 'pod')}"
            title = f"{change.name} has {size} instead of {was:g}."
            yield risk(_KIND, severity, change, title, became(path, int(was), int(now)))


def _sizes(ctx: Context) -> Iterator[tuple[ResourceChange, str, float, float]]:
    rows = [(k, "spec.replicas", 1) for k in ("Deployment", "StatefulSet")]
    rows += [("HorizontalPodAutoscaler", "spec.minReplicas", 1), ("ScaledObject", "spec.minReplicaCount", 0)]
    for kind, path, default in rows:
        for change in ctx.kubernetes(kind):
            if change.before is None or change.after is None or change.kind is ChangeKind.REPLACE:
                continue
            if path == "spec.replicas" and _scaled(ctx, change.after):
                continue
            was, now = (number(get(r.inputs, path, default)) for r in (change.before, change.after))
            if was is not None and now is not None:
                yield change, path, was, now


@rule(
    _KIND,
    Severity.MEDIUM,
    Severity.LOW,
    when="A PodDisruptionBudget goes while its namespace's pods stay (medium), or allows more to go at once "
    "(low): drains may then stop a service.",
)
def disruption_budget_loosened(ctx: Context) -> Iterable[Risk]:
    """Nothing keeps a drain from ending all pods at once."""
    for change in ctx.kubernetes("PodDisruptionBudget"):
        if change.before is None:
            continue
        if change.after is None:
            if not _with_workload(ctx, change.before):
                title = f"Nothing keeps a drain from ending all pods of {change.name} at once any longer."
                yield risk(_KIND, Severity.MEDIUM, change, title, why(change))
            continue
        for path, sign in (("spec.minAvailable", 1), ("spec.maxUnavailable", -1)):
            was, now = (get(r.inputs, path) for r in (change.before, change.after))
            old, new = _share(was), _share(now)
            if old is not None and new is not None and (new - old) * sign < 0:
                title = f"More pods of {change.name} may go at once."
                yield risk(_KIND, Severity.LOW, change, title, became(path, was, now))


def _share(value: Any) -> float | None:
    return number(value.removesuffix("%")) if isinstance(value, str) else number(value)


def _with_workload(ctx: Context, budget: Registration) -> bool:
    """Whether what it guards goes as well: a workload beside it, with labels that it picks."""
    picked = get(budget.inputs, "spec.selector.matchLabels", {})
    for change in ctx.kubernetes(*_WORKLOADS):
        if change.kind is ChangeKind.DELETE and change.before is not None and isinstance(picked, dict):
            labels = get(change.before.inputs, "spec.template.metadata.labels", {})
            if isinstance(labels, dict) and picked.items() <= labels.items():
                return True
    return False


@rule(
    _KIND,
    Severity.HIGH,
    Severity.MEDIUM,
    when="A Service is deleted or replaced (high), or its selector or ports change so that clients may not find "
    "pods (medium).",
)
def service_loses_pods(ctx: Context) -> Iterable[Risk]:
    """Clients may no longer reach the pods behind a Service."""
    for change in ctx.kubernetes("Service"):
        if change.before is None or change.type.startswith("kubernetes:serving"):
            continue
        if change.kind in (ChangeKind.DELETE, ChangeKind.REPLACE):
            word = "deleted" if change.kind is ChangeKind.DELETE else "replaced, and gets another address"
            title = f"The service {change.name} is {word}; its clients lose it."
            yield risk(_KIND, Severity.HIGH, change, title, why(change))
            continue
        after = change.after.inputs if change.after else {}
        for path, phrase in (("spec.selector", "picks other pods"), ("spec.type", "becomes another kind of service")):
            was, now = get(change.before.inputs, path), get(after, path)
            if was != now and (path == "spec.selector" or None not in (was, now)):
                title = f"The service {change.name} {phrase}."
                sure = now is not UNKNOWN
                yield risk(_KIND, Severity.MEDIUM, change, title, became(path, was, now), certain=sure)
        gone = _ports(change.before.inputs) - _ports(after)
        if gone:
            title = f"The service {change.name} no longer answers on {join_names(sorted(gone))}."
            yield risk(_KIND, Severity.MEDIUM, change, title, f"spec.ports: {join_names(sorted(gone))} goes")


def _ports(inputs: Any) -> frozenset[str]:
    ports = get(inputs, "spec.ports")
    found = (get(p, "port") for p in ports) if isinstance(ports, list) else ()
    return frozenset(str(p) for p in found if p is not None and p is not UNKNOWN)
