"""Karpenter's two objects: what a node is (EC2NodeClass), and when there is one (NodePool).

Field names are those of Karpenter's own definitions, `pkg/apis/crds` of aws/karpenter-provider-aws.
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
    """Bottlerocket nodes of the pinned release: IMDSv2 only and out of reach of pods, encrypted volumes, no public
    address; local disks, where there are any, hold images and scratch space. Karpenter makes an instance profile of
    ``role`` unless there is one already."""
    found_by = [{"tags": {DISCOVERY: cluster}}]
    return {
        "amiSelectorTerms": [{"alias": node_image.bottlerocket_alias()}],
        **({"role": role} if instance_profile is None else {"instanceProfile": instance_profile}),
        "subnetSelectorTerms": found_by,
        "securityGroupSelectorTerms": found_by,
        "associatePublicIPAddress": False,
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpProtocolIPv6": "disabled",
            "httpPutResponseHopLimit": 1,
            "httpTokens": "required",
        },
        # Bottlerocket keeps its own system on the first volume, images and pods' files on the second.
        "blockDeviceMappings": [
            {"deviceName": "/dev/xvda", "ebs": {**_GP3, "volumeSize": "4Gi"}},
            {"deviceName": "/dev/xvdb", "ebs": {**_GP3, "volumeSize": f"{data_gib}Gi"}},
        ],
        "instanceStorePolicy": "RAID0",
        "tags": dict(tags),
    }


@dataclass(frozen=True)
class Lifetime:
    """When Karpenter may take a pool's nodes away, and how long each may take to go.

    Karpenter's own words for it are in "Disruption" of its documentation (v1.14, read 2026-11-30): a grace, where
    there is one, lets drift end pods that say ``karpenter.sh/do-not-disrupt``, and after it whatever is left;
    consolidation's policy says nothing of drift, a budget does; expiry asks no budget.
    """

    consolidate_after: str
    expire_after_hours: int | None
    """Age at which a node goes, whatever runs on it; ``None``: at none."""
    grace_hours: int | None
    """How long a node that goes waits for its pods; ``None``: until they are gone."""
    only_when_empty: bool
    """No node with pods goes: not because they would fit elsewhere, nor because the pool's definition changed."""

    def disruption(self) -> dict[str, Any]:
        """The pool's ``disruption``."""
        tenth = [{"nodes": "10%"}]
        only_empty = [
            # A drifted node goes once it is empty, as every other.
            {"nodes": "0", "reasons": ["Drifted", "Underutilized"]},
            {"nodes": "100%", "reasons": ["Empty"]},
        ]
        return {
            "consolidationPolicy": "WhenEmpty" if self.only_when_empty else "WhenEmptyOrUnderutilized",
            "consolidateAfter": self.consolidate_after,
            "budgets": only_empty if self.only_when_empty else tenth,
        }

    def removal(self) -> pulumi.CustomTimeouts:
        """How long the pool, or what its nodes are made of, may take to go: Karpenter ends every node before.

        Without a grace it is a week, for the jobs that run then; the provider's own limit is ten minutes.
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
    """A pool that starts at zero."""
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
    """A node's label must have one of these values."""
    return {"key": label, "operator": "In", "values": list(values)}


def linux(arch: str | None) -> list[dict[str, Any]]:
    """Linux on ``x86_64`` or ``arm64``; on either where it isn't known."""
    on = [one_of("kubernetes.io/arch", [_ARCH[arch]])] if arch else []
    return [one_of("kubernetes.io/os", ["linux"]), *on]
