"""Finds an object of Kubernetes by its kind and name, and a Helm release by Helm's own notes."""

from __future__ import annotations

import base64
import functools
import gzip
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aistacks_catalog.kubernetes.helm_releases import RELEASE
from aistacks_catalog.kubernetes.manifests import api_version_and_kind, is_patch, metadata

from ..account import Account
from ..deployment import Deployment, Resource
from . import places, values
from .clusters import Cluster
from .found import Found, NoLookup

_MANAGER = "pulumi"
"""How the names of the provider's field managers begin, with server-side and client-side apply."""
_STUCK = ("pending-install", "pending-upgrade", "pending-rollback")


def known(token: str) -> bool:
    """Whether objects of the type are found by their names."""
    return token.partition(":")[0] == "kubernetes"


def find(resource: Resource, account: Account, state: Deployment) -> list[Found]:
    """As ``lookups.find`` says, for a type of Kubernetes."""
    if is_patch(resource.type):
        return []  # It owns fields only, and setting them again does no harm.
    inputs = values.plain(resource.inputs)
    provider = places.provider_of(resource, state)
    settings = places.configuration(provider)
    if resource.type == RELEASE:
        # The sandbox, whose cluster stands for every other one, doesn't install releases.
        found = (
            [] if account.kubeconfig else _releases(resource, inputs, settings, _cluster(resource, account, provider))
        )
    else:
        found = _objects(resource, inputs, settings, _cluster(resource, account, provider))
    taken = {
        each.id
        for each in state.resources
        if each.id and each.type == resource.type and each.provider == resource.provider
    }
    return [each for each in found if each.id not in taken]


@functools.cache
def _connected(kubeconfig: str, context: str) -> Cluster:
    return Cluster(kubeconfig, context)


def _cluster(resource: Resource, account: Account, provider: Resource | None) -> Cluster:
    if account.kubeconfig:
        return _connected(account.kubeconfig, "")
    if provider is not None and values.hidden(provider.inputs, "kubeconfig"):
        raise NoLookup(
            f"{resource.type}: its cluster isn't known: {provider.name}'s kubeconfig is encrypted or not made yet"
        )
    # Not what `configuration` made of it: the kubeconfig may be JSON.
    settings = values.plain(provider.inputs) if provider else {}
    kubeconfig = settings.get("kubeconfig") or ""
    text = kubeconfig if isinstance(kubeconfig, str) else json.dumps(kubeconfig)
    return _connected(text, str(settings.get("context") or ""))


def _objects(
    resource: Resource, inputs: Mapping[str, Any], settings: Mapping[str, Any], cluster: Cluster
) -> list[Found]:
    meta = metadata(inputs)
    name = meta.get("name")
    if not isinstance(name, str):
        raise NoLookup(f"{resource.type}: metadata.name isn't among its inputs, and only that tells it from others")
    api_version, kind = api_version_and_kind(resource.type)
    api_version, kind = str(inputs.get("apiVersion") or api_version), str(inputs.get("kind") or kind)
    namespace = str(meta.get("namespace") or settings.get("namespace") or "default")
    live = cluster.object(api_version, kind, namespace, name)
    if live is None or live["metadata"].get("deletionTimestamp"):
        return []
    there = live["metadata"]
    place = there.get("namespace")
    managers = [str(entry.get("manager", "")) for entry in there.get("managedFields") or []]
    return [
        Found(
            id=f"{place}/{name}" if place else name,
            certain=any(manager.startswith(_MANAGER) for manager in managers),
            created=datetime.fromisoformat(there["creationTimestamp"]),
            shown="/".join(part for part in (kind, place, name) if part),
        )
    ]


def _releases(
    resource: Resource, inputs: Mapping[str, Any], settings: Mapping[str, Any], cluster: Cluster
) -> list[Found]:
    name = inputs.get("name")
    if not isinstance(name, str):
        raise NoLookup(f"{resource.type}: name isn't among its inputs, and only that tells it from others")
    namespace = str(inputs.get("namespace") or settings.get("namespace") or "default")
    answer = cluster.get(f"/api/v1/namespaces/{namespace}/secrets", labelSelector=f"owner=helm,name={name}")
    notes = sorted((answer or {}).get("items") or [], key=lambda note: int(note["metadata"]["labels"]["version"]))
    if not notes:
        return []
    latest = notes[-1]
    status = str(latest["metadata"]["labels"].get("status", ""))
    if status in ("uninstalling", "uninstalled"):
        return []
    chart = _chart(latest)
    wanted = str(inputs.get("chart") or "").rstrip("/").rpartition("/")[2]
    stuck = status in _STUCK
    return [
        Found(
            id=f"{namespace}/{name}",
            # Helm refuses to install over it and to upgrade it: it has to go first.
            certain=not stuck and chart in ("", wanted),
            created=datetime.fromisoformat(notes[0]["metadata"]["creationTimestamp"]),
            shown=f"Release/{namespace}/{name} ({status})",
            note=f"helm calls it {status} and changes nothing of it: `helm uninstall {name} --namespace {namespace}`, "
            "and the next run installs it"
            if stuck
            else "its values",
        )
    ]


def _chart(note: Mapping[str, Any]) -> str:
    """The name of the chart in Helm's note of a release; empty where it can't be read."""
    try:
        packed = base64.b64decode(base64.b64decode(note["data"]["release"]))
        return str(json.loads(gzip.decompress(packed))["chart"]["metadata"]["name"])
    except (KeyError, TypeError, ValueError, OSError):
        return ""
