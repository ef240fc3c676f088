"""Specs of Karpenter's EC2NodeClass and NodePool.

Field names are those of Karpenter's CRDs, `pkg/apis/crds` of aws/karpenter-provider-aws.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from . import node_image

GROUP = "karpenter.k8s.aws"
DISCOVERY = "karpenter.sh/discovery"
_GP3 = {"volumeType": "gp3", "encrypted": True, "deleteOnTermination": True}
_ARCH = {"x86_64": "amd64", "arm64": "arm64"}


def node_class(
    cluster: pulumi.Input[str],
    role: pulumi.Input[str],
    data_gib: int,
    tags: Mapping[str, str],
    instance_profile: pulumi.Input[str] | None = None,
) -> dict[str, Any]:
    """An EC2NodeClass: Bottlerocket at the pinned release, IMDSv2 only with hop limit 1 (out of reach of pods),
    encrypted volumes, no public IP address. Instance store volumes, if any, hold images and ephemeral storage.
    Karpenter creates an instance profile for ``role`` unless ``instance_profile`` is given."""
    selector_terms = [{"tags": {DISCOVERY: cluster}}]
    return {
        "amiSelectorTerms": [{"alias": node_image.bottlerocket_alias()}],
        **({"role": role} if instance_profile is None else {"instanceProfile": instance_profile}),
        "subnetSelectorTerms": selector_terms,
        "securityGroupSelectorTerms": selector_terms,
        "associatePublicIPAddress": False,
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpProtocolIPv6": "disabled",
            "httpPutResponseHopLimit": 1,
            "httpTokens": "required",
        },
        # Bottlerocket's OS volume, and its data volume for images and ephemeral storage.
        "blockDeviceMappings": [
            {"deviceName": "/dev/xvda", "ebs": {**_GP3, "volumeSize": "4Gi"}},
            {"deviceName": "/dev/xvdb", "ebs": {**_GP3, "volumeSize": f"{data_gib}Gi"}},
        ],
        "instanceStorePolicy": "RAID0",
        "tags": dict(tags),
    }


@dataclass(frozen=True)
class Lifetime:
    """When Karpenter may disrupt a pool's nodes, and how long a node may take to terminate.

    See "Disruption" in Karpenter's documentation (v1.14, read 2026-11-30): with a ``terminationGracePeriod``, drift
    evicts even pods annotated ``karpenter.sh/do-not-disrupt``, and remaining pods are deleted when it ends;
    ``consolidationPolicy`` doesn't govern drift, budgets do; expiration ignores budgets.
    """

    consolidate_after: str
    expire_after_hours: int | None
    """Age at which a node is replaced, whatever runs on it; ``None``: never."""
    grace_hours: int | None
    """``terminationGracePeriod``; ``None``: a draining node waits until its pods have ended."""
    only_when_empty: bool
    """Nodes that run pods are neither consolidated nor replaced because of drift."""
    budgets: Sequence[Mapping[str, Any]] | None = None
    """Disruption budgets in place of those that follow from ``only_when_empty``."""

    def disruption(self) -> dict[str, Any]:
        """The NodePool's ``disruption``."""
        return {
            "consolidationPolicy": "WhenEmpty" if self.only_when_empty else "WhenEmptyOrUnderutilized",
            "consolidateAfter": self.consolidate_after,
            "budgets": self._budgets() if self.budgets is None else [dict(each) for each in self.budgets],
        }

    def _budgets(self) -> list[dict[str, Any]]:
        if not self.only_when_empty:
            return [{"nodes": "10%"}]
        return [
            # A drifted node is removed once it is empty, like any other.
            {"nodes": "0", "reasons": ["Drifted", "Underutilized"]},
            {"nodes": "100%", "reasons": ["Empty"]},
        ]

    def removal(self) -> pulumi.CustomTimeouts:
        """Delete timeout of the NodePool and the EC2NodeClass: Karpenter first terminates all their nodes.

        Without a grace period it is a week, for running jobs; the provider's default is ten minutes.
        """
        return pulumi.CustomTimeouts(delete=f"{168 if self.grace_hours is None else self.grace_hours + 1}h")


def node_pool(
    node_class_name: pulumi.Input[str],
    requirements: Sequence[Mapping[str, Any]],
    *,
    limits: Mapping[str, str],
    labels: Mapping[str, str],
    lifetime: Lifetime,
    taints: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """A NodePool; it has no nodes until pods need them."""
    expire = lifetime.expire_after_hours
    template: dict[str, Any] = {
        "nodeClassRef": {"group": GROUP, "kind": "EC2NodeClass", "name": node_class_name},
        "requirements": [dict(r) for r in requirements],
        "expireAfter": "Never" if expire is None else f"{expire}h",
    }
    if lifetime.grace_hours is not None:
        template["terminationGracePeriod"] = f"{lifetime.grace_hours}h"
    if taints:
        template["taints"] = [dict(t) for t in taints]
    return {
        "template": {"metadata": {"labels": dict(labels)}, "spec": template},
        "limits": dict(limits),
        "disruption": lifetime.disruption(),
    }


def one_of(label: str, values: Sequence[str]) -> dict[str, Any]:
    """A requirement: the node label ``label`` has one of ``values``."""
    return {"key": label, "operator": "In", "values": list(values)}


def linux(arch: str | None) -> list[dict[str, Any]]:
    """Requirements: Linux on ``x86_64`` or ``arm64``; ``None`` allows both."""
    on = [one_of("kubernetes.io/arch", [_ARCH[arch]])] if arch else []
    return [one_of("kubernetes.io/os", ["linux"]), *on]
