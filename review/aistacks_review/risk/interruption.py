"""Interruption: what stops for a while in AWS."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from aistacks_catalog.aws.types.facts import canonical_token
from aistacks_core.property_paths import touches
from aistacks_core.snapshot import UNKNOWN
from aistacks_core.symbols import mark, marks

from ..compare.changes import ChangeKind, ResourceChange
from ..findings import Risk, RiskKind, Severity
from .context import Context, get, number, risk, truth
from .facts import facts
from .phrases import became, counted, join_names, why
from .rule import rule

_KIND = RiskKind.INTERRUPTION
_CLUSTER = "aws:eks/cluster:Cluster"
_NODES = "aws:eks/nodeGroup:NodeGroup"
_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
_ORDER = {
    True: "; the old one goes before the new one is there",
    False: "; the old one goes after the new one is there",
    None: "",
}
_MILDER = {Severity.CRITICAL: Severity.HIGH, Severity.HIGH: Severity.MEDIUM}


def top(change: ResourceChange) -> set[str]:
    """The properties that change, without what lies below them."""
    return {re.split(r"[.\[]", p.path, maxsplit=1)[0] for p in change.properties}


def _serving(ctx: Context, *kinds: ChangeKind) -> Iterator[tuple[ResourceChange, str, str, Severity]]:
    for type_, about in facts("interruption")["serves"].items():
        for change in ctx.of(type_, *kinds):
            yield change, about["noun"], about["stops"], Severity(about["severity"])


def _refused(change: ResourceChange) -> bool:
    return change.protected


@rule(
    _KIND,
    Severity.CRITICAL,
    Severity.HIGH,
    Severity.MEDIUM,
    Severity.LOW,
    when="Something that serves is replaced: a network, gateway, route, cluster, node group, database, load "
    "balancer, function, endpoint. Milder where the new one is there before the old one goes; low where the "
    "engine refuses (protect).",
)
def service_replaced(ctx: Context) -> Iterable[Risk]:
    """Something that serves is replaced. What is replaced only because it follows is named with what it follows."""
    table = facts("interruption")["serves"]
    followers = _followers(ctx)
    following = {urn for them in followers.values() for urn in them}
    for change, noun, stops, severity in _serving(ctx, ChangeKind.REPLACE):
        if change.urn in following and table[canonical_token(change.type)].get("follows"):
            continue
        names = [ctx.by_urn[urn].name for urn in followers.get(change.urn, ())]
        after = f"; with it go {join_names(names)}" if names else ""
        subject = f"The {noun} {change.name}"
        if _refused(change):
            title = f"{subject} would be replaced, but is protected: the deployment stops there."
            mild = Severity.MEDIUM if severity in _MILDER else Severity.LOW
            yield risk(_KIND, mild, change, title, f"{why(change)}; protect is set{after}")
            continue
        if change.delete_first is False and severity is Severity.HIGH:
            # The new one is there before the old one is deleted; only what is in the old one is cut off.
            severity = Severity.MEDIUM
        title = f"{subject} is replaced; that stops {stops}."
        yield risk(_KIND, severity, change, title, f"{why(change)}{_ORDER[change.delete_first]}{after}")


def _followers(ctx: Context) -> dict[str, list[str]]:
    """By URN of what is replaced for a reason of its own: what is replaced because of it, near and far."""
    table = facts("interruption")["serves"]
    replaced = {
        c.urn: c for c in ctx.changes if c.kind is ChangeKind.REPLACE and canonical_token(c.type) in table and c.after
    }
    causes: dict[str, set[str]] = {}
    for urn, change in replaced.items():
        forced = {re.split(r"[.\[]", p.path, maxsplit=1)[0] for p in change.properties if p.replaces}
        after = change.after
        sources = {u for k in forced for u in after.property_dependencies.get(k, ())} if after else set()
        causes[urn] = {u for u in sources if u in replaced and u != urn}
    found: dict[str, list[str]] = {}
    for urn in replaced:
        seen, queue = {urn}, list(causes[urn])
        while queue:
            above = queue.pop()
            if above not in seen:
                seen.add(above)
                queue += causes[above]
                if not causes[above]:
                    found.setdefault(above, []).append(urn)
    return found


@rule(
    _KIND,
    Severity.CRITICAL,
    Severity.HIGH,
    Severity.MEDIUM,
    Severity.LOW,
    when="Something that serves is deleted; low where the engine refuses (protect) or leaves it running "
    "(retain_on_delete).",
)
def service_deleted(ctx: Context) -> Iterable[Risk]:
    """Something that serves is deleted."""
    for change, noun, stops, severity in _serving(ctx, ChangeKind.DELETE):
        subject = f"The {noun} {change.name}"
        if _refused(change):
            title = f"{subject} is removed from the program but protected: the deployment stops there."
            yield risk(_KIND, Severity.LOW, change, title, "protect is set")
        elif change.retained or (change.before and change.before.retain_on_delete):
            title = f"{subject} leaves the program and goes on running."
            yield risk(_KIND, Severity.LOW, change, title, "retain_on_delete is set; nobody manages it any longer")
        else:
            yield risk(_KIND, severity, change, f"{subject} is deleted; that stops {stops}.", why(change))


@rule(
    _KIND,
    Severity.MEDIUM,
    Severity.LOW,
    when="A change in place interrupts: a database's class or engine, a warehouse's size, a machine's type, "
    "tasks or brokers that are exchanged. The table is risk/facts/interruption.yaml.",
)
def restarted(ctx: Context) -> Iterable[Risk]:
    """A change in place interrupts a service."""
    for row in facts("interruption")["restarts"]:
        for change in ctx.of(row["type"], ChangeKind.UPDATE):
            changes = [p for p in change.properties if touches(p.path, row["properties"])]
            if not changes:
                continue
            inputs = change.registration.inputs
            later = bool(row.get("window")) and truth(get(inputs, "applyImmediately", False)) is not True
            when = ", in its next maintenance window" if later else ""
            reason = "; ".join(became(p.path, p.before, p.after) for p in changes[:2] if not p.secret)
            title = f"{change.name} {row['says']}{when}."
            certain = row.get("certain", True) and not change.may_replace
            yield risk(_KIND, Severity(row["severity"]), change, title, reason or changes[0].path, certain=certain)


def minors(before: object, after: object) -> int | None:
    """How many minor versions a Kubernetes version goes up; ``None`` where that isn't known."""
    found = [re.fullmatch(r"(\d+)\.(\d+)(\..*)?", str(v)) for v in (before, after)]
    if found[0] is None or found[1] is None or found[0][1] != found[1][1]:
        return None
    return int(found[1][2]) - int(found[0][2])


