"""Which changes to an object need a new object, from ``replacement.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from aistacks_core.facts import load
from aistacks_core.property_values import Props

_INDEX = re.compile(r"\[\d+\]")


@cache
def _facts() -> dict[str, Any]:
    facts: dict[str, Any] = load(__package__, "replacement.yaml")
    return facts


def properties(manifest: Props, settings: Mapping[str, bool], *, patch: bool = False) -> frozenset[str]:
    """The property paths of ``manifest`` that force a replacement, ``[*]`` standing for each item of a list.

    ``settings`` are the provider's switches, by name. A ``patch`` resource is replaced only if it
    patches another object.
    """
    facts = _facts()
    found: set[str] = set(facts["every_kind"])
    if patch:
        return frozenset(found)
    group, _, version = str(manifest.get("apiVersion", "")).rpartition("/")
    kind = manifest.get("kind")
    mutable = facts["unless_mutable"].get(kind) if group in ("", "core") else None
    if mutable and (not settings.get(mutable["setting"]) or manifest.get("immutable") is True):
        return frozenset({*found, *mutable["properties"]})
    for entry in facts["kinds"]:
        if (entry["group"], entry["kind"]) != (group, kind) or version not in entry.get("versions", [version]):
            continue
        found.update(entry.get("properties", []))
        for container in entry.get("containers", []):
            found.update(f"spec.{role}[*].{container}" for role in ("containers", "initContainers"))
    return frozenset(found)


def forces(path: str, value: Any, paths: frozenset[str]) -> bool:
    """Whether a change at ``path`` touches one of ``paths``.

    It does if it lies at or under one of them, or if ``value``, which came or went with the whole
    of ``path``, contains one.
    """
    changed = _INDEX.sub("[*]", path)
    return any(
        changed == forced
        or changed.startswith((f"{forced}.", f"{forced}["))
        or (forced.startswith((f"{changed}.", f"{changed}[")) and _holds(value, forced[len(changed) :]))
        for forced in paths
    )


def _holds(value: Any, rest: str) -> bool:
    items = [value]
    for step in re.findall(r"\[\*\]|[^.\[\]]+", rest):
        if step == "[*]":
            items = [inner for item in items if isinstance(item, list) for inner in item]
        else:
            items = [item[step] for item in items if isinstance(item, Mapping) and item.get(step) is not None]
    return bool(items)
