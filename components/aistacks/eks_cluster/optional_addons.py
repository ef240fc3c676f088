"""EKS's add-ons that a cluster has on demand: file systems, logs, DNS and whatever else EKS offers."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pulumi

from aistacks_core.facts import load

from .._arguments import validate_dns_label, wrong
from .addons import make_addon
from .control_plane import ControlPlane

OWN = (
    "aws-ebs-csi-driver",
    "coredns",
    "eks-node-monitoring-agent",
    "eks-pod-identity-agent",
    "kube-proxy",
    "metrics-server",
    "vpc-cni",
)
"""What the cluster installs anyway."""
_PREFIX = "addon-"
_LONGEST_ROLE = 16
"""With the prefix it is the longest role in a resource's name (``_arguments.MAX_NAME``)."""
_LABEL = 12


def known(addon: str) -> Mapping[str, Any]:
    """What is known of the add-on; empty for others."""
    found: Mapping[str, Any] = load(__package__, "optional_addons.yaml")["addons"].get(addon, {})
    return found


def account_of(addon: str, spec: Mapping[str, Any]) -> tuple[str, str] | None:
    """Namespace and service account that get a role; None where the add-on needs none."""
    about = known(addon)
    account = spec.get("service_account", about.get("service_account"))
    return None if account is None else (spec.get("namespace", about.get("namespace", "kube-system")), account)


def validate(name: str, addons: Mapping[str, Mapping[str, Any]], kind: type) -> None:
    """Raise ``UserError`` for an add-on that can't be made, or whose pods would have no permissions."""
    roles: dict[str, str] = {}
    for addon, spec in addons.items():
        path = f"addons.{addon}"
        if addon in OWN:
            raise wrong(name, kind, path, addon, "an add-on that the cluster doesn't install by itself")
        if not re.fullmatch(r"[a-z]([a-z0-9-]*[a-z0-9])?", addon):
            raise wrong(name, kind, path, addon, "an add-on's name in EKS, such as aws-efs-csi-driver")
        if isinstance(text := spec.get("configuration"), str) and not _is_mapping(text):
            raise wrong(name, kind, f"{path}.configuration", text, "a JSON object")
        other = roles.setdefault(_role(addon), addon)
        if other != addon:
            raise wrong(name, kind, path, addon, f"a name whose beginning isn't that of {other}, too")
        _identity(name, kind, path, addon, spec)


def _is_mapping(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _identity(name: str, kind: type, path: str, addon: str, spec: Mapping[str, Any]) -> None:
    account, about = account_of(addon, spec), known(addon)
    for part, text in zip(("namespace", "service_account"), account or (), strict=False):
        validate_dns_label(name, kind, f"{path}.{part}", text, 63 if part == "namespace" else 253)
    for label in spec.get("policy_arns", {}):
        if not re.fullmatch(r"[a-z]([a-z0-9-]*[a-z0-9])?", label) or len(label) > _LABEL:
            expected = f"a label of lower-case letters, digits and hyphens, at most {_LABEL}"
            raise wrong(name, kind, f"{path}.policy_arns.{label}", label, expected)
    if account is None and spec.get("policy_arns"):
        raise wrong(name, kind, f"{path}.service_account", None, "the service account whose role has policy_arns")
    if account is not None and not spec.get("policy_arns") and not about.get("policies"):
        allowed = about.get("needs_policies", "what its pods need")
        raise wrong(name, kind, f"{path}.policy_arns", None, f"policies of its role: {allowed}")


def optional_addons(
    parent: pulumi.Resource,
    name: str,
    a: Mapping[str, Any],
    plane: ControlPlane,
    after: Sequence[pulumi.Resource],
) -> Sequence[pulumi.Resource]:
    """The add-ons of ``addons``, healthy only once their pods have nodes (``after``)."""
    made = []
    for addon, spec in a["addons"].items():
        logical_name, account = f"{name}-{_role(addon)}", account_of(addon, spec)
        policies = _policies(addon, spec, plane) if account else ()
        made.append(
            make_addon(
                parent,
                logical_name,
                a,
                plane,
                addon,
                component=f"EksCluster/{name}",
                version=spec.get("version"),
                configuration=spec.get("configuration"),
                account=account,
                policies={f"{logical_name}-{label}": arn for label, arn in policies},
                after=after,
            )
        )
    return made


def _policies(addon: str, spec: Mapping[str, Any], plane: ControlPlane) -> Iterator[tuple[str, pulumi.Input[str]]]:
    if stated := spec.get("policy_arns"):
        yield from stated.items()
        return
    for i, path in enumerate(known(addon)["policies"]):
        yield f"aws-{i}", plane.managed_policy(path)


def _role(addon: str) -> str:
    short = re.sub(r"^(aws|amazon|eks)-", "", addon)[:_LONGEST_ROLE].rstrip("-")
    return f"{_PREFIX}{known(addon).get('role', short)}"
