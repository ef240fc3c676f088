"""How pods share the GPUs of a pool: the argument, and what it becomes on the nodes.

Karpenter 1.14 knows nothing of shared GPUs. It buys a node of ``n`` GPUs for ``n`` pods that ask for one, and counts a
running node by what its device plugin announces, which is the number of parts; a limit in GPUs would count both (
``StateNode.Capacity``, kubernetes-sigs/karpenter at 2266468, read 2026-12-01). Nodes are the unit that never lies, so
a shared pool is limited in nodes. The resource keeps its name ``nvidia.com/gpu``: Karpenter finds no instance type for
another one.
"""

import enum
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from aistacks_core.facts import load


class GpuSharing(enum.StrEnum):
    """How pods share a GPU, and what keeps them apart."""

    EXCLUSIVE = "exclusive"
    """A GPU belongs to one pod: its memory and its faults are nobody else's."""
    TIME_SLICING = "time-slicing"
    """Pods take turns on a GPU. Nothing is isolated: a pod may use all of its memory, and none of its share is
    guaranteed. A pod's request of more than one is refused by the node."""
    MPS = "mps"
    """Pods run on a GPU at the same time, each with an equal limit of memory and of threads. Memory is protected,
    faults aren't: a fatal one may end all pods of the GPU. A request of more than one is refused by the node."""
    MIG = "mig"
    """A GPU is partitioned in hardware: memory, caches and faults of a part are its own. A request of one is a part; a
    program uses one part only, however many its pod has."""
    DRA = "dra"
    """Pods ask for devices by resource claims, which the node image's own DRA driver serves; nothing on these nodes
    announces ``nvidia.com/gpu``. What is isolated is what the claim's configuration says."""


class SharingArgs(TypedDict):
    """How pods share a GPU of the pool."""

    mode: GpuSharing
    """The way; each says what it isolates."""
    replicas: NotRequired[int]
    """Pods on one GPU, 2 or more; required for, and only for, ``time-slicing`` and ``mps`` (48 at most, 16 on a V100).
    Default: none."""
    profile: NotRequired[str]
    """MIG profile of every part, for example ``"1g.10gb"`` (one of seven compute slices, 10 GB); required for, and only
    for, ``mig``. Default: none."""


def facts() -> Mapping[str, Any]:
    """`sharing.yaml`."""
    found: Mapping[str, Any] = load(__package__, "sharing.yaml")
    return found


def mode(a: Mapping[str, Any]) -> GpuSharing:
    """The pool's way of sharing."""
    found: GpuSharing = a.get("sharing", {}).get("mode", GpuSharing.EXCLUSIVE)
    return found


def mig_model(type_: str) -> str | None:
    """Bottlerocket's name of the GPU of ``type_``, if MIG is known for it."""
    return next((model for model, known in facts()["mig"].items() if type_ in known["types"]), None)


def settings(a: Mapping[str, Any]) -> dict[str, Any]:
    """Bottlerocket's settings for the way of sharing; empty for exclusive GPUs."""
    way = mode(a)
    if way is GpuSharing.EXCLUSIVE:
        return {}
    if way is GpuSharing.DRA:
        # Two drivers must not give out the same GPU.
        return {
            "kubelet-device-plugins": {"nvidia": {"enabled": False}},
            "kubelet-dra-drivers": {"nvidia": {"enabled": True}},
        }
    nvidia: dict[str, Any]
    if way is GpuSharing.MIG:
        models = sorted({str(mig_model(type_)) for type_ in a["instance_types"]})
        profile = a["sharing"]["profile"]
        nvidia = {"device-partitioning-strategy": "mig", "mig": {"profile": dict.fromkeys(models, profile)}}
    else:
        shared: dict[str, Any] = {"replicas": a["sharing"]["replicas"], "rename-by-default": False}
        if way is GpuSharing.TIME_SLICING:
            shared["fail-requests-greater-than-one"] = True
        nvidia = {"device-sharing-strategy": way.value, way.value: shared}
    return {"kubelet-device-plugins": {"nvidia": nvidia}}
