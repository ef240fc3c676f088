"""A Karpenter node pool of GPU instances, on any EKS cluster with Karpenter."""

import enum
from typing import NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from .._arguments import checked, enum_list
from .._aws.tags import node_tags_for
from .._kubernetes.karpenter import Lifetime, linux, node_class, node_pool, one_of
from .._kubernetes.labels import NODES, POOL, labels_for
from ..component import Component
from .checks import validate


class CapacityType(enum.StrEnum):
    """Capacity type of a node. Karpenter prefers reserved to spot, and spot to on-demand."""

    RESERVED = "reserved"
    """On-Demand Capacity Reservations and Capacity Blocks with the tag ``karpenter.sh/discovery: <cluster name>``."""
    SPOT = "spot"
    """Spot Instances, which EC2 interrupts with two minutes' notice."""
    ON_DEMAND = "on-demand"
    """On-Demand Instances."""


class PoolPurpose(enum.StrEnum):
    """Workload type of the pool, which determines when nodes are disrupted."""

    INFERENCE = "inference"
    """Nodes are consolidated when they are empty or underutilized, and replaced on drift."""
    TRAINING = "training"
    """Only empty nodes are removed, even on drift, so that no running job is disrupted."""


class GpuNodePoolArgs(TypedDict):
    """Arguments of ``GpuNodePool``."""

    cluster_name: pulumi.Input[str]
    """EKS cluster that the nodes join; also the value of the tag ``karpenter.sh/discovery`` that selects subnets,
    security groups and capacity reservations."""
    node_role_name: pulumi.Input[str]
    """IAM role of the nodes, for example an ``EksCluster``'s ``node_role_name``."""
    node_instance_profile_name: NotRequired[pulumi.Input[str]]
    """Instance profile of the nodes, for a VPC without NAT (`EksCluster.node_instance_profile_name`).
    Default: Karpenter creates one for ``node_role_name``."""
    instance_types: list[str]
    """Instance types with NVIDIA GPUs, all of one CPU architecture, for example ``["g6.xlarge", "g5.xlarge"]``. List
    several, so that Karpenter can use another when EC2 lacks capacity of one."""
    kubeconfig: NotRequired[pulumi.Input[str]]
    """Kubeconfig of the cluster, for example an ``EksCluster``'s. Default: the cluster of ``opts.provider``."""
    purpose: NotRequired[PoolPurpose]
    """Workload type of the pool. Default: ``"inference"``."""
    capacity_types: NotRequired[list[str]]
    """Capacity types: ``reserved``, ``spot`` and ``on-demand``. Default: all three for inference; ``reserved`` and
    ``on-demand`` for training, because a spot interruption would end its jobs."""
    max_gpus: NotRequired[int]
    """Limit of the pool, in GPUs. Default: ``8``."""
    zones: NotRequired[list[str]]
    """Availability Zones of the nodes. Default: every zone with a tagged subnet."""
    data_volume_gib: NotRequired[int]
    """Size in GiB of the encrypted data volume for images and ephemeral storage; unused on nodes with instance store
    volumes. Default: ``200``."""
    expire_after_hours: NotRequired[int]
    """Age in hours at which a node is replaced, so that no node runs an outdated image; this ends running jobs.
    Default: 720 for inference, never for training."""
    termination_grace_hours: NotRequired[int]
    """Hours after which a draining node's remaining pods are deleted, despite PodDisruptionBudgets and
    ``karpenter.sh/do-not-disrupt``. Default: 24 for inference; none for training, so nodes wait for their pods."""
    consolidate_after_minutes: NotRequired[int]
    """Minutes that a node must be empty (or underutilized, for inference) before it is removed. Default: ``15``."""
    tags: NotRequired[dict[str, str]]
    """Tags on every instance, volume and network interface. Default: ``{}``."""
    labels: NotRequired[dict[str, str]]
    """Labels on the pool's Kubernetes objects and on its nodes. Default: ``{}``."""


_DEFAULTS: dict[str, object] = {
    "purpose": PoolPurpose.INFERENCE,
    "max_gpus": 8,
    "data_volume_gib": 200,
    "consolidate_after_minutes": 15,
    "tags": {},
    "labels": {},
}

