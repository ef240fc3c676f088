"""Facts about AWS that a setting is checked against: zones, instance types, EKS versions.

Each is in a file beside this one, with its source and date. What isn't there is unknown, not impossible: AWS has new
types, zones and versions every month, so a caller may say that something can't be checked, and never that it can't be.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal

from aistacks_catalog import compatibility
from aistacks_core.facts import load


@dataclass(frozen=True)
class Instance:
    """An EC2 instance type's shape."""

    type: str
    vcpus: int
    memory_gib: float
    accelerator_kind: Literal["", "gpu", "neuron"]
    """Empty where there is no accelerator."""
    accelerator: str
    """AWS's name for one, for example ``"L4"``; empty where there is none."""
    accelerators: int
    """How many; 0 where there is none."""
    arch: Literal["x86_64", "arm64"]
    efas: int
    """EFA interfaces, at most one on a network card; 0 for a type without EFA."""
    efa_card: int
    """Index of the first network card with EFA; the next ``efas - 1`` have it, too."""


def regions() -> tuple[str, ...]:
    """Every region known here, sorted."""
    return tuple(sorted(_zones()))


def zones(region: str) -> tuple[str, ...]:
    """The availability zones of ``region``, sorted. Raises ``LookupError`` for an unknown region."""
    try:
        return _zones()[region]
    except KeyError:
        raise LookupError(f"unknown region {region}") from None


def instance(type_: str) -> Instance:
    """The shape of an instance type. Raises ``LookupError`` for one that isn't known here."""
    try:
        return instances()[type_]
    except KeyError:
        raise LookupError(f"unknown instance type {type_}") from None


@functools.cache
def instances() -> Mapping[str, Instance]:
    """Every instance type known here, by name."""
    return MappingProxyType({row["type"]: _instance(row) for row in _rows("instances.csv")})


def offered(region: str) -> frozenset[str]:
    """The instance types that EC2 has in ``region``, in some zone of it. Raises ``LookupError`` where none is known."""
    try:
        return _offerings()[region]
    except KeyError:
        raise LookupError(f"what EC2 offers in {region} isn't known") from None


def eks_versions() -> tuple[str, ...]:
    """The Kubernetes versions whose add-ons are pinned here, oldest first: what our stacks support."""
    return tuple(compatibility.kubernetes()["addons"])


def eks_offered() -> tuple[str, ...]:
    """Every Kubernetes version that AWS creates a cluster of, oldest first."""
    return tuple(compatibility.kubernetes()["offered"])


def addon_versions(kubernetes: str) -> Mapping[str, str]:
    """The pinned version of each managed add-on. Raises ``LookupError`` for a version not supported."""
    try:
        pinned: dict[str, str] = compatibility.kubernetes()["addons"][kubernetes]
    except KeyError:
        known = ", ".join(eks_versions())
        raise LookupError(f"no add-ons are pinned for Kubernetes {kubernetes}, only for {known}") from None
    return MappingProxyType(pinned)


def bad_addon_releases(addon: str) -> tuple[Mapping[str, str], ...]:
    """The releases of ``addon`` that its project tells against: each ``from``, ``to`` (both included) and ``why``."""
    return tuple(compatibility.kubernetes()["looked_at"][addon]["bad"])


def addon_version(kubernetes: str, addon: str) -> str:
    """The version of ``addon`` that we pin. Raises ``LookupError`` where none is."""
    try:
        return addon_versions(kubernetes)[addon]
    except KeyError:
        raise LookupError(f"no version of the add-on {addon} is pinned for Kubernetes {kubernetes}") from None


def _read(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def _rows(name: str) -> csv.DictReader[str]:
    return csv.DictReader(line for line in _read(name).splitlines() if not line.startswith("#"))


@functools.cache
def _zones() -> Mapping[str, tuple[str, ...]]:
    return {region: tuple(names) for region, names in load(__package__, "regions.yaml")["regions"].items()}


@functools.cache
def _offerings() -> Mapping[str, frozenset[str]]:
    families: dict[str, list[str]] = {}
    for type_ in instances():
        families.setdefault(type_.partition(".")[0], []).append(type_)
    found = {}
    for row in _rows("offerings.csv"):
        whole = [type_ for family in row["families"].split() for type_ in families.get(family, [])]
        found[row["region"]] = frozenset([*whole, *row["types"].split()])
    return found


def _instance(row: dict[str, Any]) -> Instance:
    numbers = {
        "vcpus": int(row["vcpus"]),
        "memory_gib": float(row["memory_gib"]),
        "accelerators": int(row["accelerators"]),
        "efas": int(row["efas"]),
        "efa_card": int(row["efa_card"]),
    }
    return Instance(**{**row, **numbers})
