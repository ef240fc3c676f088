"""The rules by which the engine refuses a state.

Read 2026-11-30 of pulumi: pkg/resource/stack/snapshot/integrity.go.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

_PROVIDER = "pulumi:providers:"


def broken_rule(deployment: Any) -> str:
    """The first rule that ``deployment`` breaks, in a few words; empty where the engine takes it."""
    if deployment is None:
        return ""
    try:
        return _broken(deployment)
    except (AttributeError, KeyError, TypeError, IndexError):
        return "no deployment: a field has another shape"


def _broken(deployment: Mapping[str, Any]) -> str:
    manifest = deployment.get("manifest") or {}
    version = manifest.get("version") or ""
    magic = hashlib.sha256(version.encode()).hexdigest() if version else ""
    if (manifest.get("magic") or "") != magic:
        return "its magic number isn't its engine's"
    resources = deployment.get("resources") or []
    later = {resource.get("urn") for resource in resources}
    known: dict[str, list[bool]] = defaultdict(list)
    providers: set[str] = set()
    for index, resource in enumerate(resources):
        if broken := _misshapen(index, resource) or _without_provider(resource, providers):
            return broken
        for role, other in _named(resource):
            if other not in known:
                where = "comes after it" if other in later else "is missing"
                return f"the {role} {_name(other)} of {_name(resource['urn'])} {where}"
        known[resource["urn"]].append(bool(resource.get("delete")))
    twice = next((urn for urn, deleted in known.items() if deleted.count(False) > 1), None)
    return f"{_name(twice)} is there twice" if twice else ""


def _misshapen(index: int, resource: Mapping[str, Any]) -> str:
    urn = resource.get("urn") or ""
    if not urn:
        return f"resource {index} has no URN"
    if not resource.get("type"):
        return f"{_name(urn)} has no type"
    if not resource.get("custom") and resource.get("id"):
        return f"{_name(urn)} is a component with an id"
    return ""


def _without_provider(resource: Mapping[str, Any], providers: set[str]) -> str:
    """What is wrong with the resource's provider; notes the resource where it is one."""
    urn = resource["urn"]
    if resource["type"].startswith(_PROVIDER):
        providers.add(f"{urn}::{resource.get('id') or ''}")
    provider = resource.get("provider") or ""
    if not provider or provider in providers:
        return ""
    if "::" not in provider:
        return f"{_name(urn)} has a provider that is no reference"
    return "" if resource.get("pendingReplacement") else f"{_name(urn)} has a provider that isn't before it"


def _named(resource: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the resource names, each of which must come before it."""
    if parent := resource.get("parent"):
        yield "parent", parent
    for other in resource.get("dependencies") or []:
        yield "dependency", other
    for others in (resource.get("propertyDependencies") or {}).values():
        for other in others or []:
            yield "dependency", other
    if owner := resource.get("deletedWith"):
        yield "owner", owner


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]
