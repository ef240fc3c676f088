"""Access to a Kubernetes cluster: who EKS lets in, and which pods get a role in AWS."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aistacks_core.snapshot import UNKNOWN, Registration
from aistacks_core.symbols import without_marks

from ..compare.changes import ChangeKind
from ..findings import Risk, RiskKind, Severity
from .context import Context, get, risk
from .facts import facts
from .phrases import became, value
from .rule import rule

_KIND = RiskKind.ACCESS
_ENTRY = "aws:eks/accessEntry:AccessEntry"
_ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
_IDENTITY = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
_ORDER = list(Severity)
_NODES = ("EC2_LINUX", "EC2_WINDOWS", "EC2", "FARGATE_LINUX", "HYBRID_LINUX", "HYPERPOD_LINUX")


def _who(registration: Registration, key: str) -> str:
    arn = registration.inputs.get(key)
    return (
        without_marks(arn.rpartition(":")[2]) if isinstance(arn, str) else "somebody who isn't known before deployment"
    )


def _strength(registration: Registration) -> tuple[Severity, str]:
    arn = registration.inputs.get("policyArn")
    name = arn.rpartition("/")[2] if isinstance(arn, str) else ""
    about = facts("kubernetes_access")["eks_policies"].get(name)
    if about:
        return Severity(about["severity"]), about["may"]
    return Severity.MEDIUM, f"do what {name or 'a policy that is not known'} allows"


@rule(
    _KIND,
    Severity.CRITICAL,
    Severity.HIGH,
    Severity.MEDIUM,
    Severity.LOW,
    when="An EKS access policy is newly associated with somebody, is a stronger one, or reaches further (the "
    "cluster instead of namespaces, or more of them).",
)
def cluster_access_granted(ctx: Context) -> Iterable[Risk]:
    """EKS lets somebody do more in a cluster."""
    if ctx.new:
        return
    for change in ctx.of(_ASSOCIATION):
        if change.after is None:
            continue
        severity, may = _strength(change.after)
        before = change.before
        cluster = value(change.after.inputs.get("clusterName"))
        who = _who(change.after, "principalArn")
        now = _scope(change.after)
        if before is not None:
            same = before.inputs.get("principalArn") == change.after.inputs.get("principalArn")
            weaker = _ORDER.index(severity) >= _ORDER.index(_strength(before)[0])
            was = _scope(before)
            if same and weaker and was is not None and (not was or (now and now <= was)):
                continue
        where = "" if not now else f", in {', '.join(sorted(now))}"
        title = f"{who} may {may} in the cluster {cluster}{where}."
        reason = f"{value(change.after.inputs.get('policyArn'))}, accessScope {_scope_words(now)}"
        narrower = _ORDER[min(_ORDER.index(severity) + 1, len(_ORDER) - 1)] if now else severity
        known = now is not None and change.after.inputs.get("principalArn") is not UNKNOWN
        yield risk(_KIND, narrower, change, title, reason, certain=known)


def _scope(registration: Registration) -> frozenset[str] | None:
    """Namespaces; none for the whole cluster; ``None``: not known."""
    kind, names = (get(registration.inputs, f"accessScope.{k}") for k in ("type", "namespaces"))
    if kind == "cluster":
        return frozenset()
    if not isinstance(names, list) or any(not isinstance(n, str) for n in names):
        return None
    return frozenset(names)


def _scope_words(scope: frozenset[str] | None) -> str:
    return "isn't known" if scope is None else "is the cluster" if not scope else "is namespaces"


@rule(
    _KIND,
    Severity.CRITICAL,
    Severity.MEDIUM,
    when="Somebody gets an access entry to a cluster with Kubernetes groups, or more of them; critical for "
    "system:masters. Nodes' entries don't count.",
)
def cluster_entry_added(ctx: Context) -> Iterable[Risk]:
    """Somebody gets into a cluster with groups."""
    if ctx.new:
        return
    for change in ctx.of(_ENTRY):
        if change.after is None or get(change.after.inputs, "type", "STANDARD") in _NODES:
            continue
        now, was = _groups(change.after), _groups(change.before) if change.before else frozenset()
        who = _who(change.after, "principalArn")
        if now is None:
            title = f"{who} gets Kubernetes groups that aren't known before deployment."
            yield risk(_KIND, Severity.MEDIUM, change, title, "kubernetesGroups isn't known", certain=False)
            continue
        more = now - (was or frozenset())
        replaced = change.before is not None and change.before.inputs.get("principalArn") != change.after.inputs.get(
            "principalArn"
        )
        more = now if replaced else more
        if more:
            severity = Severity.CRITICAL if "system:masters" in more else Severity.MEDIUM
            title = (
                f"{who} joins {', '.join(sorted(more))} in the cluster {value(change.after.inputs.get('clusterName'))}."
            )
            yield risk(_KIND, severity, change, title, f"kubernetesGroups: {', '.join(sorted(more))} added")


def _groups(registration: Registration) -> frozenset[str] | None:
    groups = registration.inputs.get("kubernetesGroups")
    if groups is None:
        return frozenset()
    if not isinstance(groups, list) or any(not isinstance(g, str) for g in groups):
        return None
    return frozenset(groups)


@rule(
    _KIND,
    Severity.HIGH,
    Severity.MEDIUM,
    when="Whoever creates the cluster becomes its administrator, or the cluster takes its entries from the "
    "aws-auth ConfigMap as well, where that wasn't so.",
)
def cluster_access_mode_loosened(ctx: Context) -> Iterable[Risk]:
    """A cluster's way of letting people in becomes looser."""
    for change in ctx.updated("aws:eks/cluster:Cluster"):
        before, after = change.before, change.after
        if before is None or after is None:
            continue
        path = "accessConfig.authenticationMode"
        was, now = get(before.inputs, path), get(after.inputs, path)
        if was == "API" and now in ("API_AND_CONFIG_MAP", "CONFIG_MAP"):
            title = f"The cluster {change.name} also admits whom its aws-auth ConfigMap names."
            yield risk(_KIND, Severity.MEDIUM, change, title, became(path, was, now))
        path = "accessConfig.bootstrapClusterCreatorAdminPermissions"
        was, now = get(before.inputs, path, True), get(after.inputs, path, True)
        if was is False and now is True and change.kind is ChangeKind.REPLACE:
            title = f"Whoever creates the cluster {change.name} anew becomes its administrator."
            yield risk(_KIND, Severity.HIGH, change, title, became(path, was, now))


@rule(
    _KIND,
    Severity.MEDIUM,
    Severity.LOW,
    when="Pods of a service account get a role in AWS by Pod Identity: low for a new association, medium where "
    "an association changes its role.",
)
def pods_get_a_role(ctx: Context) -> Iterable[Risk]:
    """Pods can act as another role."""
    if ctx.new:
        return
    for change in ctx.of(_IDENTITY):
        if change.after is None:
            continue
        inputs = change.after.inputs
        before: Any = change.before.inputs if change.before else {}
        changed = [
            key
            for key in ("roleArn", "namespace", "serviceAccount", "targetRoleArn")
            if repr(ctx.under_head_names(before.get(key))) != repr(inputs.get(key))
        ]
        if changed:
            account = f"{value(inputs.get('namespace'))}/{value(inputs.get('serviceAccount'))}"
            title = f"Pods of the service account {account} act as {_who(change.after, 'roleArn')}."
            reason = ", ".join(became(k, before.get(k), inputs.get(k)) for k in changed[:2])
            severity = Severity.MEDIUM if change.before else Severity.LOW
            yield risk(_KIND, severity, change, title, reason)
