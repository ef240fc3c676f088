"""What computes on a pool's nodes: NVIDIA's GPUs or AWS's own accelerators, and what follows from it."""

import enum
from collections.abc import Mapping
from typing import Any

from aistacks_core.facts import load

from .._arguments import warn_unchecked, wrong
from .sharing import GpuSharing, mode


class Accelerator(enum.StrEnum):
    """Kind of the accelerators on a pool's nodes."""

    NVIDIA = "nvidia"
    """NVIDIA's GPUs, on x86-64 and on Graviton (`g5g`). Pods request ``nvidia.com/gpu``; the node image has driver and
    device plugin."""
    NEURON = "neuron"
    """AWS Inferentia and Trainium (`inf2`, `trn1`, `trn2`). Pods request ``aws.amazon.com/neuron`` (a device) or
    ``aws.amazon.com/neuroncore``; the node image has the driver, the device plugin is AWS's Helm chart."""


KINDS = {Accelerator.NVIDIA: "gpu", Accelerator.NEURON: "neuron"}
"""The catalogue's word for each."""
_RESOURCES = {Accelerator.NVIDIA: "nvidia.com/gpu", Accelerator.NEURON: "aws.amazon.com/neuron"}


def resource(a: Mapping[str, Any]) -> str:
    """What pods request of the pool's nodes; also the key of their taint."""
    return _RESOURCES[a["accelerator"]]


def labels(a: Mapping[str, Any]) -> dict[str, str]:
    """NVIDIA's label, by which DaemonSets for GPU nodes, such as dcgm-exporter, select nodes."""
    return {f"{resource(a)}.present": "true"} if a["accelerator"] is Accelerator.NVIDIA else {}


def settings(a: Mapping[str, Any]) -> dict[str, Any]:
    """Bottlerocket's settings that the accelerator needs: containers that aren't root own Neuron's devices by it."""
    if a["accelerator"] is Accelerator.NVIDIA:
        return {}
    return {"kubernetes": {"device-ownership-from-security-context": True}}


def validate_neuron(name: str, a: Mapping[str, Any], kind: type) -> None:
    """Refuse what only NVIDIA's GPUs do; warn of types for which AWS lists no driver in the node image."""
    if a["accelerator"] is not Accelerator.NEURON:
        return
    if mode(a) is not GpuSharing.EXCLUSIVE:
        todo = "Pods share a Neuron device by requesting aws.amazon.com/neuroncore."
        raise wrong(name, kind, "sharing.mode", mode(a).value, "exclusive, because the accelerator is neuron", todo)
    families = load(__package__, "accelerator.yaml")["neuron"]["families"]
    for i, type_ in enumerate(a["instance_types"]):
        if type_.partition(".")[0] not in families:
            why = "isn't one of those that AWS lists for Bottlerocket's Neuron driver."
            warn_unchecked(name, kind, f"instance_types[{i}]", type_, why)
