"""Karpenter's two objects: what a node is (EC2NodeClass), and when there is one (NodePool).

Field names are those of Karpenter's own definitions, `pkg/apis/crds` of aws/karpenter-provider-aws.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from . import node_image

GROUP = "karpenter.k8s.aws"
DISCOVERY = "karpenter.sh/discovery"
_GP3 = {"volumeType": "gp3", "encrypted": True, "deleteOnTermination": True}
_ARCH = {"x86_64": "amd64", "arm64": "arm64"}


def node_class(
    cluster: pulumi.Input[str], role: pulumi.Input[str], data_gib: int, tags: Mapping[str, str]
) -> dict[str, Any]:
    """Bottlerocket nodes of the pinned release: IMDSv2 only and out of reach of pods, encrypted volumes, no public
    address; local disks, where there are any, hold images and scratch space."""
    found_by = [{"tags": {DISCOVERY: cluster}}]
    return {
        "amiSelectorTerms": [{"alias": node_image.bottlerocket_alias()}],
        "role": role,
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


def node_pool(
    node_class_name: pulumi.Input[str],
    requirements: Sequence[Mapping[str, Any]],
    *,
    limits: Mapping[str, str],
    labels: Mapping[str, str],
    taints: Sequence[Mapping[str, str]] = (),
    only_when_empty: bool = False,
    consolidate_after: str = "15m",
    expire_after: str = "720h",
    grace: str = "24h",
) -> dict[str, Any]:
    """A pool that starts at zero and replaces at most a tenth of its nodes at a time."""
    template: dict[str, Any] = {
        "nodeClassRef": {"group": GROUP, "kind": "EC2NodeClass", "name": node_class_name},
        "requirements": [dict(r) for r in requirements],
        "expireAfter": expire_after,
        "terminationGracePeriod": grace,
    }
    if taints:
        template["taints"] = [dict(t) for t in taints]
    return {
        "template": {"metadata": {"labels": dict(labels)}, "spec": template},
        "limits": dict(limits),
        "disruption": {
            "consolidationPolicy": "WhenEmpty" if only_when_empty else "WhenEmptyOrUnderutilized",
            "consolidateAfter": consolidate_after,
            "budgets": [{"nodes": "10%"}],
        },
    }


def one_of(label: str, values: Sequence[str]) -> dict[str, Any]:
    """A node's label must have one of these values."""
    return {"key": label, "operator": "In", "values": list(values)}


def linux(arch: str) -> list[dict[str, Any]]:
    """Linux on ``x86_64`` or ``arm64``."""
    return [one_of("kubernetes.io/os", ["linux"]), one_of("kubernetes.io/arch", [_ARCH[arch]])]
