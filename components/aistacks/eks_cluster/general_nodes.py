"""The general Karpenter node pool, for workloads without GPUs, and the default StorageClass."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from .._aws.tags import node_tags_for
from .._kubernetes.karpenter import Lifetime, linux, node_class, node_pool, one_of
from .._kubernetes.labels import NODES, labels_for

DATA_GIB = 100
_LIFETIME = Lifetime(consolidate_after="5m", expire_after_hours=720, grace_hours=24, only_when_empty=False)


def general_nodes(
    parent: pulumi.Resource,
    name: str,
    a: Mapping[str, Any],
    provider: kubernetes.Provider,
    node_role_name: pulumi.Output[str],
    instance_profile: pulumi.Output[str] | None,
) -> list[pulumi.Resource]:
    """An untainted on-demand pool of current c, m and r instance types, and a default StorageClass.

    Workloads must be deleted before these: deleting a volume needs its StorageClass, and controllers that clear
    finalizers need a node.
    """
    child = pulumi.ResourceOptions(parent=parent, provider=provider)
    labels = labels_for("nodes", "general", "nodes", a["labels"])
    disks = _storage(name, a, child)
    if not a["general_max_vcpus"]:
        return [disks]
    cluster = a["cluster_name"]
    tags = node_tags_for(f"EksCluster/{name}", f"{name}-general", a["tags"])
    removal = pulumi.ResourceOptions(custom_timeouts=_LIFETIME.removal())
    shape = kubernetes.apiextensions.CustomResource(
        f"{name}-general-class",
        api_version="karpenter.k8s.aws/v1",
        kind="EC2NodeClass",
        metadata={"name": "general", "labels": labels},
        spec=node_class(cluster, node_role_name, DATA_GIB, tags, instance_profile),
        opts=pulumi.ResourceOptions.merge(child, removal),
    )
    pool = kubernetes.apiextensions.CustomResource(
        f"{name}-general",
        api_version="karpenter.sh/v1",
        kind="NodePool",
        metadata={"name": "general", "labels": labels},
        spec=node_pool(
            "general",
            [
                *linux("x86_64"),
                one_of("karpenter.sh/capacity-type", ["on-demand"]),
                one_of("karpenter.k8s.aws/instance-category", ["c", "m", "r"]),
                {"key": "karpenter.k8s.aws/instance-generation", "operator": "Gt", "values": ["5"]},
            ],
            limits={"cpu": str(a["general_max_vcpus"])},
            labels={**a["labels"], NODES: "general"},
            lifetime=_LIFETIME,
        ),
        # The EC2NodeClass must be deleted after the NodePool: Karpenter needs it to terminate nodes.
        opts=pulumi.ResourceOptions.merge(
            child, pulumi.ResourceOptions(depends_on=[shape], custom_timeouts=_LIFETIME.removal())
        ),
    )
    return [disks, shape, pool]


def _storage(name: str, a: Mapping[str, Any], child: pulumi.ResourceOptions) -> pulumi.Resource:
    made: pulumi.Resource = kubernetes.storage.v1.StorageClass(
        f"{name}-gp3",
        metadata={
            "name": "gp3",
            "labels": labels_for("storage", "gp3", "storage", a["labels"]),
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        provisioner="ebs.csi.aws.com",
        parameters={"type": "gp3", "encrypted": "true"},
        volume_binding_mode="WaitForFirstConsumer",
        allow_volume_expansion=True,
        reclaim_policy="Delete",
        opts=child,
    )
    return made