@rule(
    _KIND,
    Severity.HIGH,
    Severity.MEDIUM,
    when="A Kubernetes cluster's version changes. High where it is more than one minor version at once or "
    "backwards: AWS refuses that, or only rolls back for some days.",
)
def cluster_upgraded(ctx: Context) -> Iterable[Risk]:
    """A cluster's control plane is upgraded."""
    for change in ctx.of(_CLUSTER, ChangeKind.UPDATE):
        if change.before is None or change.after is None:
            continue
        was, now = (get(r.inputs, "version") for r in (change.before, change.after))
        if was == now or now is None:
            continue
        step, reason = minors(was, now), became("version", was, now)
        if was is None or step is None:
            title = f"The Kubernetes version of {change.name} may change."
            yield risk(_KIND, Severity.MEDIUM, change, title, reason, certain=False)
        elif step > 1:
            title = f"{change.name} would skip {counted(step - 1, 'Kubernetes version')}; AWS refuses that."
            yield risk(_KIND, Severity.HIGH, change, title, f"{reason}; EKS goes up one minor version at a time")
        elif step < 0:
            title = f"The Kubernetes version of {change.name} goes back, which works only for days after an upgrade."
            yield risk(_KIND, Severity.HIGH, change, title, reason, certain=False)
        elif step == 1:
            title = f"{change.name} is upgraded to Kubernetes {now}; its API changes servers meanwhile."
            yield risk(_KIND, Severity.MEDIUM, change, title, f"{reason}; nodes and add-ons must fit both")


