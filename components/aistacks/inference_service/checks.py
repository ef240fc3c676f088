"""Validation of the service's arguments beyond their types."""

import re
from typing import TYPE_CHECKING, Any

from .._arguments import ipv4_network, validate_dns_label, validate_new_namespace, wrong
from .._kubernetes import images

if TYPE_CHECKING:
    from . import InferenceServiceArgs

_DNS_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_LABEL_VALUE = r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?"
_LABEL_KEY = r"([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
# Kubernetes accepts more forms of quantities (1e3); these are the usual ones.
_QUANTITIES = {"cpu": r"[1-9]\d*m?|\d+\.\d{1,3}", "memory": r"[1-9]\d*([kMGT]i?)?|\d+\.\d{1,3}[kMGT]i?"}
_AT_LEAST = {
    "min_replicas": 1,
    "target_cpu_percent": 1,
    "model_size_gib": 1,
    "startup_minutes": 1,
    "gpus": 0,
    "target_queue_ms": 0,
}


def validate(name: str, kind: type, a: "InferenceServiceArgs") -> None:
    """Raise ``UserError`` for the first invalid argument."""
    (validate_new_namespace if a["create_namespace"] else validate_dns_label)(name, kind, "namespace", a["namespace"])
    _model(name, kind, a)
    _server(name, kind, a)
    _sizes(name, kind, a)
    _clients(name, kind, a)
    if ("cluster_name" in a) != ("read_policy_arn" in a):
        given, missing = ("cluster_name", "read_policy_arn")[:: 1 if "cluster_name" in a else -1]
        raise wrong(name, kind, missing, None, f"a value, as {given} is given", "Give both or neither.")


def _model(name: str, kind: type, a: "InferenceServiceArgs") -> None:
    if not re.fullmatch(r"[0-9a-f]{64}", a["model_digest"]):
        raise wrong(name, kind, "model_digest", a["model_digest"], "a SHA-256: 64 lower-case hex digits")
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", a["model"]):
        raise wrong(name, kind, "model", a["model"], "lower-case letters, digits, '.', '_' and hyphens")
    prefix = a["model_store_prefix"]
    if isinstance(prefix, str) and prefix and (prefix.startswith("/") or not prefix.endswith("/")):
        raise wrong(name, kind, "model_store_prefix", prefix, "nothing, or the store's own, like 'models/'")
    if a["s3_endpoint"] and not re.fullmatch(r"https?://[^/]+/?", a["s3_endpoint"]):
        raise wrong(name, kind, "s3_endpoint", a["s3_endpoint"], "a URL like https://host:port")


def _server(name: str, kind: type, a: "InferenceServiceArgs") -> None:
    images.validate(name, kind, a["image_registry"])
    if a["runtime"].value != "torchserve":
        return
    if not a.get("image"):
        todo = "Build one with: aistacks models image FOLDER --server torchserve"
        raise wrong(name, kind, "image", None, "an image with ONNX Runtime, which TorchServe's own don't have", todo)
    if a["gpus"]:
        todo = 'Take runtime "triton" for GPUs.'
        raise wrong(name, kind, "gpus", a["gpus"], "0: a TorchServe package runs on CPUs only", todo)


def _sizes(name: str, kind: type, a: Any) -> None:
    for key, least in _AT_LEAST.items():
        if a[key] < least:
            raise wrong(name, kind, key, a[key], f"{least} or more")
    if a["max_replicas"] < a["min_replicas"]:
        raise wrong(name, kind, "max_replicas", a["max_replicas"], f"at least min_replicas ({a['min_replicas']})")
    for key, pattern in _QUANTITIES.items():
        if not re.fullmatch(pattern, a[key]) or not re.search("[1-9]", a[key]):
            example = {"cpu": '"2" or "500m"', "memory": '"4Gi"'}[key]
            raise wrong(name, kind, key, a[key], f"a Kubernetes quantity above zero, such as {example}")


def _clients(name: str, kind: type, a: "InferenceServiceArgs") -> None:
    for i, namespace in enumerate(a["client_namespaces"]):
        if not re.fullmatch(_DNS_LABEL, namespace):
            expected = "a namespace's name: lower-case letters, digits and hyphens"
            raise wrong(name, kind, f"client_namespaces[{i}]", namespace, expected)
    for key, value in a["client_pod_labels"].items():
        if not re.fullmatch(_LABEL_KEY, key) or not re.fullmatch(_LABEL_VALUE, value):
            raise wrong(name, kind, f"client_pod_labels.{key}", value, "a Kubernetes label")
    for i, cidr in enumerate(a["client_cidrs"]):
        if ipv4_network(name, kind, f"client_cidrs[{i}]", cidr).prefixlen == 0:
            raise wrong(name, kind, f"client_cidrs[{i}]", cidr, "a range of your own, not everybody's")
    if a["create_namespace"] and not (a["client_namespaces"] or a["client_pod_labels"] or a["client_cidrs"]):
        expected = "namespaces whose pods may send requests (or client_pod_labels or client_cidrs)"
        todo = "create_namespace makes a namespace that nothing else runs in and nothing gets into."
        raise wrong(name, kind, "client_namespaces", [], expected, todo)
