"""The rules that the engine holds a deployment to, and the order that keeps them.

As ``VerifyIntegrity`` and ``Toposort`` of pulumi 3.259's pkg/resource/deploy/snapshot.go have them (read 2026-11-30).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

_PROVIDER = "pulumi:providers:"
_SEPARATOR = "::"


class BrokenError(Exception):
    """A deployment that the engine would refuse; says which rule."""


def check(deployment: Mapping[str, Any]) -> None:
    """Raise ``BrokenError`` where the engine would refuse ``deployment`` (the value of ``deployment`` in an export)."""
    manifest = deployment.get("manifest") or {}
    if manifest.get("magic") != magic(str(manifest.get("version", ""))):
        raise BrokenError("the manifest's magic isn't that of its version")
    urns: dict[str, list[Mapping[str, Any]]] = {}
    providers: set[str] = set()
    for each in deployment.get("resources") or []:
        _check_formed(each)
        urn = str(each["urn"])
        if str(each["type"]).startswith(_PROVIDER):
            providers.add(f"{urn}{_SEPARATOR}{each['id']}")
        provider = each.get("provider")
        if provider and provider not in providers and not each.get("pendingReplacement"):
            raise BrokenError(f"{urn} has a provider that isn't there: {provider}")
        missing = sorted(needs(each, provider=False) - urns.keys())
        if missing:
            raise BrokenError(f"{urn} comes before what it needs, or without it: {missing[0]}")
        urns.setdefault(urn, []).append(each)
    for urn, same in urns.items():
        if sum(1 for each in same if not each.get("delete")) > 1:
            raise BrokenError(f"{urn} is there twice")


def _check_formed(resource: Mapping[str, Any]) -> None:
    urn = resource.get("urn")
    if not urn or not resource.get("type"):
        raise BrokenError(f"a resource has no URN or no type: {urn or resource.get('type')}")
    if not resource.get("custom") and resource.get("id"):
        raise BrokenError(f"the component {urn} has an id")
    if str(resource["type"]).startswith(_PROVIDER) and not resource.get("id"):
        raise BrokenError(f"the provider {urn} has no id")


def magic(version: str) -> str:
    """What the manifest of an engine of ``version`` carries as its magic."""
    return hashlib.sha256(version.encode()).hexdigest()


def needs(resource: Mapping[str, Any], *, provider: bool = True) -> set[str]:
    """The URNs that have to come before ``resource``; with ``provider``, its provider's, too."""
    found = {*(resource.get("dependencies") or []), *(resource.get("replaceWith") or [])}
    for urns in (resource.get("propertyDependencies") or {}).values():
        found |= set(urns or [])
    found |= {resource.get("parent"), resource.get("deletedWith")}
    if provider and resource.get("provider"):
        found.add(str(resource["provider"]).rpartition(_SEPARATOR)[0])
    return {urn for urn in found if urn}


def prune(resource: dict[str, Any], there: Collection[str]) -> None:
    """Take out of ``resource`` what it depends on and nobody has any more. Its parent and its provider have to be."""
    for key in ("dependencies", "replaceWith"):
        if resource.get(key):
            resource[key] = [urn for urn in resource[key] if urn in there]
    if resource.get("propertyDependencies"):
        named = resource["propertyDependencies"]
        resource["propertyDependencies"] = {
            key: [urn for urn in urns or [] if urn in there] for key, urns in named.items()
        }
    if resource.get("deletedWith") and resource["deletedWith"] not in there:
        del resource["deletedWith"]


def provider_of(resource: Mapping[str, Any], resources: Sequence[Mapping[str, Any]]) -> str:
    """The provider that ``resource`` names; where that one was replaced meanwhile, its successor. "" for none."""
    named = str(resource.get("provider") or "")
    there = [f"{each['urn']}{_SEPARATOR}{each['id']}" for each in resources if each["type"].startswith(_PROVIDER)]
    if named in there or not named:
        return named
    urn = named.rpartition(_SEPARATOR)[0]
    return next((each for each in there if each.rpartition(_SEPARATOR)[0] == urn), named)


def order(resources: list[dict[str, Any]]) -> None:
    """Sort in place: what a resource needs comes before it; what is in order already stays where it is."""
    news = {each["urn"]: each for each in resources if not each.get("delete")}
    olds = {each["urn"]: each for each in resources if each.get("delete")}
    done: set[int] = set()
    path: set[int] = set()
    ordered: list[dict[str, Any]] = []

    def visit(first: dict[str, Any]) -> None:
        # No recursion: a chain of dependencies may be longer than Python's stack.
        waiting = [(first, False)]
        while waiting:
            each, ready = waiting.pop()
            if ready:
                path.discard(id(each))
                if id(each) not in done:
                    done.add(id(each))
                    ordered.append(each)
                continue
            if id(each) in done:
                continue
            if id(each) in path:
                raise BrokenError(f"{each['urn']} needs itself")
            path.add(id(each))
            waiting.append((each, True))
            places = (olds, news) if each.get("delete") else (news, olds)
            found = [places[0].get(urn) or places[1].get(urn) for urn in sorted(needs(each))]
            waiting += [(other, False) for other in found if other is not None and id(other) not in done]

    for each in list(resources):
        visit(each)
    resources[:] = ordered
