"""Validation of how a pool's GPUs are shared."""

from collections.abc import Mapping
from typing import Any

from aistacks_catalog import compatibility
from aistacks_catalog.aws.facts import Instance, instances

from .._arguments import wrong
from ..errors import UserError
from .sharing import GpuSharing, facts, mig_model, mode

_REPLICATED = (GpuSharing.TIME_SLICING, GpuSharing.MPS)


def validate_sharing(name: str, a: Mapping[str, Any], kind: type, version: str | None) -> None:
    """Raise ``UserError`` for a way of sharing that the pool's types, Kubernetes or Karpenter can't do.

    ``version``: the cluster's Kubernetes; ``None`` where it isn't known."""
    if "sharing" not in a:
        return
    way = mode(a)
    _belongs(name, a, kind, "replicas", way in _REPLICATED)
    _belongs(name, a, kind, "profile", way is GpuSharing.MIG)
    if way is GpuSharing.DRA:
        _dra(name, a, kind, version)
    elif way is not GpuSharing.EXCLUSIVE:
        shapes = _alike(name, a, kind, way)
        if way is GpuSharing.MIG:
            _mig(name, a, kind)
        else:
            _replicas(name, a, kind, way, shapes)


def gpus_per_node(a: Mapping[str, Any]) -> int | None:
    """GPUs of a node of a shared pool, whose types all have as many; ``None`` where a limit in GPUs holds."""
    if mode(a) in (GpuSharing.EXCLUSIVE, GpuSharing.DRA):
        return None
    return instances()[a["instance_types"][0]].accelerators


def _belongs(name: str, a: Mapping[str, Any], kind: type, key: str, wanted: bool) -> None:
    way, path = mode(a), f"sharing.{key}"
    if wanted and key not in a["sharing"]:
        example = "for example 4" if key == "replicas" else 'for example "1g.10gb"'
        raise UserError(f"GpuNodePool {name!r}: {path}", "nothing", f"a value for the mode {way}, {example}")
    if not wanted and key in a["sharing"]:
        raise wrong(name, kind, path, a["sharing"][key], f"nothing beside the mode {way}", "Leave it out.")


def _alike(name: str, a: Mapping[str, Any], kind: type, way: GpuSharing) -> list[Instance]:
    """The types' shapes: all known, all with as many GPUs."""
    found: list[Instance] = []
    for i, type_ in enumerate(a["instance_types"]):
        path, shape = f"instance_types[{i}]", instances().get(type_)
        if shape is None:
            expected = f"a type whose GPUs are known, because {way} limits the pool in nodes"
            raise wrong(name, kind, path, type_, expected)
        if found and shape.accelerators != found[0].accelerators:
            expected = f"{found[0].accelerators} GPUs, as {found[0].type}, because {way} limits the pool in nodes"
            raise wrong(name, kind, path, f"{type_} ({shape.accelerators} GPUs)", expected, "Make a pool of each.")
        found.append(shape)
    return found


def _replicas(name: str, a: Mapping[str, Any], kind: type, way: GpuSharing, shapes: list[Instance]) -> None:
    count, path = a["sharing"]["replicas"], "sharing.replicas"
    if count < 2:
        raise wrong(name, kind, path, count, "2 or more", "A GPU of one pod is the mode exclusive.")
    for shape in shapes if way is GpuSharing.MPS else ():
        most = _most_clients(shape.accelerator)
        if most is not None and count > most:
            expected = f"{most} at most, what MPS serves on the {shape.accelerator} of {shape.type}"
            raise wrong(name, kind, path, count, expected)


def _most_clients(gpu: str) -> int | None:
    has = compatibility.capability(gpu)
    if has is None:
        return None
    able = [most for since, most in facts()["mps"].items() if compatibility.number(since) <= compatibility.number(has)]
    return max(able, default=None)


def _mig(name: str, a: Mapping[str, Any], kind: type) -> None:
    profile = a["sharing"]["profile"]
    table = facts()["mig"]
    for i, type_ in enumerate(a["instance_types"]):
        model = mig_model(type_)
        if model is None:
            able = ", ".join(each for known in table.values() for each in known["types"])
            todo = "Take time-slicing or mps for it."
            raise wrong(name, kind, f"instance_types[{i}]", type_, f"a type whose GPUs MIG is known for: {able}", todo)
        if profile not in table[model]["profiles"]:
            has = ", ".join(table[model]["profiles"])
            raise wrong(name, kind, "sharing.profile", profile, f"one of {has}, for the {model} of {type_}")


def _dra(name: str, a: Mapping[str, Any], kind: type, version: str | None) -> None:
    if "replicas" not in a:
        todo = "State replicas, a fixed number of nodes."
        expected = "another mode: the pinned Karpenter buys no node for a resource claim"
        raise wrong(name, kind, "sharing.mode", GpuSharing.DRA.value, expected, todo)
    oldest = facts()["dra_kubernetes"]
    if version is not None and compatibility.number(version) < compatibility.number(oldest):
        raise wrong(name, kind, "sharing.mode", GpuSharing.DRA.value, f"Kubernetes {oldest} or newer, not {version}")
