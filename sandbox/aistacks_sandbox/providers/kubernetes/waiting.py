"""What takes a moment on a cluster: kinds to be served, namespaces to come, addresses to be given, objects to go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from aistacks_catalog.kubernetes.manifests import metadata
from aistacks_core.property_values import Props

from ..failures import ProviderError
from .cluster import ApiError, Cluster, Kind, UnknownKindError

_T = TypeVar("_T")
# An object may be declared beside the namespace or the definition that it needs, without a dependency.
ORDERING_SECONDS = 15.0
DELETION_SECONDS = 120.0
ADDRESS_SECONDS = 30.0
SKIP = "pulumi.com/skipAwait"
"""Annotation of an object that the program doesn't want to wait for."""


def for_kind(cluster: Cluster, api_version: str, kind: str, cancelled: threading.Event) -> Kind:
    """The kind, waiting a little for a definition that is being made. Raises ``UnknownKindError``."""

    def attempt() -> Kind:
        return cluster.expect(api_version, kind)

    return _retried(attempt, lambda error: isinstance(error, UnknownKindError), cancelled)


def for_namespace(apply: Callable[[], Props], cancelled: threading.Event) -> Props:
    """The result of ``apply``, tried again as long as the API server misses something it needs (404)."""
    return _retried(apply, lambda error: isinstance(error, ApiError) and error.code == 404, cancelled)


def _retried(attempt: Callable[[], _T], again: Callable[[ProviderError], bool], cancelled: threading.Event) -> _T:
    end, pause = time.monotonic() + ORDERING_SECONDS, 0.1
    while True:
        try:
            return attempt()
        except ProviderError as error:
            if not again(error) or time.monotonic() >= end or cancelled.wait(pause):
                raise
            pause = min(pause * 2, 2.0)


def for_definition(cluster: Cluster, kind: Kind, live: Props, seconds: float, cancelled: threading.Event) -> Props:
    """A CustomResourceDefinition once its objects are served."""
    name = metadata(live)["name"]
    spec = live.get("spec", {})
    versions = [f"{spec['group']}/{entry['name']}" for entry in spec["versions"] if entry.get("served")]
    end, current = time.monotonic() + seconds, live
    while True:
        conditions = {item["type"]: item for item in (current.get("status") or {}).get("conditions") or []}
        if conditions.get("Established", {}).get("status") == "True" and all(
            cluster.kind(version, spec["names"]["kind"]) for version in versions
        ):
            return current
        refused = conditions.get("NamesAccepted", {})
        if refused.get("status") == "False":
            raise ProviderError(f"CustomResourceDefinition {name}: {refused.get('message')}")
        if time.monotonic() >= end or cancelled.wait(0.1):
            raise ProviderError(f"CustomResourceDefinition {name}: its objects aren't served after {seconds:.0f} s")
        current = cluster.get(kind, None, name) or live


def for_address(cluster: Cluster, kind: Kind, live: Props, cancelled: threading.Event) -> Props:
    """A Service of type LoadBalancer or an Ingress once it has its address; anything else as it is.

    The vendor's provider waits for these ten minutes and fails; here the address comes at once or never, and an
    object without one is what there is.
    """
    meta = metadata(live)
    awaited = kind.kind == "Ingress" or (
        kind.kind == "Service" and (live.get("spec") or {}).get("type") == "LoadBalancer"
    )
    if not awaited or (meta.get("annotations") or {}).get(SKIP) == "true":
        return live
    end, current, pause = time.monotonic() + ADDRESS_SECONDS, live, 0.05
    while not ((current.get("status") or {}).get("loadBalancer") or {}).get("ingress"):
        if time.monotonic() >= end or cancelled.wait(pause):
            break
        pause = min(pause * 1.5, 0.5)
        current = cluster.get(kind, meta.get("namespace"), meta["name"]) or current
    return current


def delete(
    cluster: Cluster,
    kind: Kind,
    namespace: str | None,
    name: str,
    uid: str | None,
    policy: str,
    seconds: float,
    cancelled: threading.Event,
) -> None:
    """Delete the object with that ``uid`` (Default: whatever has the name) and wait until it is gone.

    ``seconds``: 0 means ``DELETION_SECONDS``. That it is gone already, or has been replaced by another
    object of the same name, is fine.
    """
    try:
        cluster.delete(kind, namespace, name, uid, policy)
    except ApiError as error:
        # 409: a precondition failed (another uid), or the namespace is terminating already.
        if error.code == 404 or (error.code == 409 and _is_other(cluster.get(kind, namespace, name), uid)):
            return
        if error.code != 409:
            raise
    until_gone(cluster, kind, namespace, name, uid, seconds or DELETION_SECONDS, cancelled)


def until_gone(
    cluster: Cluster,
    kind: Kind,
    namespace: str | None,
    name: str,
    uid: str | None,
    seconds: float,
    cancelled: threading.Event,
) -> None:
    """Wait until the object with that ``uid`` is no more; raises ``ProviderError`` that says what holds it."""
    end, pause = time.monotonic() + seconds, 0.05
    while True:
        live = cluster.get(kind, namespace, name)
        if live is None or _is_other(live, uid):
            return
        if cancelled.is_set():
            raise ProviderError(f"{kind.kind} {name}: cancelled while it was being deleted")
        if time.monotonic() >= end:
            raise ProviderError(f"{kind.kind} {name}: still there {seconds:.0f} s after its deletion; {_why(live)}")
        cancelled.wait(pause)
        pause = min(pause * 1.5, 0.5)


def _is_other(live: Props | None, uid: str | None) -> bool:
    return live is None or bool(uid and metadata(live).get("uid") != uid)


def _why(live: Props) -> str:
    finalizers = metadata(live).get("finalizers") or []
    status = live.get("status")
    conditions = status.get("conditions", []) if isinstance(status, dict) else []
    messages = [item.get("message", "") for item in conditions if item.get("status") == "True" and item.get("message")]
    if finalizers:
        messages.insert(0, f"it waits for the finalizers {', '.join(finalizers)}")
    return "; ".join(messages) or "no controller says why"
