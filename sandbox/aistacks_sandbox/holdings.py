"""What an API server holds that isn't its own: the proof that `down` left nothing."""

import json
from dataclasses import dataclass
from typing import Any

from kubernetes.client import ApiClient

MANAGER = "aistacks-sandbox"
"""Field manager of the definitions that the sandbox itself applies."""

# Names under which the two servers write; seen on a cluster that nobody had used.
_OWN_MANAGERS = {
    MANAGER,
    "kube-apiserver",
    "kube-controller-manager",
    "api-priority-and-fairness-config-consumer-v1",
    "api-priority-and-fairness-config-producer-v1",
    "clusterrole-aggregation-controller",
    "kubernetes-service-cidr-controller",
    "service-cidr-controller",
}
_OWN_NAMESPACES = {"default", "kube-system", "kube-public", "kube-node-lease"}
# Events tell of objects and are none themselves; the rest are made per request and stored nowhere.
_NO_OBJECTS = {"events", "componentstatuses", "bindings"}
_DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


@dataclass(frozen=True, order=True)
class Holding:
    """One object. ``namespace`` is "" for what lies in none; ``terminating`` when it is being deleted."""

    resource: str
    namespace: str
    name: str
    terminating: bool

    def __str__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.resource} {place}{self.name}{' (terminating)' if self.terminating else ''}"


def holdings(client: ApiClient) -> list[Holding]:
    """Every object that somebody other than the servers made, or that follows from one, sorted.

    Who made it is told by its managed fields: an object that only the API server, its controllers or the
    sandbox ever wrote, that nothing owns, and that lies in no namespace of a user's, is the server's own.
    """
    held: set[Holding] = set()
    for path, resource in _listable(client):
        for item in _get(client, path, _METADATA)["items"] or []:
            metadata = item["metadata"]
            if not _is_own(resource, metadata):
                namespace, ending = metadata.get("namespace", ""), "deletionTimestamp" in metadata
                held.add(Holding(resource, namespace, metadata["name"], ending))
    return sorted(held)


def _is_own(resource: str, metadata: dict[str, Any]) -> bool:
    if metadata.get("namespace") and metadata["namespace"] not in _OWN_NAMESPACES:
        return False
    if metadata.get("ownerReferences"):
        return False
    managers = {field.get("manager") for field in metadata.get("managedFields", [])}
    # An object with nothing but a name has no managed fields. The controllers' accounts are such.
    return managers <= _OWN_MANAGERS if managers else resource == "serviceaccounts"


def _listable(client: ApiClient) -> list[tuple[str, str]]:
    """Path and name of each kind of object, in one version each (the server's preferred one)."""
    found = []
    for root in ("/api", "/apis"):
        for group in _get(client, root, _DISCOVERY)["items"]:
            name = group["metadata"].get("name", "")
            version = group["versions"][0]
            base = f"{root}/{name}/{version['version']}" if name else f"{root}/{version['version']}"
            for resource in version.get("resources", []):
                plural = resource["resource"]
                if "list" in resource["verbs"] and plural not in _NO_OBJECTS:
                    found.append((f"{base}/{plural}", f"{plural}.{name}" if name else plural))
    return found


def _get(client: ApiClient, path: str, accept: str) -> dict[str, Any]:
    request = client.param_serialize("GET", path, header_params={"Accept": accept}, auth_settings=["BearerToken"])
    answer: Any = client.call_api(*request)
    content = answer.read()
    # A definition that was deleted since discovery answers 404.
    body: dict[str, Any] = json.loads(content) if answer.status == 200 else {"items": []}
    return body
