"""Validation of the cluster's arguments beyond their types."""

import re
from collections.abc import Mapping
from typing import Any

from aistacks_catalog.aws import facts as _facts
from aistacks_core import ipv4

from .._arguments import ipv4_network, validate_dns_label, warn_unchecked, wrong
from .._aws.instances import instance, warn_where_not_offered
from .._aws.names import physical_name
from .._aws.retention import retention
from .._kubernetes import compatibility, images, node_metadata
from . import optional_addons
from .optional_addons import account_of

_WIDEST = 8
"""Shortest prefix length allowed for the public endpoint: with shorter ones a few blocks cover the internet."""
_MOST_CIDRS = 40
"""Most CIDR blocks of a public endpoint (EKS service quotas, not adjustable; read 2026-11-30)."""
_OWN_ACCOUNTS = ("aws-node", "ebs-csi-controller-sa", "karpenter")
_LONGEST_NAME = 63
"""EKS takes 100; this leaves room in names that derive from it."""
_LABEL = 12
"""Longest label, in characters; it becomes part of a child's name."""


def named_in_aws(name: str, a: Mapping[str, Any]) -> str:
    """The cluster's name in AWS."""
    return str(a.get("cluster_name", physical_name(name, _LONGEST_NAME)))


def validate(name: str, a: Mapping[str, Any], kind: type) -> None:
    """Raise ``UserError`` for the first invalid argument."""
    _names(name, a, kind)
    _version(name, a["kubernetes_version"], kind)
    subnets = a["subnet_ids"]
    if isinstance(subnets, list) and len(subnets) < 2:
        raise wrong(name, kind, "subnet_ids", subnets, "subnets in two zones at least")
    for i, cidr in enumerate(a["public_access_cidrs"]):
        if ipv4_network(name, kind, f"public_access_cidrs[{i}]", cidr).prefixlen < _WIDEST:
            todo = "Name the ranges that engineers and pipelines come from."
            raise wrong(name, kind, f"public_access_cidrs[{i}]", cidr, f"/{_WIDEST} or narrower", todo)
    for i, cidr in enumerate(a["private_access_cidrs"]):
        ipv4_network(name, kind, f"private_access_cidrs[{i}]", cidr)
    for key in ("public_access_cidrs", "private_access_cidrs", "system_instance_types"):
        _require_unique(name, kind, key, a[key])
    if len(a["public_access_cidrs"]) > _MOST_CIDRS:
        raise wrong(name, kind, "public_access_cidrs", len(a["public_access_cidrs"]), f"{_MOST_CIDRS} ranges at most")
    _principals(name, a, kind)
    optional_addons.validate(name, a["addons"], kind)
    _pod_identities(name, a, kind)
    _services(name, a["service_cidr"], kind)
    retention(name, kind, "log_retention_days", a["log_retention_days"])
    images.validate(name, kind, a["image_registry"])
    _sizes(name, a, kind)
    node_metadata.validate(name, a, kind)


def _require_unique(name: str, kind: type, key: str, values: list[str]) -> None:
    for i, value in enumerate(values):
        if value in values[:i]:
            raise wrong(name, kind, f"{key}[{i}]", value, "each once")


def _principals(name: str, a: Mapping[str, Any], kind: type) -> None:
    """EKS allows one access entry per role or user, and none for role sessions (CreateAccessEntry)."""
    arns = {f"admin_role_arns.{label}": arn for label, arn in a.get("admin_role_arns", {}).items()}
    arns |= {f"access.{label}.principal_arn": spec["principal_arn"] for label, spec in a["access"].items()}
    seen: dict[str, str] = {}
    for path, arn in arns.items():
        if not isinstance(arn, str):
            continue
        if not re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:(role|user)/[\w+=,.@/-]+", arn):
            raise wrong(name, kind, path, arn, "the ARN of an IAM role or user, not of a session")
        if arn in seen:
            raise wrong(name, kind, path, arn, f"each principal once; {seen[arn]} is the same")
        seen[arn] = path
    for label, spec in a["access"].items():
        for i, namespace in enumerate(spec.get("namespaces", [])):
            # An asterisk is a wildcard (EKS user guide, "Associate access policies", read 2026-11-30).
            validate_dns_label(name, kind, f"access.{label}.namespaces[{i}]", namespace.replace("*", "x"))


