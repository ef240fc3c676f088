"""Facts of the measuring machine that latency depends on."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from pathlib import Path

from ..stage_cache import LIBRARIES
from .document import Machine

INSTRUCTIONS = (
    "avx2",
    "avx512_vnni",
    "avx_vnni",
    "avx512_bf16",
    "avx512_fp16",
    "amx_int8",
    "amx_bf16",
    "asimddp",
    "i8mm",
)
"""Linux's names of the instructions that speed up int8 and half precision (arch/x86/include/asm/cpufeatures.h and
arch/arm64/kernel/cpuinfo.c, read 2026-11-27)."""


def machine() -> Machine:
    """Facts about this machine that don't change while it runs."""
    import psutil

    cpu, flags = _cpu()
    versions = {"python": platform.python_version()}
    for library in (*LIBRARIES, "scikit-learn", "picklescan"):
        try:
            versions[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            continue
    return Machine(
        cpu=cpu,
        cores=len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1,
        memory_gb=round(psutil.virtual_memory().total / 1e9, 1),
        system=f"{platform.system()} {platform.machine()}",
        instructions=tuple(name for name in INSTRUCTIONS if name in flags),
        versions=versions,
    )


def _cpu() -> tuple[str, set[str]]:
    """Name and instruction flags."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine(), set()
    lines = (line.partition(":") for line in text.splitlines())
    facts = {name.strip(): value.strip() for name, _, value in lines}
    name = facts.get("model name") or platform.processor() or platform.machine()
    return name, set((facts.get("flags") or facts.get("Features") or "").split())
