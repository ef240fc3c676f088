"""The provider's functions: manifests, charts and kustomizations that lie here become objects."""

from __future__ import annotations

import yaml

from aistacks_catalog.kubernetes.sources import parts
from aistacks_catalog.kubernetes.sources.manifests import UnreadError
from aistacks_core.facts import LOADER
from aistacks_core.property_values import Props

from ..failures import CheckError, ProviderError
from .cluster import Cluster

_DECODE = "kubernetes:yaml:decode"
_HERE = "the sandbox renders what lies here; of a chart from the network it records a helm.v3.Release"


def invoke(token: str, args: Props, cluster: Cluster) -> Props:
    """Decode YAML, render a chart or build a kustomization that lies here; paths are seen from the program.

    Raises ``ProviderError`` for what comes from the network, what Helm or kustomize refuses, and another function.
    """
    if token == _DECODE:
        text = args.get("text")
        if not isinstance(text, str):
            raise CheckError({"text": f"got {type(text).__name__}; expected a string of YAML"})
        return {"result": _decode(text, args.get("defaultNamespace") or "", cluster)}
    try:
        answer = parts.function(token, args)
    except UnreadError as why:
        raise ProviderError(f"{token}: {why}; {_HERE}") from None
    if answer is None:
        raise ProviderError(f"{token}: the sandbox's kubernetes provider doesn't answer this function")
    return answer


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