GPU = "nvidia.com/gpu"
_CAPACITY = {
    PoolPurpose.INFERENCE: ["reserved", "spot", "on-demand"],
    PoolPurpose.TRAINING: ["reserved", "on-demand"],
}
_EXPIRE_AFTER_HOURS = {PoolPurpose.INFERENCE: 720, PoolPurpose.TRAINING: None}
_GRACE_HOURS = {PoolPurpose.INFERENCE: 24, PoolPurpose.TRAINING: None}


class GpuNodePool(Component):
    """GPU nodes that scale from zero, accept only GPU workloads and never exceed ``max_gpus``.

    The cluster is given by ``kubeconfig`` or by ``opts=pulumi.ResourceOptions(provider=…)``. Pods must tolerate the
    taint ``nvidia.com/gpu:NoSchedule`` and request ``nvidia.com/gpu``. Raises ``UserError`` for invalid arguments, such
    as instance types without GPUs.
    """

    name: pulumi.Output[str]
    """Name of the NodePool; nodes have it in the labels
    ``karpenter.sh/nodepool`` and ``aistacks.io/pool``."""

    def __init__(self, name: str, args: GpuNodePoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        a = checked(name, args, GpuNodePoolArgs, _DEFAULTS)
        a.setdefault("capacity_types", _CAPACITY[a["purpose"]])
        capacity = enum_list(name, GpuNodePoolArgs, "capacity_types", a["capacity_types"], CapacityType)
        arch = validate(name, a, GpuNodePoolArgs)
        super().__init__(name, opts, a.get("kubeconfig"))
        labels = labels_for("gpu-nodes", name, "nodes", a["labels"])
        lifetime = _lifetime(a)
        shape = kubernetes.apiextensions.CustomResource(
            f"{name}-class",
            api_version="karpenter.k8s.aws/v1",
            kind="EC2NodeClass",
            metadata={"name": name, "labels": labels},
            spec=_class(name, a, capacity),
            opts=pulumi.ResourceOptions(parent=self, custom_timeouts=lifetime.removal()),
        )
        pool = kubernetes.apiextensions.CustomResource(
            name,
            api_version="karpenter.sh/v1",
            kind="NodePool",
            metadata={"name": name, "labels": labels},
            spec=_pool(name, a, capacity, arch, lifetime),
            # The EC2NodeClass must be deleted after the NodePool: Karpenter needs it to terminate nodes.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[shape], custom_timeouts=lifetime.removal()),
        )
        # Makes resources that use the name depend on the NodePool.
        self.name = pool.urn.apply(lambda _: name)


def _lifetime(a: GpuNodePoolArgs) -> Lifetime:
    purpose = a["purpose"]
    return Lifetime(
        consolidate_after=f"{a['consolidate_after_minutes']}m",
        expire_after_hours=a.get("expire_after_hours", _EXPIRE_AFTER_HOURS[purpose]),
        grace_hours=a.get("termination_grace_hours", _GRACE_HOURS[purpose]),
        only_when_empty=purpose is PoolPurpose.TRAINING,
    )


def _class(name: str, a: GpuNodePoolArgs, capacity: list[CapacityType]) -> dict[str, object]:
    spec = node_class(
        a["cluster_name"],
        a["node_role_name"],
        a["data_volume_gib"],
        node_tags_for(f"GpuNodePool/{name}", name, a["tags"]),
        a.get("node_instance_profile_name"),
    )
    if CapacityType.RESERVED in capacity:
        spec["capacityReservationSelectorTerms"] = [{"tags": {"karpenter.sh/discovery": a["cluster_name"]}}]
    return spec


def _pool(
    name: str, a: GpuNodePoolArgs, capacity: list[CapacityType], arch: str | None, lifetime: Lifetime
) -> dict[str, object]:
    requirements = [
        *linux(arch),
        one_of("karpenter.sh/capacity-type", [c.value for c in capacity]),
        one_of("node.kubernetes.io/instance-type", a["instance_types"]),
    ]
    if "zones" in a:
        requirements.append(one_of("topology.kubernetes.io/zone", a["zones"]))
    return node_pool(
        name,
        requirements,
        limits={GPU: str(a["max_gpus"])},
        # The last label is NVIDIA's; DaemonSets for GPU nodes, such as dcgm-exporter, select nodes by it.
        labels={
            **a["labels"],
            POOL: name,
            NODES: a["purpose"].value,
            f"{GPU}.present": "true",
        },
        taints=[{"key": GPU, "value": "true", "effect": "NoSchedule"}],
        lifetime=lifetime,
    )
