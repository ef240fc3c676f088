"""The description of a model server that each runtime provides to `InferenceService`."""

import functools
from dataclasses import dataclass, field
from typing import Any

from aistacks_core.facts import load

MODELS = "/models"
"""Mount path of the verified model, read-only for the server."""
SCRATCH = "/tmp"  # noqa: S108 - an emptyDir volume, the only writable path
CONFIG = "/etc/model-server"


@dataclass(frozen=True)
class Server:
    """A model server's container, as far as runtimes differ."""

    app: str
    """Its name, also the label ``app.kubernetes.io/name``."""
    image: str
    command: list[str]
    http_port: int
    grpc_port: int
    metrics_port: int
    live: str
    """HTTP path of the liveness probe."""
    ready: str
    """HTTP path of the readiness probe: 200 once every model is loaded."""
    queue_metric: str
    """Pods metric from prometheus-adapter: mean queue time per request, in microseconds."""
    env: dict[str, str] = field(default_factory=dict)
    config: dict[str, str] = field(default_factory=dict)
    """Files below ``CONFIG``."""


@functools.cache
def facts() -> dict[str, Any]:
    """Images, ports, paths and metric names, from `serving.yaml`."""
    found: dict[str, Any] = load(__package__, "serving.yaml")
    return found
