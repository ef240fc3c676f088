"""GPU nodes on any cluster that runs Karpenter."""

import enum
from typing import NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from .._arguments import checked, enum_list
from .._aws.tags import tags_for
from .._kubernetes.karpenter import Lifetime, linux, node_class, node_pool, one_of
from .._kubernetes.labels import NODES, POOL, labels_for
from ..component import Component
from .checks import validate


class CapacityType(enum.StrEnum):
    """How EC2 sells a node. Karpenter takes reserved capacity before spot, and spot before on-demand."""

    RESERVED = "reserved"
    """Capacity reservations and blocks that are tagged ``karpenter.sh/discovery: <cluster name>``."""
    SPOT = "spot"
    """Spare capacity, taken back with two minutes' notice."""
    ON_DEMAND = "on-demand"
    """By the second, at the list price."""


class PoolPurpose(enum.StrEnum):
    """What the pool is for."""

    INFERENCE = "inference"
    """Nodes are given up when they are empty or their pods fit elsewhere, and replaced when the pool changes."""
    TRAINING = "training"
    """Only an empty node goes, whatever changes, so that no running job is moved or ended."""


class GpuNodePoolArgs(TypedDict):
    """Arguments of ``GpuNodePool``."""

    cluster_name: pulumi.Input[str]
    """EKS cluster that the nodes join; also the value of the tag ``karpenter.sh/discovery`` by which its subnets,
    security groups and capacity reservations are found."""
    node_role_name: pulumi.Input[str]
    """IAM role of the nodes, for example an ``EksCluster``'s ``node_role_name``."""
    node_instance_profile_name: NotRequired[pulumi.Input[str]]
    """Instance profile of the nodes, for a network without NAT (`EksCluster.node_instance_profile_name`).
    Default: Karpenter makes one of ``node_role_name``."""
    instance_types: list[str]
    """NVIDIA GPU types of one architecture, cheapest first, for example ``["g6.xlarge", "g5.xlarge"]``. Several types
    are what keeps a pool going when one is exhausted."""
    kubeconfig: NotRequired[pulumi.Input[str]]
    """Kubeconfig of the cluster, for example an ``EksCluster``'s. Default: the cluster of ``opts.provider``."""
    purpose: NotRequired[PoolPurpose]
    """What the pool is for. Default: ``"inference"``."""
    capacity_types: NotRequired[list[str]]
    """How the nodes are bought, of ``reserved``, ``spot`` and ``on-demand``. Default: all three for inference;
    ``reserved`` and ``on-demand`` for training, whose jobs spot would end at two minutes' notice."""
    max_gpus: NotRequired[int]
    """Upper bound of the pool, in GPUs. Default: ``8``."""
    zones: NotRequired[list[str]]
    """Availability zones that the nodes may be in. Default: every zone with a tagged subnet."""
    data_volume_gib: NotRequired[int]
    """Encrypted volume for images and pods' files, on nodes without local disks. Default: ``200``."""
    expire_after_hours: NotRequired[int]
    """Age in hours at which a node goes, so that none runs an old image; ends running jobs. Default: 720 for
    inference, no such age for training."""
    termination_grace_hours: NotRequired[int]
    """Hours that a node which goes waits for its pods, whatever their disruption budgets and
    ``karpenter.sh/do-not-disrupt`` say. Default: 24 for inference; for training it waits until they are gone."""
    consolidate_after_minutes: NotRequired[int]
    """How long a node must be idle before it is given up. Default: ``15``."""
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
    """GPU nodes that start at zero, accept only GPU workloads and never exceed a number of GPUs.

    Takes its cluster by ``kubeconfig`` or by ``opts=pulumi.ResourceOptions(provider=…)``. Its pods tolerate the taint
    ``nvidia.com/gpu:NoSchedule`` and ask for ``nvidia.com/gpu``. Raises ``UserError`` for types without GPUs and
    for a pool in which no node fits.
    """

    name: pulumi.Output[str]
    """Name by which schedulers, dashboards and budgets know the pool; nodes carry it as the labels
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
            # The class must outlive the pool: Karpenter can't take nodes down without it.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[shape], custom_timeouts=lifetime.removal()),
        )
        # The name is known; the pool is what a reader of it has to wait for.
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
        tags_for(f"GpuNodePool/{name}", name, a["tags"]),
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
        # The last is NVIDIA's own: what runs on each GPU node, such as its metrics exporter, looks for it.
        labels={
            **a["labels"],
            POOL: name,
            NODES: a["purpose"].value,
            f"{GPU}.present": "true",
        },
        taints=[{"key": GPU, "value": "true", "effect": "NoSchedule"}],
        lifetime=lifetime,
    )
