"""CloudWatch Logs: a key for a log group that is there already, and none again."""

from __future__ import annotations

from typing import Any

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.models import LogGroup, LogsBackend
from moto.logs.responses import LogsResponse

from . import _handlers


def _group(backend: LogsBackend, request: dict[str, Any]) -> LogGroup:
    found: LogGroup | None = backend.groups.get(request["logGroupName"])
    if found is None:
        raise ResourceNotFoundException
    return found


def associate_kms_key(backend: LogsBackend, request: dict[str, Any]) -> dict[str, Any]:
    _group(backend, request).kms_key_id = request["kmsKeyId"]
    return {}


def disassociate_kms_key(backend: LogsBackend, request: dict[str, Any]) -> dict[str, Any]:
    _group(backend, request).kms_key_id = None
    return {}


def apply() -> None:
    operations: dict[str, _handlers.Operation] = {
        "AssociateKmsKey": associate_kms_key,
        "DisassociateKmsKey": disassociate_kms_key,
    }
    _handlers.serve(LogsResponse, "logs_backend", operations)