@rule(
    _KIND,
    Severity.MEDIUM,
    when="A managed node group exchanges all its nodes: its version, release or launch template changes, in "
    "itself or because the template that it uses does. Pods are drained from each.",
)
def nodes_rolled(ctx: Context) -> Iterable[Risk]:
    """A node group exchanges its nodes."""
    reported = set()
    for change in ctx.of(_NODES, ChangeKind.UPDATE):
        touched = sorted(top(change) & set(facts("interruption")["node_rolls"]))
        if touched:
            reported.add(change.urn)
            changes = [p for p in change.properties if p.path.startswith(tuple(touched))]
            reason = "; ".join(became(p.path, p.before, p.after) for p in changes[:2])
            yield risk(_KIND, Severity.MEDIUM, change, _roll(change), reason)
    templates = {c.urn: c for c in ctx.of(_TEMPLATE, ChangeKind.UPDATE) if _shapes_nodes(c)}
    for nodes in ctx.head.of(_NODES) if templates else ():
        node_group_change = ctx.by_urn.get(nodes.urn)
        if nodes.urn in reported or (node_group_change is not None and node_group_change.kind is not ChangeKind.UPDATE):
            continue
        version = get(nodes.inputs, "launchTemplate.version")
        fixed = isinstance(version, str) and version.isdigit()
        urns = set(nodes.property_dependencies.get("launchTemplate", ()))
        used = [t for urn, t in templates.items() if urn in urns or mark(urn) in set(marks(nodes.inputs))]
        if used and not fixed:
            title = f"Every node of {nodes.name} is exchanged, and its pods move."
            reason = f"its launch template {used[0].name} changes: {', '.join(sorted(top(used[0])))}"
            yield risk(_KIND, Severity.MEDIUM, nodes, title, reason)


def _roll(change: ResourceChange) -> str:
    limit = get(change.registration.inputs, "updateConfig.maxUnavailable")
    at_once = number(limit)
    pace = f", {at_once:g} at a time" if at_once else ""
    return f"Every node of {change.name} is exchanged{pace}, and its pods move."


def _shapes_nodes(change: ResourceChange) -> bool:
    return bool(top(change) - {"tags", "tagsAll", "description", "defaultVersion", "updateDefaultVersion"})


@rule(
    _KIND,
    Severity.MEDIUM,
    Severity.LOW,
    when="A node group may have fewer nodes: its upper or wished size falls (low), to zero (medium).",
)
def nodes_reduced(ctx: Context) -> Iterable[Risk]:
    """A node group shrinks."""
    for change in ctx.of(_NODES, ChangeKind.UPDATE):
        for key, prefix in (("maxSize", "at most"), ("desiredSize", "")):
            path = f"scalingConfig.{key}"
            was, now = (number(get(r.inputs, path)) if r is not None else None for r in (change.before, change.after))
            if was is not None and now is not None and now < was:
                severity = Severity.MEDIUM if now == 0 else Severity.LOW
                size = " ".join(filter(None, [prefix, counted(now, "node")]))
                title = f"{change.name} has {size} instead of {was:g}; pods on the others move or wait."
                yield risk(_KIND, severity, change, title, became(path, int(was), int(now)))
                break


@rule(
    _KIND,
    Severity.HIGH,
    Severity.MEDIUM,
    when="A provider is replaced, so everything that it manages is (high); not certain where its cluster or "
    "configuration isn't known before deployment (medium).",
)
def provider_replaced(ctx: Context) -> Iterable[Risk]:
    """A provider is replaced, and all that it manages with it."""
    for change in ctx.changes:
        if not change.type.startswith("pulumi:providers:") or change.after is None or change.before is None:
            continue
        mine = [r.name for r in ctx.head.plan.resources if r.provider.startswith(f"{change.urn}::")]
        if change.kind is ChangeKind.REPLACE and mine:
            title = f"Everything that {change.name} manages is replaced: {join_names(mine, 4)}."
            yield risk(_KIND, Severity.HIGH, change, title, why(change))
        elif change.kind is ChangeKind.UPDATE and mine and any(p.after is UNKNOWN for p in change.properties):
            title = f"What {change.name} manages may be replaced: {join_names(mine, 4)}."
            paths = ", ".join(p.path for p in change.properties if p.after is UNKNOWN)
            yield risk(_KIND, Severity.MEDIUM, change, title, f"{paths} isn't known", certain=False)
