"""What works together: Kubernetes, node images, drivers, CUDA, GPUs, model servers, Karpenter and charts.

The table is in the files beside this one, each with its sources and dates: `kubernetes.yaml`, `gpus.yaml`, `triton.csv`
and `fabric.yaml`; `schema.json` says their form, and `docs/compatibility.md` is made from them. What isn't there is
unknown, not impossible: a function then returns ``None``, and a caller may warn of it, and never refuse it.
"""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any

from aistacks_core.facts import load

KUBERNETES = "kubernetes.yaml"
_TRITON = re.compile(
    r"(?:^|/)tritonserver:(\d\d\.\d\d)-(?:(trtllm)-python-|vllm-python-)?py3(?:-\w+)?(?:@sha256:\w+)?$"
)


@dataclass(frozen=True)
class Range:
    """Versions that work, both ends included; an end that is ``None`` isn't known or isn't there yet."""

    first: str | None
    last: str | None

    def place(self, version: str) -> int:
        """-1 where ``version`` is too old, 1 where it is too new, else 0."""
        if self.first is not None and number(version) < number(self.first):
            return -1
        if self.last is not None and number(version) > number(self.last):
            return 1
        return 0

    def nearest(self, version: str) -> str:
        """The end of the range that is next to a version outside it."""
        return (self.first if self.place(version) < 0 else self.last) or version


@dataclass(frozen=True)
class Triton:
    """A release of Triton's images, as far as its table says."""

    release: str
    """``YY.MM``."""
    cuda: str
    """CUDA toolkit of the images ``py3`` and ``vllm-python-py3``, ``major.minor``."""
    driver: str
    onnx_runtime: str
    vllm: str
    tensorrt_llm: str
    """Empty where the release has no image with TensorRT-LLM, like the three that follow."""
    tensorrt: str
    trtllm_cuda: str
    trtllm_driver: str


def number(version: str) -> tuple[int, ...]:
    """A version's numbers, by which two compare: ``"1.9"`` is older than ``"1.34"``."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def kubernetes() -> Mapping[str, Any]:
    """`kubernetes.yaml`."""
    found: dict[str, Any] = load(__package__, KUBERNETES)
    return MappingProxyType(found)


def gpus() -> Mapping[str, Any]:
    """`gpus.yaml`."""
    found: dict[str, Any] = load(__package__, "gpus.yaml")
    return MappingProxyType(found)


def fabric() -> Mapping[str, Any]:
    """`fabric.yaml`."""
    found: dict[str, Any] = load(__package__, "fabric.yaml")
    return MappingProxyType(found)


@functools.cache
def triton() -> Mapping[str, Triton]:
    """Triton's releases, newest first."""
    text = (resources.files(__package__) / "triton.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return MappingProxyType({row["release"]: Triton(**row) for row in rows})


def system_ami(version: str) -> str | None:
    """The pinned Amazon Linux 2023 release for a Kubernetes minor version; ``None`` if none is pinned."""
    found: str | None = kubernetes()["system_ami"].get(version)
    return found


def eks_range() -> Range:
    """The Kubernetes versions that EKS creates clusters of. Newer ones than the last may have come since."""
    offered = sorted(kubernetes()["offered"], key=number)
    return Range(offered[0], offered[-1])


def oldest_supported() -> str:
    """The oldest Kubernetes version whose extended support on EKS lasted beyond the table's date."""
    table = kubernetes()
    return min((str(v) for v, end in table["offered"].items() if end is None or end > table["date"]), key=number)


def karpenter_range(version: str) -> Range | None:
    """The Kubernetes versions that a Karpenter release (``1.14.3``) supports; ``None`` where it isn't known."""
    found = kubernetes()["karpenter"]["releases"].get(".".join(version.split(".")[:2]))
    return Range(found["from"], found["to"]) if found else None


def chart_range(chart: str) -> Range | None:
    """The Kubernetes versions that the pinned release of a chart installs on; ``None`` where it isn't known."""
    found = kubernetes()["charts"]["releases"].get(chart)
    return Range(found["from"], None) if found else None


def node_driver(version: str, image: str = "bottlerocket") -> str | None:
    """The NVIDIA driver, or its branch, in EKS's GPU image for a Kubernetes version: ``bottlerocket`` or ``al2023``."""
    found = kubernetes()["gpu_images"][image]["kubernetes"].get(version)
    return str(found["driver"]) if found else None


def kubernetes_with_driver(driver: str, image: str = "bottlerocket") -> str | None:
    """The oldest Kubernetes version whose GPU image has this driver's branch or a newer one."""
    found: dict[str, Any] = kubernetes()["gpu_images"][image]["kubernetes"]
    able = [v for v, each in found.items() if number(str(each["driver"]))[0] >= number(driver)[0]]
    return min(able, key=number, default=None)


def families(image: str, arch: str) -> tuple[str, ...]:
    """The instance families that AWS lists for one of EKS's GPU images."""
    return tuple(kubernetes()["gpu_images"][image]["families"][arch])


def images_for(family: str) -> Mapping[str, str]:
    """EKS's GPU images that AWS lists for an instance family (``p5``), each with the CPU architecture."""
    images = {k: v for k, v in kubernetes()["gpu_images"].items() if isinstance(v, dict)}
    return MappingProxyType(
        {name: arch for name, each in images.items() for arch, names in each["families"].items() if family in names}
    )


def capability(gpu: str) -> str | None:
    """The compute capability of a GPU by AWS's name (``L4``); ``None`` where it isn't known."""
    found: str | None = gpus()["gpus"].get(gpu)
    return found


def cuda_range(compute_capability: str) -> Range | None:
    """The CUDA toolkits that have code for a compute capability; ``None`` where that isn't known."""
    found = gpus()["capabilities"].get(compute_capability)
    return Range(found["first"], found["last"]) if found else None


def driver_of_gpu(gpu: str) -> str | None:
    """The oldest driver that knows a GPU: that of the first toolkit with code for it. ``None`` where it isn't known."""
    codes = cuda_range(capability(gpu) or "")
    found = gpus()["toolkits"].get(codes.first) if codes else None
    return str(found) if found else None


def oldest_driver(cuda: str) -> str | None:
    """The oldest driver branch that runs a CUDA toolkit (``13.3``); ``None`` where that isn't known."""
    found = gpus()["cuda"].get(cuda.split(".")[0])
    return str(found["driver"]) if found else None


def cuda_of(image: str) -> str | None:
    """The CUDA toolkit in one of Triton's own images, also from a mirror; ``None`` where it isn't known."""
    found = _TRITON.search(image)
    release = triton().get(found[1]) if found else None
    if found is None or release is None:
        return None
    return (release.trtllm_cuda or None) if found[2] else release.cuda


def nearest_triton(cuda: Sequence[Range], image: str) -> str | None:
    """The release nearest to ``image``'s whose CUDA lies in every one of ``cuda``; ``None`` where none is known."""
    found = _TRITON.search(image)
    if found is None:
        return None
    kind = "trtllm_cuda" if found[2] else "cuda"
    months = {name: number(name)[0] * 12 + number(name)[1] for name in (*triton(), found[1])}
    able = [
        name
        for name, release in triton().items()
        if (has := getattr(release, kind)) and not any(each.place(has) for each in cuda)
    ]
    return min(able, key=lambda name: abs(months[name] - months[found[1]]), default=None)
