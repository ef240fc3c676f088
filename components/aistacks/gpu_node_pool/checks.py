"""Validation of the GPU pool's arguments beyond their types."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from aistacks_catalog.aws import facts as _facts

from .._arguments import warn_unchecked, wrong
from .._aws.instances import instance, warn_where_not_offered
from .._kubernetes import node_metadata
from ..errors import UserError
from .accelerator import KINDS, Accelerator

_LEAST_GIB, _MOST_GIB = 20, 59_000
"""In GiB. The maximum is that of `volumeSize` in Karpenter's EC2NodeClass."""
GENERAL_POOL = "general"
"""Name of the NodePool that ``EksCluster`` creates."""


def validate(name: str, a: Mapping[str, Any], kind: type, given: Collection[str] = ()) -> str | None:
    """Return the instance types' CPU architecture; ``None`` if none of them is in the catalogue. ``given``: the
    arguments that have no default's value.

    Raises ``UserError`` for the first invalid argument.
    """
    _identity(name, a, kind)
    shapes = _types(name, a["instance_types"], kind, a["accelerator"])
    if "replicas" not in a and ("max_gpus" in given or "max_usd_per_hour" not in a):
        gpu_limit_fits(name, kind, "max_gpus", a["max_gpus"], a["instance_types"])
    if "zones" in a:
        validate_zones(name, kind, "zones", a["zones"])
    warn_where_not_offered(name, kind, "instance_types", a["instance_types"], a.get("zones", []))
    for key, least in (
        ("data_volume_gib", _LEAST_GIB),
        ("expire_after_hours", 1),
        ("termination_grace_hours", 1),
        ("consolidate_after_minutes", 0),
    ):
        if key in a and a[key] < least:
            raise wrong(name, kind, key, a[key], f"{least} or more")
    if a["data_volume_gib"] > _MOST_GIB:
        raise wrong(name, kind, "data_volume_gib", a["data_volume_gib"], f"{_MOST_GIB} at most")
    node_metadata.validate(name, a, kind)
    return shapes[0].arch if shapes else None


def _identity(name: str, a: Mapping[str, Any], kind: type) -> None:
    if name == GENERAL_POOL:
        raise wrong(
            name, kind, "its name", name, f"another name: {GENERAL_POOL!r} is the pool that EksCluster makes itself"
        )
    if not a["capacity_types"]:
        raise wrong(name, kind, "capacity_types", [], "at least one of reserved, spot, on-demand")
    for i, bought in enumerate(a["capacity_types"]):
        if bought in a["capacity_types"][:i]:
            raise wrong(name, kind, f"capacity_types[{i}]", bought, "each once")


def gpu_limit_fits(name: str, kind: type, path: str, limit: int, types: list[str]) -> None:
    """Raise ``UserError`` unless ``limit`` leaves room for a node of the smallest of ``types``."""
    known = _facts.instances()
    shapes = [known[type_] for type_ in types if type_ in known]
    # A type that isn't in the catalogue may have one GPU.
    smallest = min(shapes, key=lambda shape: shape.accelerators) if len(shapes) == len(types) else None
    least = smallest.accelerators if smallest else 1
    if limit < least:
        of_what = f", the GPUs of one {smallest.type}" if smallest else ""
        raise wrong(name, kind, path, limit, f"at least {least}{of_what}")


def _types(name: str, types: list[str], kind: type, wanted: Accelerator) -> list[_facts.Instance]:
    """The catalogue's entries for ``types``; unknown types are left out."""
    if not types:
        raise wrong(name, kind, "instance_types", [], 'one type at least, for example "g6.xlarge"')
    shapes: list[_facts.Instance] = []
    for i, type_ in enumerate(types):
        path = f"instance_types[{i}]"
        if type_ in types[:i]:
            raise wrong(name, kind, path, type_, "each type once")
        found = instance(name, kind, path, type_)
        if found is None:
            continue
        if found.accelerator_kind != KINDS[wanted]:
            raise _other_kind(name, kind, path, found, wanted)
        if shapes and found.arch != shapes[0].arch:
            todo = "Make a pool for each architecture: an image is built for one."
            raise wrong(name, kind, path, f"{type_} ({found.arch})", f"{shapes[0].arch}, as {shapes[0].type}", todo)
        shapes.append(found)
    return shapes


def _other_kind(name: str, kind: type, path: str, found: _facts.Instance, wanted: Accelerator) -> UserError:
    able = [type_ for type_, shape in _facts.instances().items() if shape.accelerator_kind == KINDS[wanted]]
    families = ", ".join(sorted({type_.split(".")[0] for type_ in able}))
    what = "NVIDIA GPUs" if wanted is Accelerator.NVIDIA else "Neuron accelerators"
    other = next((each.value for each, word in KINDS.items() if word == found.accelerator_kind), None)
    todo = f"It is one of a pool whose accelerator is {other}." if other else ""
    return wrong(name, kind, path, found.type, f"a type with {what}, of {families}", todo)


def validate_zones(name: str, kind: type, where: str, zones: list[str]) -> None:
    """Raise ``UserError`` for the first of ``zones``, the argument at ``where``, that can't be a zone."""
    if not zones:
        raise wrong(name, kind, where, [], "one zone at least", "Leave it out for every zone.")
    for i, zone in enumerate(zones):
        path = f"{where}[{i}]"
        if not re.fullmatch(r"[a-z]{2,4}(-[a-z]+)+-\d(-[a-z]+-\d)?[a-z]", zone):
            raise wrong(name, kind, path, zone, "a zone such as eu-central-1a")
        if zone in zones[:i]:
            raise wrong(name, kind, path, zone, "each zone once")
        try:
            known = _facts.zones(zone[:-1])
        except LookupError:
            known = ()
        if zone not in known:
            warn_unchecked(name, kind, path, zone, "isn't a zone that is known here, so it can't be checked.")
