"""EKS clusters."""

from __future__ import annotations

import datetime as dt

import yaml

from aistacks_catalog.aws.kubernetes_versions import ends

from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import PASS, Answer, Answers, Value, either, fail, summed

CLUSTERS: Types = ("aws:eks/cluster:Cluster",)
ADDONS: Types = ("aws:eks/addon:Addon",)
_RELEASES: Types = ("kubernetes:helm.sh/v3:Release",)
_DETECTORS: Types = ("aws:guardduty/detector:Detector",)
_FEATURES: Types = ("aws:guardduty/detectorFeature:DetectorFeature",)
ANYWHERE = ("0.0.0.0/0", "::/0")


@rule(
    "eks-private-endpoint",
    CLUSTERS,
    Severity.HIGH,
    "EKS.1",
    "CKV_AWS_38",
    "CKV_AWS_39",
    "CIS EKS 5.4.1",
    "CIS EKS 5.4.2",
    title="The Kubernetes API isn't open to the internet",
    fix="Set vpcConfig.endpointPublicAccess to false, or publicAccessCidrs to the networks that need it.",
)
def private_endpoint(cluster: Resource) -> Answers:
    """The public endpoint is off, or lets in named networks only. By default it is on, for everybody."""
    vpc = cluster["vpcConfig"]
    off = vpc["endpointPublicAccess"].or_else(True).must_be(False)
    cidrs = vpc["publicAccessCidrs"].each()
    return [either(off, summed(c.must_not_be(*ANYWHERE) for c in cidrs)) if cidrs else off]


@rule(
    "eks-supported-version",
    CLUSTERS,
    Severity.HIGH,
    "EKS.2",
    "CKV_AWS_339",
    title="Clusters run a Kubernetes version that AWS still supports",
    fix="Upgrade, one minor version at a time.",
)
def supported_version(cluster: Resource, stack: Stack) -> Answers:
    """The version gets security fixes today, be it in extended support. Afterwards AWS upgrades it at a time of its
    own. A cluster without a version gets AWS's newest."""
    version = cluster["version"]
    if version.absent:
        return [PASS]
    if version.unknown or version.symbolic:
        return [version.unsure()]
    offered, minor = ends(), str(version.raw)
    if minor not in offered:
        oldest = min(map(_minor, offered))
        too_old = _minor(minor) < oldest
        return [
            version.fails(f"{minor} is no longer offered") if too_old else version.unsure(f"{minor} isn't known here")
        ]
    last = offered[minor]
    over = isinstance(last, dt.date) and last < stack.today
    return [version.judged(not over, f"support of {minor} ended on {last}")]


def _minor(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(int(p) for p in parts) if all(p.isdigit() for p in parts) else (1_000,)


def _enforces(addon: Resource) -> Answers:
    config = addon["configurationValues"]
    if config.absent:
        return [fail("its configuration doesn't turn network policies on")]
    return [_json(config)["enableNetworkPolicy"].must_be(True)]


def _json(value: Value) -> Value:
    try:
        return Value(yaml.safe_load(value.text), value.path) if value.text else value
    except (yaml.YAMLError, ValueError, RecursionError):
        return Value(None, value.path)


@rule(
    "eks-network-policies",
    CLUSTERS,
    Severity.MEDIUM,
    "CIS EKS 4.3.1",
    "CIS EKS 5.4.4",
    title="Network policies are enforced in the cluster",
    fix="Manage the add-on vpc-cni and set enableNetworkPolicy to true in its configurationValues.",
)
def network_policies(cluster: Resource, stack: Stack) -> Answers:
    """The VPC CNI add-on enforces network policies, or Calico or Cilium does. Without an enforcer Kubernetes takes such
    a policy and ignores it."""
    if cluster["computeConfig"]["enabled"].equals(True):
        return [PASS]
    cni = stack.attached(cluster, ADDONS, "clusterName").where(lambda addon: addon["addonName"].equals("vpc-cni"))
    answer = cni.must(_enforces, fail("the stack has no add-on vpc-cni that enforces network policies"))
    return [either(answer, *_other_enforcers(stack))]


def _other_enforcers(stack: Stack) -> list[Answer]:
    charts = [r["chart"].text.rsplit("/", 1)[-1] for r in stack.of(_RELEASES)]
    return [PASS] if {"cilium", "tigera-operator", "calico"} & set(charts) else []


@rule(
    "guardduty-eks",
    _DETECTORS,
    Severity.MEDIUM,
    "GuardDuty.5",
    "GuardDuty.7",
    title="A GuardDuty detector watches EKS",
    fix="Enable the detector, and add DetectorFeatures EKS_AUDIT_LOGS and RUNTIME_MONITORING with status ENABLED.",
)
def guardduty_eks(detector: Resource, stack: Stack) -> Answers:
    """Where the stack owns the account's GuardDuty detector, it watches the audit logs and the nodes of EKS."""
    yield detector["enable"].or_else(True).must_be(True)
    features = stack.attached(detector, _FEATURES, "detectorId")
    for names in (("EKS_AUDIT_LOGS",), ("RUNTIME_MONITORING", "EKS_RUNTIME_MONITORING")):
        of_it = features.where(lambda feature, names=names: feature["name"].equals(*names))  # type: ignore[misc]
        yield of_it.must(lambda feature: [feature["status"].must_be("ENABLED")], fail(f"no DetectorFeature {names[0]}"))
