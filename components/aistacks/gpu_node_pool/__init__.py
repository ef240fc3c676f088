"""A Karpenter node pool of GPU instances, on any EKS cluster with Karpenter."""

import enum
from typing import NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from .._arguments import checked, enum_list
from .._kubernetes.compatibility import kubernetes_version, validate_gpu_nodes
from .._kubernetes.karpenter import Lifetime
from .._kubernetes.labels import labels_for
from ..component import Component
from .accelerator import Accelerator, validate_neuron
from .accelerator import settings as accelerator_settings
from .budgets import DisruptionBudgetArgs, budgets, validate_budgets
from .capacity_checks import gpu_limit, validate_capacity
from .checks import validate
from .disks import settings, validate_disks
from .efa import validate_efa
from .ladder import CapacityType, Step, steps
from .objects import class_spec, pool_spec
from .sharing import GpuSharing, SharingArgs
from .sharing import settings as sharing_settings
from .sharing_checks import validate_sharing

__all__ = [
    "Accelerator",
    "CapacityArgs",
    "CapacityType",
    "DisruptionBudgetArgs",
    "GpuNodePool",
    "GpuNodePoolArgs",
    "GpuSharing",
    "MarketArgs",
    "PoolPurpose",
    "ReservationArgs",
    "SharingArgs",
]


class PoolPurpose(enum.StrEnum):
    """Workload type of the pool, which determines when nodes are disrupted."""

    INFERENCE = "inference"
    """Nodes are consolidated when they are empty or underutilized, and replaced on drift."""
    TRAINING = "training"
    """Only empty nodes are removed, even on drift, so that no running job is disrupted."""


class ReservationArgs(TypedDict):
    """A step of reserved capacity that is paid for already: which reservations, and how much of them the pool uses.

    ``{}`` selects the reservations with the tag ``karpenter.sh/discovery: <cluster name>``."""

    ids: NotRequired[list[str]]
    """IDs of reservations, for example ``["cr-0123456789abcdef0"]``; not together with ``tags`` or ``owner_id``.
    Default: selected by ``tags``."""
    tags: NotRequired[dict[str, str]]
    """Tags that a reservation has, all of them; ``"*"`` stands for any value. Default: the cluster's tag, as above;
    none with ``owner_id``."""
    owner_id: NotRequired[str]
    """Account (12 digits) that owns the reservations, for those that another account shares. Default: any account's."""
    instance_types: NotRequired[list[str]]
    """Those of the pool's instance types that this step uses. Default: all of them."""
    zones: NotRequired[list[str]]
    """Those of the pool's zones that this step uses. Default: all of them."""
    max_gpus: NotRequired[int]
    """Limit of this step, in GPUs. Default: what the other steps leave of the pool's ``max_gpus``."""


class MarketArgs(TypedDict):
    """A step of capacity that is bought as pods need it."""

    instance_types: NotRequired[list[str]]
    """Those of the pool's instance types that this step uses. Default: all of them."""
    zones: NotRequired[list[str]]
    """Those of the pool's zones that this step uses. Default: all of them."""
    max_gpus: NotRequired[int]
    """Limit of this step, in GPUs. Default: what the other steps leave of the pool's ``max_gpus``."""


