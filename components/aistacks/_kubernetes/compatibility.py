"""Checks of arguments against the compatibility table: what doesn't work together is refused, the unknown warned of.

See `aistacks_catalog.compatibility`, and `docs/compatibility.md` for the table itself.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from aistacks_catalog import compatibility as table
from aistacks_catalog.aws import facts as _facts
from aistacks_catalog.aws.kubernetes_versions import ends

from .._arguments import warn_unchecked, wrong
from . import node_image
from .cluster import ClusterProvider

_ARGUMENT = "kubernetes_version"
_NODES = "bottlerocket"
"""The image of the nodes that `GpuNodePool` describes."""


def kubernetes_version(name: str, kind: type, a: Mapping[str, Any], opts: pulumi.ResourceOptions | None) -> str | None:
    """The cluster's Kubernetes minor version, by the argument or by the ``EksCluster`` whose provider is in ``opts``.

    ``None`` where neither says it. Raises ``UserError`` for what isn't a minor version, or isn't the cluster's.
    """
    stated: str | None = a.get(_ARGUMENT)
    cluster = _of_cluster(opts)
    if stated is not None and not re.fullmatch(r"1\.[1-9]\d", stated):
        raise wrong(name, kind, _ARGUMENT, stated, 'a minor version such as "1.35"')
    if stated is not None and cluster is not None and stated != cluster:
        raise wrong(name, kind, _ARGUMENT, stated, f"{cluster}, that of the EksCluster", "Leave it out.")
    return stated or cluster


def _of_cluster(opts: pulumi.ResourceOptions | None) -> str | None:
    if opts is None:
        return None
    several = opts.providers or []
    several = list(several.values()) if isinstance(several, Mapping) else several
    given = [opts.provider, *(several if isinstance(several, Sequence) else [several])]
    return next((p.kubernetes_version for p in given if isinstance(p, ClusterProvider)), None)


def validate_cluster(name: str, kind: type, version: str) -> None:
    """Refuse a Kubernetes version that EKS or the pinned Karpenter no longer supports."""
    eks, karpenter = table.eks_range(), node_image.karpenter()["version"]
    if eks.place(version) < 0:
        oldest = table.oldest_supported()
        expected = f"{oldest} or newer: EKS creates no older clusters; the nearest that it supports is {oldest}"
        raise wrong(name, kind, _ARGUMENT, version, expected)
    supported = table.karpenter_range(karpenter)
    if supported is not None and supported.place(version) < 0:
        expected = f"{supported.first} or newer, for Karpenter {karpenter}; the nearest is {supported.nearest(version)}"
        raise wrong(name, kind, _ARGUMENT, version, expected)
    end = ends().get(version)
    if end is not None and end <= table.kubernetes()["date"]:
        warn_unchecked(
            name, kind, _ARGUMENT, version, f"isn't supported by EKS since {end}: AWS upgrades it by itself."
        )
    if version in ends() and supported is not None and supported.place(version) > 0:
        why = f"is newer than what Karpenter {karpenter} is known to support, {supported.last}."
        warn_unchecked(name, kind, _ARGUMENT, version, why)


def validate_gpu_nodes(name: str, kind: type, types: Sequence[str], kubernetes: str | None) -> None:
    """Refuse types that `GpuNodePool`'s node image isn't made for, and GPUs that its driver is too old for."""
    driver = table.node_driver(kubernetes, _NODES) if kubernetes else None
    for i, type_ in enumerate(types):
        path, family = f"instance_types[{i}]", type_.partition(".")[0]
        listed, shape = table.images_for(family), _facts.instances().get(type_)
        if listed and _NODES not in listed:
            others = ", ".join(sorted(listed))
            same = table.families(_NODES, next(iter(listed.values())))
            expected = f"a type that EKS's Bottlerocket image has a driver for ({others} only has one for {family})"
            raise wrong(name, kind, path, type_, expected, f"The nearest are {', '.join(same)}.")
        if shape is None:
            continue
        if not listed:
            warn_unchecked(name, kind, path, type_, "isn't one of those that AWS lists for its Bottlerocket GPU image.")
        needed = table.driver_of_gpu(shape.accelerator)
        if driver is not None and needed is not None and _branch(driver) < _branch(needed):
            expected = f"a GPU for driver {driver}, that of Bottlerocket on Kubernetes {kubernetes}"
            nearest = table.kubernetes_with_driver(needed, _NODES)
            todo = f"The {shape.accelerator} needs {needed}: Kubernetes {nearest} has it." if nearest else ""
            raise wrong(name, kind, path, type_, expected, todo)
    if kubernetes is not None and driver is None:
        why = "isn't one whose NVIDIA driver in Bottlerocket is known, so the GPUs can't be checked against it."
        warn_unchecked(name, kind, _ARGUMENT, kubernetes, why)


def validate_gpu_image(name: str, kind: type, image: str, types: Sequence[str], kubernetes: str | None) -> None:
    """Refuse a Triton image whose CUDA has no code for the GPUs of ``types``; warn of one that is too new for the
    nodes' driver."""
    if not types and kubernetes is None:
        return
    cuda = table.cuda_of(image)
    if cuda is None:
        warn_unchecked(
            name, kind, "image", image, "isn't a Triton release whose CUDA is known, so it can't be checked."
        )
        return
    ranges = _cuda_ranges(name, kind, types)
    driver = table.node_driver(kubernetes, _NODES) if kubernetes else None
    needed = table.oldest_driver(cuda)
    if driver is not None and needed is not None and _branch(driver) < _branch(needed):
        why = (
            f"has CUDA {cuda}, for driver {needed} or newer; the nodes of Kubernetes {kubernetes} have {driver}, on "
            "which it runs by NVIDIA's forward compatibility package only."
        )
        warn_unchecked(name, kind, "image", image, why)
    for type_, codes in ranges.items():
        if codes.place(cuda):
            shape = _facts.instances()[type_]
            span = f"{codes.first} to {codes.last}" if codes.last else f"{codes.first} or newer"
            gpu = f"the {shape.accelerator} of {type_} (compute capability {table.capability(shape.accelerator)})"
            able = table.nearest_triton(list(ranges.values()), image)
            raise wrong(name, kind, "image", f"{image} (CUDA {cuda})", f"CUDA {span}, for {gpu}", _nearest(able))


def validate_charts(name: str, kind: type, charts: Sequence[str], kubernetes: str | None) -> None:
    """Refuse a Kubernetes version that a pinned chart doesn't install on."""
    for chart in charts if kubernetes else ():
        works = table.chart_range(chart)
        if works is not None and works.place(str(kubernetes)) < 0:
            expected = f"{works.first} or newer, for the chart {chart}; the nearest is {works.first}"
            raise wrong(name, kind, _ARGUMENT, kubernetes, expected)


def _cuda_ranges(name: str, kind: type, types: Sequence[str]) -> dict[str, table.Range]:
    """The CUDA toolkits with code for the GPUs of each type; a type whose GPU isn't known is warned of and left out."""
    found = {}
    for i, type_ in enumerate(types):
        shape = _facts.instances().get(type_)
        has = table.capability(shape.accelerator) if shape else None
        codes = table.cuda_range(has) if has else None
        if codes is None:
            warn_unchecked(name, kind, f"gpu_instance_types[{i}]", type_, "has no GPU that is known here.")
        else:
            found[type_] = codes
    return found


def _nearest(release: str | None) -> str:
    return f"The nearest is Triton {release}." if release else "No release of Triton is known to do."


def _branch(driver: str) -> int:
    return table.number(driver)[0]
