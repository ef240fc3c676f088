"""Writes what EC2 offers into the catalogue: every instance type's shape, and which region has which types.

For maintainers: `.venv/bin/python tools/ec2_facts.py 2026-11-30` (today's date) after moto's lock is raised. The
source is moto's copy of AWS's own answers (DescribeInstanceTypes, DescribeInstanceTypeOfferings); a test holds that the
files are what this script writes.
"""

import csv
import gzip
import io
import json
import re
import sys
from importlib import metadata, resources
from pathlib import Path
from typing import Any

CATALOG = Path(__file__).parents[1] / "catalog" / "aistacks_catalog" / "aws"
_RESOURCES = ("ec2", "resources")


def _read(*names: str) -> Any:
    packed = resources.files("moto").joinpath(*_RESOURCES, *names)
    return json.loads(gzip.decompress(packed.read_bytes()))


def _heading(what: str, date: str) -> str:
    return f"# source: moto {metadata.version('moto')}, moto/ec2/resources/{what}\n# date: {date}\n"


def _order(type_: str) -> tuple[Any, ...]:
    family, _, size = type_.partition(".")
    shape = _TYPES[type_]
    parts = re.fullmatch(r"([a-z]+)(\d+)(.*)", family)
    return (*((parts[1], int(parts[2]), parts[3]) if parts else (family, 0, "")), _vcpus(shape), size)


def _vcpus(shape: dict[str, Any]) -> int:
    return int(shape["VCpuInfo"]["DefaultVCpus"])


_TYPES: dict[str, dict[str, Any]] = _read("instance_types.json.gz")


def _accelerator(shape: dict[str, Any]) -> tuple[str, str, int]:
    """Kind, AWS's name for one, and how many whole ones."""
    for kind, info, devices in (("gpu", "GpuInfo", "Gpus"), ("neuron", "NeuronInfo", "NeuronDevices")):
        for device in shape.get(info, {}).get(devices, []):
            if kind == "neuron" or device["Manufacturer"] == "NVIDIA":
                return (kind, device["Name"], device["Count"]) if device["Count"] else ("", "", 0)
    return "", "", 0


def _arch(shape: dict[str, Any]) -> str:
    found = shape["ProcessorInfo"]["SupportedArchitectures"]
    return "arm64" if "arm64" in found else "x86_64"


def _efa(shape: dict[str, Any]) -> tuple[int, int]:
    """How many EFA interfaces, and the first network card that has one; each of the next cards has one, too."""
    info = shape.get("NetworkInfo", {})
    most = info.get("EfaInfo", {}).get("MaximumEfaInterfaces", 0) if info.get("EfaSupported") else 0
    cards = [card["NetworkCardIndex"] for card in info.get("NetworkCards", []) if "efa-only" in card["InterfaceTypes"]]
    return (most, min(cards)) if most and cards else (0, 0)


def instances(date: str) -> str:
    """`instances.csv`. A part of a GPU (g6f) is none: no pod can ask for it by NVIDIA's resource name."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    accelerator = ["accelerator_kind", "accelerator", "accelerators"]
    rows.writerow(["type", "vcpus", "memory_gib", *accelerator, "arch", "efas", "efa_card"])
    for type_ in sorted(_TYPES, key=_order):
        shape = _TYPES[type_]
        if shape["ProcessorInfo"]["SupportedArchitectures"] in (["x86_64_mac"], ["arm64_mac"]):
            continue
        memory = shape["MemoryInfo"]["SizeInMiB"] / 1024
        rows.writerow([type_, _vcpus(shape), f"{memory:.12g}", *_accelerator(shape), _arch(shape), *_efa(shape)])
    return _heading("instance_types.json.gz (AWS's DescribeInstanceTypes)", date) + out.getvalue()


def offerings(date: str) -> str:
    """`offerings.csv`: a region's families that it has in every size, and its types of the others."""
    families: dict[str, set[str]] = {}
    for type_ in _TYPES:
        families.setdefault(type_.partition(".")[0], set()).add(type_)
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["region", "families", "types"])
    folder = resources.files("moto").joinpath(*_RESOURCES, "instance_type_offerings", "region")
    for file in sorted(entry.name for entry in folder.iterdir()):
        offered = {row["InstanceType"] for row in _read("instance_type_offerings", "region", file)}
        whole = {family for family, types in families.items() if types <= offered}
        rest = sorted(type_ for type_ in offered if type_.partition(".")[0] not in whole)
        rows.writerow([file.removesuffix(".json.gz"), " ".join(sorted(whole)), " ".join(rest)])
    what = "instance_type_offerings/region (AWS's DescribeInstanceTypeOfferings)"
    return _heading(what, date) + out.getvalue()


def main(date: str) -> None:
    """Write both files, as read on ``date``."""
    (CATALOG / "instances.csv").write_text(instances(date), encoding="utf-8")
    (CATALOG / "offerings.csv").write_text(offerings(date), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