class CapacityArgs(TypedDict):
    """One step of the ladder: exactly one of the four; ``{}`` takes every default."""

    reservation: NotRequired[ReservationArgs]
    """On-Demand Capacity Reservations. Default: not in this step."""
    capacity_block: NotRequired[ReservationArgs]
    """Capacity Blocks for ML, bought outside of this library. Karpenter drains their nodes ten minutes before EC2
    terminates them, and EC2 begins 30 minutes before a block's end (60 for UltraServers). Default: not in this step."""
    spot: NotRequired[MarketArgs]
    """Spot Instances. Default: not in this step."""
    on_demand: NotRequired[MarketArgs]
    """On-Demand Instances. Default: not in this step."""


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
    accelerator: NotRequired[Accelerator]
    """Kind of the nodes' accelerators; what is said of GPUs holds for Neuron devices, too. Default: ``"nvidia"``."""
    instance_types: list[str]
    """Instance types with that accelerator, all of one CPU architecture, such as ``["g6.xlarge", "g5.xlarge"]``. List
    several, so that Karpenter can use another when EC2 lacks capacity of one."""
    kubeconfig: NotRequired[pulumi.Input[str]]
    """Kubeconfig of the cluster, for example an ``EksCluster``'s. Default: the cluster of ``opts.provider``."""
    kubernetes_version: NotRequired[str]
    """The cluster's Kubernetes minor version, for example ``"1.35"``; it decides which driver the nodes have.
    Default: that of the ``EksCluster`` whose provider is in ``opts``; otherwise the driver isn't checked."""
    purpose: NotRequired[PoolPurpose]
    """Workload type of the pool. Default: ``"inference"``."""
    capacity_types: NotRequired[list[str]]
    """Capacity types: ``reserved``, ``spot`` and ``on-demand``. Default: all three for inference; ``reserved`` and
    ``on-demand`` for training, because a spot interruption would end its jobs."""
    capacity: NotRequired[list[CapacityArgs]]
    """The capacity ladder, best first, in place of ``capacity_types``: for example ``[{"reservation": {"ids":
    ["cr-0123456789abcdef0"]}}, {"spot": {}}, {"on_demand": {}}]``. What one NodePool can't order becomes several
    NodePools with weights, all with the label ``aistacks.io/pool``. Default: none, so that ``capacity_types`` holds."""
    max_gpus: NotRequired[int]
    """Limit of the pool, in GPUs, over all steps of ``capacity``. Default: ``8``."""
    max_usd_per_hour: NotRequired[float]
    """Limit of the pool, in US dollars an hour: as many GPUs as it pays for on-demand, at the list price of the type
    that is dearest by the GPU, reserved and spot capacity included. Without ``max_gpus`` it alone limits the pool.
    Default: no limit in dollars."""
    replicas: NotRequired[int]
    """A static pool: this many nodes, always, whether pods need them or not, and one more while a node is replaced.
    Excludes ``max_gpus``, ``max_usd_per_hour``, ``weight`` and more than one NodePool; the cluster needs
    ``EksCluster``'s ``static_capacity``. Default: nodes as pods need them."""
    weight: NotRequired[int]
    """Preference over other pools that would take a pod, 0 to 100; the higher one is used first. The steps of
    ``capacity`` above the last one get the next higher weights. Default: ``0``."""
    sharing: NotRequired[SharingArgs]
    """How pods share a GPU, for example ``{"mode": "time-slicing", "replicas": 4}`` or ``{"mode": "mig", "profile":
    "1g.10gb"}``. A shared pool's types have as many GPUs each, and its limits are in whole nodes. Another one replaces
    the nodes. Default: exclusive."""
    zones: NotRequired[list[str]]
    """Availability Zones of the nodes. Default: every zone with a tagged subnet."""
    efa: NotRequired[bool]
    """Whether each node has an EFA-only interface on each of its network cards that has EFA, for jobs over several
    nodes; the types must have the same ones, and the pool should have one zone. Pods ask for ``vpc.amazonaws.com/efa``,
    which AWS's EFA device plugin announces. Without it Karpenter attaches EFA to nodes that it starts for pods that ask
    for it. Default: ``False``."""
    placement_group_name: NotRequired[pulumi.Input[str]]
    """EC2 placement group of all nodes, for example one with the strategy ``cluster``, which keeps them close within a
    zone. Reserved capacity is then used only where it is in that group. Default: none."""
    data_volume_gib: NotRequired[int]
    """Size in GiB of the encrypted data volume for images and ephemeral storage; unused on nodes with instance store
    volumes. Default: ``200``."""
    data_volume_iops: NotRequired[int]
    """I/O operations a second of the data volume, 3000 or more. Default: those of gp3, 3000."""
    data_volume_throughput_mib: NotRequired[int]
    """Throughput of the data volume in MiB a second, 125 or more. Default: that of gp3, 125."""
    data_volume_snapshot_id: NotRequired[pulumi.Input[str]]
    """EBS snapshot that the data volume is made of, with images that a node then needn't pull; of Bottlerocket's data
    volume, not larger than ``data_volume_gib``. Default: an empty volume."""
    volume_kms_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key of both volumes; its policy must let Karpenter's role use it and grant its use to EC2. Default: the
    account's default key for EBS."""
    parallel_pull: NotRequired[bool]
    """Whether images are downloaded and unpacked in parallel parts (SOCI's snapshotter), which large images are pulled
    faster by and which takes more of the node's processor and disk meanwhile. Default: ``False``."""
    user_data: NotRequired[str]
    """More of Bottlerocket's settings, as TOML below ``settings``, for what no argument states; a setting that
    Bottlerocket doesn't know keeps nodes from joining. No secrets: pods may read it. Default: none."""
    disruption_budgets: NotRequired[list[DisruptionBudgetArgs]]
    """How many nodes may be taken away at once, for what and when; the most restrictive one holds, and expiration
    ignores them. Default: 10 % for inference; for training all empty nodes and no others."""
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
    "accelerator": Accelerator.NVIDIA,
    "purpose": PoolPurpose.INFERENCE,
    "max_gpus": 8,
    "weight": 0,
    "efa": False,
    "data_volume_gib": 200,
    "parallel_pull": False,
    "consolidate_after_minutes": 15,
    "tags": {},
    "labels": {},
}

