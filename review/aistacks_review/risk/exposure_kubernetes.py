"""Exposure of what runs in Kubernetes: load balancers, node ports, ingresses and network policies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aistacks_core.snapshot import UNKNOWN, Registration

from ..compare.changes import ChangeKind
from ..findings import Risk, RiskKind, Severity
from .context import Context, get, risk
from .networks import Opening, Width, beyond, opening, width
from .phrases import became, join_names, value, why
from .rule import rule

_KIND = RiskKind.EXPOSURE
_PREFIX = "service.beta.kubernetes.io/aws-load-balancer"
# Annotations and their defaults: kubernetes-sigs/aws-load-balancer-controller at 00681b8,
# docs/guide/service/annotations.md (read 2026-11-24). What no controller of that name takes up is made by the
# cluster's own cloud provider, which makes it face the internet unless told otherwise.
_OURS = ("external", "nlb-ip")


def _annotation(registration: Registration, name: str) -> Any:
    annotations = get(registration.inputs, "metadata.annotations")
    if annotations is UNKNOWN:
        return UNKNOWN
    return annotations.get(name) if isinstance(annotations, dict) else None


def _faces(registration: Registration | None) -> str:
    """How far a Service reaches: ``""`` (the cluster), ``nodes``, ``network``, ``internet`` or ``?``."""
    if registration is None:
        return ""
    kind = get(registration.inputs, "spec.type", "ClusterIP")
    if kind is UNKNOWN:
        return "?"
    if kind != "LoadBalancer":
        outside = get(registration.inputs, "spec.externalIPs")
        return "nodes" if kind == "NodePort" or outside else ""
    scheme, internal = (_annotation(registration, f"{_PREFIX}-{k}") for k in ("scheme", "internal"))
    if scheme == "internet-facing":
        return "internet"
    if scheme == "internal" or str(internal).lower() in ("true", "0.0.0.0/0"):
        return "network"
    if UNKNOWN in (scheme, internal):
        return "?"
    ours = get(registration.inputs, "spec.loadBalancerClass") or _annotation(registration, f"{_PREFIX}-type") in _OURS
    return "network" if ours else "internet"


_FAR = ["", "nodes", "network", "?", "internet"]


@rule(
    _KIND,
    Severity.HIGH,
    Severity.MEDIUM,
    Severity.LOW,
    when="A Kubernetes Service reaches further: to the internet (high), to the network or not known (medium), "
    "to the ports of nodes (low); or its load balancer lets in more addresses.",
)
def service_exposed(ctx: Context) -> Iterable[Risk]:
    """A Service can be reached from further away."""
    if ctx.new:
        return
    severities = {"internet": Severity.HIGH, "?": Severity.MEDIUM, "network": Severity.MEDIUM, "nodes": Severity.LOW}
    phrase = {
        "internet": "from the internet",
        "?": "from further away",
        "network": "from the whole network",
        "nodes": "on the ports of every node",
    }
    for change in ctx.kubernetes("Service"):
        if change.after is None:
            continue
        was, now = _faces(change.before), _faces(change.after)
        if _FAR.index(now) > _FAR.index(was):
            old, new = (get(r.inputs, "spec.type", "ClusterIP") if r else None for r in (change.before, change.after))
            scheme = _annotation(change.after, f"{_PREFIX}-scheme")
            reason = became("spec.type", old, new) + (f", scheme {value(scheme)}" if scheme else "")
            title = f"The service {change.name} can be reached {phrase[now]}."
            yield risk(_KIND, severities[now], change, title, reason, certain=now != "?")
        elif now and change.before is not None:
            ranges = [_ranges(r) for r in (change.before, change.after)]
            more = beyond(ranges[1], ranges[0])
            if more:
                wide = any(width(parts) is Width.INTERNET for parts in more.values()) and now == "internet"
                sources = join_names([o.source for o in more])
                title = f"The service {change.name} lets in {sources}."
                severity = Severity.HIGH if wide else Severity.LOW
                yield risk(_KIND, severity, change, title, f"spec.loadBalancerSourceRanges: {sources} added")


def _ranges(registration: Registration) -> list[Opening]:
    ranges = get(registration.inputs, "spec.loadBalancerSourceRanges")
    texts = [r for r in ranges if isinstance(r, str)] if isinstance(ranges, list) else []
    return [opening("tcp", 0, 65535, r) for r in texts or ["0.0.0.0/0"]]


@rule(
    _KIND,
    Severity.HIGH,
    Severity.MEDIUM,
    when="An Ingress is created, or begins to face the internet (alb.ingress.kubernetes.io/scheme: high), or "
    "serves more hosts.",
)
def ingress_exposed(ctx: Context) -> Iterable[Risk]:
    """An Ingress publishes more."""
    if ctx.new:
        return
    for change in ctx.kubernetes("Ingress"):
        if change.after is None:
            continue
        path = "alb.ingress.kubernetes.io/scheme"
        now, was = _annotation(change.after, path), _annotation(change.before, path) if change.before else None
        public = now == "internet-facing"
        hosts = _hosts(change.after) - (_hosts(change.before) if change.before else frozenset())
        if public and was != "internet-facing":
            title = f"The ingress {change.name} can be reached from the internet."
            yield risk(_KIND, Severity.HIGH, change, title, became(path, was, now))
        elif hosts:
            title = f"The ingress {change.name} publishes {join_names(sorted(hosts))}."
            reason = f"spec.rules, with the scheme {value(now)}"
            severity = Severity.HIGH if public else Severity.MEDIUM
            yield risk(_KIND, severity, change, title, reason, certain=now is not UNKNOWN and now is not None)


def _hosts(registration: Registration) -> frozenset[str]:
    rules = get(registration.inputs, "spec.rules")
    default = frozenset({"every host"}) if get(registration.inputs, "spec.defaultBackend") else frozenset()
    if not isinstance(rules, list):
        return default
    return default | {str(get(r, "host", "every host")) for r in rules}


@rule(
    _KIND,
    Severity.MEDIUM,
    when="A NetworkPolicy goes while its namespace stays, picks other pods, no longer governs a direction, or "
    "lets in (or out) peers or ports that it didn't.",
)
def network_policy_widened(ctx: Context) -> Iterable[Risk]:
    """Pods can talk to more than before."""
    for change in ctx.kubernetes("NetworkPolicy"):
        if change.before is None:
            continue
        if change.after is None:
            if not _namespace_goes(ctx, change.before):
                title = f"The network policy {change.name} goes; what it kept apart can talk."
                yield risk(_KIND, Severity.MEDIUM, change, title, why(change))
            continue
        before, after = change.before.inputs, change.after.inputs
        was, now = get(before, "spec.podSelector", {}), get(after, "spec.podSelector", {})
        if was != now and now != {}:
            title = f"The network policy {change.name} guards other pods than before."
            reason = became("spec.podSelector", was, now)
            yield risk(_KIND, Severity.MEDIUM, change, title, reason, certain=now is not UNKNOWN)
        for direction, peers, phrase in (("Ingress", "from", "lets in"), ("Egress", "to", "lets out to")):
            old, new = _doors(before, direction, peers), _doors(after, direction, peers)
            if new is None and old is not None:
                title = f"The network policy {change.name} no longer limits {direction.lower()}."
                yield risk(_KIND, Severity.MEDIUM, change, title, f"spec.policyTypes: {direction} goes")
            elif new is not None and old is not None:
                more = [o for o in new if not any(_covered(o, w) for w in old)]
                if more:
                    title = f"The network policy {change.name} {phrase} more."
                    reason = f"spec.{direction.lower()}: {join_names([_door(o, peers) for o in more], 3)}"
                    unsure = any(UNKNOWN in (o[0], o[1]) for o in more)
                    yield risk(_KIND, Severity.MEDIUM, change, title, reason, certain=not unsure)


def _namespace_goes(ctx: Context, registration: Registration) -> bool:
    namespace = get(registration.inputs, "metadata.namespace")
    for change in ctx.kubernetes("Namespace"):
        if change.kind is ChangeKind.DELETE and change.before is not None:
            namespace_name = get(change.before.inputs, "metadata.name")
            if namespace in (namespace_name, change.before.name) or change.before.urn in registration.dependencies:
                return True
    return False


def _doors(inputs: Any, direction: str, peers: str) -> list[tuple[Any, Any]] | None:
    """Each peer with each port that may pass, ``None`` for any; ``None`` instead of a list: the direction is free."""
    rules = get(inputs, f"spec.{direction.lower()}")
    types = get(inputs, "spec.policyTypes")
    governed = types if isinstance(types, list) else ["Ingress", *(["Egress"] if rules is not None else [])]
    if direction not in governed:
        return None
    if rules is UNKNOWN:
        return [(UNKNOWN, UNKNOWN)]
    return [
        (peer, port)
        for item in (rules if isinstance(rules, list) else [])
        for peer in (get(item, peers) or [None] if get(item, peers) is not UNKNOWN else [UNKNOWN])
        for port in (get(item, "ports") or [None] if get(item, "ports") is not UNKNOWN else [UNKNOWN])
    ]


def _covered(new: tuple[Any, Any], old: tuple[Any, Any]) -> bool:
    return _peer_covered(new[0], old[0]) and _port_covered(new[1], old[1])


def _peer_covered(new: Any, old: Any) -> bool:
    if old is None or repr(new) == repr(old):
        return True
    block, was = get(new, "ipBlock"), get(old, "ipBlock")
    if isinstance(block, dict) and isinstance(was, dict):
        inside = not beyond([opening("-1", 0, 0, str(block.get("cidr")))], [opening("-1", 0, 0, str(was.get("cidr")))])
        barred = set(map(str, was.get("except") or []))
        return inside and barred <= set(map(str, block.get("except") or []))
    return False


def _port_covered(new: Any, old: Any) -> bool:
    if old is None or repr(new) == repr(old):
        return True
    if new is None or get(new, "protocol", "TCP") != get(old, "protocol", "TCP"):
        return False
    low, high = get(old, "port"), get(old, "endPort", get(old, "port"))
    first, last = get(new, "port"), get(new, "endPort", get(new, "port"))
    if low is None:
        return True
    numbers = (low, high, first, last)
    return all(isinstance(n, int) for n in numbers) and low <= first and last <= high


def _door(door: tuple[Any, Any], peers: str) -> str:
    peer, port = door
    who = "anybody" if peer is None else "somebody not known yet" if peer is UNKNOWN else value(peer)
    where = "" if port is None else f" on {value(get(port, 'port', 'every port'))}"
    return f"{peers} {who}{where}"
