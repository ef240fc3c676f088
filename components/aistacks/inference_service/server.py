"""What an `InferenceService` needs to know of a model server; each runtime describes itself in these words."""

import functools
from dataclasses import dataclass, field
from typing import Any

from aistacks_core.facts import load

MODELS = "/models"
"""Where the proven model lies in the pod, read-only to the server."""
SCRATCH = "/tmp"  # noqa: S108 - an emptyDir of the pod's own, the only other place it can write to
CONFIG = "/etc/model-server"


@dataclass(frozen=True)
class Server:
    """One model server's container, as far as runtimes differ."""

    app: str
    """Its name, also the label ``app.kubernetes.io/name``."""
    image: str
    command: list[str]
    http_port: int
    grpc_port: int
    metrics_port: int
    live: str
    """HTTP path that answers 200 while the process is worth keeping."""
    ready: str
    """HTTP path that answers 200 once every model is loaded."""
    queue_metric: str
    """Pods metric: microseconds that a request waited for its turn, served by prometheus-adapter."""
    env: dict[str, str] = field(default_factory=dict)
    config: dict[str, str] = field(default_factory=dict)
    """Files below ``CONFIG``."""


@functools.cache
def facts() -> dict[str, Any]:
    """Images, ports, paths and metric names, from `serving.yaml`."""
    found: dict[str, Any] = load(__package__, "serving.yaml")
    return found
