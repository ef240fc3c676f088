"""Kubernetes manifests as properties: what a token is about, and the form in which equal manifests are equal."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from aistacks_core.property_values import Props, Unknown, contains_unknown

READ_ONLY = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)
"""Metadata that the API server sets: a program that repeats it must not seem to change it."""


def api_version_and_kind(token: str) -> tuple[str, str]:
    """What a type token such as ``kubernetes:apps/v1:DeploymentPatch`` is about: apps/v1, Deployment."""
    _, module, kind = token.split(":", 2)
    version = module.removeprefix("core/")
    return version, kind.removesuffix("Patch")


def is_patch(token: str) -> bool:
    """Whether a resource of the type changes some fields of an object that others own."""
    return token.endswith("Patch") and not token.endswith(":Patch")


def metadata(props: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object's metadata; empty where there is none, or none that is known."""
    found = props.get("metadata")
    return found if isinstance(found, Mapping) else {}


def is_secret(props: Mapping[str, Any]) -> bool:
    """Whether it is a core Secret."""
    return props.get("kind") == "Secret" and props.get("apiVersion") == "v1"


def normalized(props: Props) -> Props:
    """Inputs in the one form in which two equal manifests are equal."""
    result = dict(props)
    meta = result.get("metadata")
    if isinstance(meta, Mapping):
        result["metadata"] = {key: value for key, value in meta.items() if key not in READ_ONLY}
    if is_secret(result):
        text, data = result.get("stringData"), result.get("data")
        if isinstance(text, Mapping) and not contains_unknown(text) and not isinstance(data, Unknown):
            encoded = {key: base64.b64encode(str(value).encode()).decode() for key, value in text.items()}
            result["data"] = {**(data or {}), **encoded}
            del result["stringData"]
        elif isinstance(data, Mapping):
            result["data"] = {key: _base64(value) for key, value in data.items()}
    if result.get("kind") == "CustomResourceDefinition":
        result.pop("status", None)
    return result


def _base64(value: Any) -> Any:
    try:
        return base64.b64encode(base64.b64decode(value)).decode()
    except (TypeError, ValueError, binascii.Error):
        return value