_CAPACITY = {
    PoolPurpose.INFERENCE: ["reserved", "spot", "on-demand"],
    PoolPurpose.TRAINING: ["reserved", "on-demand"],
}
_EXPIRE_AFTER_HOURS = {PoolPurpose.INFERENCE: 720, PoolPurpose.TRAINING: None}
_GRACE_HOURS = {PoolPurpose.INFERENCE: 24, PoolPurpose.TRAINING: None}


class GpuNodePool(Component):
    """GPU nodes that scale from zero, accept only GPU workloads and never exceed ``max_gpus``.

    The cluster is given by ``kubeconfig`` or by ``opts=pulumi.ResourceOptions(provider=…)``. Pods must tolerate the
    taint ``nvidia.com/gpu:NoSchedule`` and request ``nvidia.com/gpu``; ``sharing`` says what that is, ``accelerator``
    what it is called. Raises ``UserError`` for invalid arguments, such as instance types without GPUs.
    """

    name: pulumi.Output[str]
    """Name of the pool; its nodes have it in the label ``aistacks.io/pool``. It is also the NodePool's, in the label
    ``karpenter.sh/nodepool``, unless ``replicas`` is set; of several NodePools it is the last one's."""

    def __init__(self, name: str, args: GpuNodePoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        a = checked(name, args, GpuNodePoolArgs, _DEFAULTS)
        given = frozenset(key for key, value in args.items() if value is not None)
        a.setdefault("capacity_types", _CAPACITY[a["purpose"]])
        types = enum_list(name, GpuNodePoolArgs, "capacity_types", a["capacity_types"], CapacityType)
        arch = validate(name, a, GpuNodePoolArgs, given)
        version = kubernetes_version(name, GpuNodePoolArgs, a, opts)
        if a["accelerator"] is Accelerator.NVIDIA:
            validate_gpu_nodes(name, GpuNodePoolArgs, a["instance_types"], version)
        validate_neuron(name, a, GpuNodePoolArgs)
        a["max_gpus"] = gpu_limit(name, a, GpuNodePoolArgs, given)
        validate_capacity(name, a, GpuNodePoolArgs, given)
        validate_sharing(name, a, GpuNodePoolArgs, version)
        validate_efa(name, a, GpuNodePoolArgs, given)
        validate_disks(name, a, GpuNodePoolArgs)
        validate_budgets(name, a, GpuNodePoolArgs)
        stated = settings(name, a, GpuNodePoolArgs, {**sharing_settings(a), **accelerator_settings(a)})
        ladder = steps(a, types)
        super().__init__(name, opts, a.get("kubeconfig"))
        labels = labels_for("gpu-nodes", name, "nodes", a["labels"])
        lifetime = _lifetime(a)
        classes: dict[str, pulumi.Resource] = {}
        pools: list[pulumi.Resource] = []
        for step in ladder:
            if step.class_role not in classes:
                classes[step.class_role] = kubernetes.apiextensions.CustomResource(
                    f"{name}{step.class_role}-class",
                    api_version="karpenter.k8s.aws/v1",
                    kind="EC2NodeClass",
                    metadata={"name": f"{name}{step.class_role}", "labels": labels},
                    spec=class_spec(name, a, _terms_of(ladder, step.class_role), stated),
                    opts=pulumi.ResourceOptions(parent=self, custom_timeouts=lifetime.removal()),
                )
            pool = kubernetes.apiextensions.CustomResource(
                f"{name}{step.role}",
                api_version="karpenter.sh/v1",
                kind="NodePool",
                metadata={"name": f"{name}{step.role}", "labels": labels},
                spec=pool_spec(name, a, step, arch, lifetime),
                # The EC2NodeClass must be deleted after the NodePool: Karpenter needs it to terminate nodes.
                opts=pulumi.ResourceOptions(
                    parent=self, depends_on=[classes[step.class_role]], custom_timeouts=lifetime.removal()
                ),
            )
            pools.append(pool)
        # Makes resources that use the name depend on the NodePools.
        self.name = pulumi.Output.all(*[pool.urn for pool in pools]).apply(lambda _: name)


def _terms_of(ladder: list[Step], class_role: str) -> list[dict[str, object]]:
    return next((step.terms for step in ladder if step.class_role == class_role and step.terms), [])


def _lifetime(a: GpuNodePoolArgs) -> Lifetime:
    purpose = a["purpose"]
    return Lifetime(
        consolidate_after=f"{a['consolidate_after_minutes']}m",
        expire_after_hours=a.get("expire_after_hours", _EXPIRE_AFTER_HOURS[purpose]),
        grace_hours=a.get("termination_grace_hours", _GRACE_HOURS[purpose]),
        only_when_empty=purpose is PoolPurpose.TRAINING,
        budgets=budgets(a),
    )