def _pod_identities(name: str, a: Mapping[str, Any], kind: type) -> None:
    """A service account can have one association; those of the library's own service accounts exist already."""
    taken = {("kube-system", account): "the cluster itself" for account in _OWN_ACCOUNTS}
    taken |= {pair: f"addons.{addon}" for addon, spec in a["addons"].items() if (pair := account_of(addon, spec))}
    for label, spec in a["pod_identities"].items():
        path, pair = f"pod_identities.{label}", (spec["namespace"], spec["service_account"])
        for key in ("namespace", "service_account"):
            validate_dns_label(name, kind, f"{path}.{key}", spec[key], 63 if key == "namespace" else 253)
        if all(isinstance(part, str) for part in pair):
            if pair in taken:
                raise wrong(name, kind, path, "/".join(pair), f"a service account that {taken[pair]} gives no role")
            taken[pair] = path


def _version(name: str, version: str, kind: type) -> None:
    if not re.fullmatch(r"1\.[1-9]\d", version):
        raise wrong(name, kind, "kubernetes_version", version, 'a minor version such as "1.35"')
    compatibility.validate_cluster(name, kind, version)
    if version not in _facts.eks_versions():
        known = ", ".join(_facts.eks_versions())
        why = f"isn't one that add-ons and node images are pinned for ({known}): EKS chooses them, and that can change."
        warn_unchecked(name, kind, "kubernetes_version", version, why)


def _names(name: str, a: Mapping[str, Any], kind: type) -> None:
    cluster = a["cluster_name"]
    # EKS's pattern.
    if not re.fullmatch(r"[0-9A-Za-z][A-Za-z0-9_-]*", cluster) or len(cluster) > _LONGEST_NAME:
        expected = f"letters, digits, hyphens and underscores, at most {_LONGEST_NAME}"
        raise wrong(name, kind, "cluster_name", cluster, expected)
    if a.get("admin_role_arns") == {}:
        raise wrong(name, kind, "admin_role_arns", {}, "one role at least", "Leave it out for whoever runs Pulumi.")
    for key in ("admin_role_arns", "access", "pod_identities"):
        for label in a.get(key, {}):
            if not re.fullmatch(r"[a-z]([a-z0-9-]*[a-z0-9])?", label) or len(label) > _LABEL:
                expected = f"a label of lower-case letters, digits and hyphens, at most {_LABEL}"
                raise wrong(name, kind, f"{key}.{label}", label, expected)


def _services(name: str, cidr: str, kind: type) -> None:
    network = ipv4_network(name, kind, "service_cidr", cidr)
    # EKS CreateCluster, kubernetesNetworkConfig.serviceIpv4Cidr, as botocore documents it.
    if not 12 <= network.prefixlen <= 24 or not any(network.subnet_of(block) for block in ipv4.PRIVATE):
        expected = f"/12 to /24 within {', '.join(str(block) for block in ipv4.PRIVATE)}"
        raise wrong(name, kind, "service_cidr", cidr, expected)


def _sizes(name: str, a: Mapping[str, Any], kind: type) -> None:
    if not a["system_instance_types"]:
        raise wrong(name, kind, "system_instance_types", [], "one type at least")
    for i, type_ in enumerate(a["system_instance_types"]):
        path = f"system_instance_types[{i}]"
        found = instance(name, kind, path, type_)
        if found and (found.accelerator_kind or found.arch != "x86_64"):
            raise wrong(name, kind, path, type_, "an x86-64 type without accelerators")
    warn_where_not_offered(name, kind, "system_instance_types", a["system_instance_types"], [])
    if not 2 <= a["system_node_count"] <= 10:
        todo = "Karpenter's two replicas want a node each."
        raise wrong(name, kind, "system_node_count", a["system_node_count"], "2 to 10", todo)
    if a["general_max_vcpus"] < 0:
        raise wrong(name, kind, "general_max_vcpus", a["general_max_vcpus"], "0 or more")
