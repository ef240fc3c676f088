"""The provider's functions: decoding YAML works, rendering charts and kustomizations doesn't."""

from __future__ import annotations

import yaml

from aistacks_core.facts import LOADER
from aistacks_core.property_values import Props

from ..failures import CheckError, ProviderError
from .cluster import Cluster

_REFUSED = {
    "kubernetes:helm:template": (
        "helm.v3.Chart renders its chart from the network; use helm.v3.Release, "
        "which the sandbox records as not emulated"
    ),
    "kubernetes:kustomize:directory": (
        "kustomizations aren't emulated in the sandbox; render them beforehand (`kubectl kustomize`) "
        "and use kubernetes.yaml.ConfigFile"
    ),
}


def invoke(token: str, args: Props, cluster: Cluster) -> Props:
    """Answer ``kubernetes:yaml:decode``; raises ``ProviderError`` for the functions that can't be had."""
    if token != "kubernetes:yaml:decode":  # noqa: S105
        reason = _REFUSED.get(token, "the sandbox's kubernetes provider doesn't answer this function")
        raise ProviderError(f"{token}: {reason}")
    text = args.get("text")
    if not isinstance(text, str):
        raise CheckError({"text": f"got {type(text).__name__}; expected a string of YAML"})
    return {"result": _decode(text, args.get("defaultNamespace") or "", cluster)}


def _decode(text: str, namespace: str, cluster: Cluster) -> list[Props]:
    try:
        documents = list(yaml.load_all(text, Loader=LOADER))
    except yaml.YAMLError as error:
        raise CheckError({"text": f"not YAML: {error}"}) from error
    found = [item for item in documents if isinstance(item, dict) and item.get("kind") and item.get("apiVersion")]
    for item in found:
        meta = item.get("metadata")
        if namespace and isinstance(meta, dict) and not meta.get("namespace"):
            kind = cluster.kind(item["apiVersion"], item["kind"])
            if kind is None or kind.namespaced:
                meta["namespace"] = namespace
    return found
