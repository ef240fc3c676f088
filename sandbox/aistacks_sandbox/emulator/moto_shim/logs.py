"""CloudWatch Logs: a key for a log group that is there already, and none again; deletion protection."""

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


def put_log_group_deletion_protection(backend: LogsBackend, request: dict[str, Any]) -> dict[str, Any]:
    name = request["logGroupIdentifier"]
    found = next((group for group in backend.groups.values() if name in (group.name, group.arn)), None)
    if found is None:
        raise ResourceNotFoundException
    found.deletion_protection_enabled = request["deletionProtectionEnabled"]  # type: ignore[attr-defined]
    return {}


def _is_protected(group: LogGroup | None) -> bool:
    return bool(getattr(group, "deletion_protection_enabled", False))


def _describe(group: LogGroup) -> dict[str, Any]:
    described: dict[str, Any] = _upstream_describe(group)
    return {**described, "deletionProtectionEnabled": _is_protected(group)}


def _delete(backend: LogsBackend, log_group_name: str) -> None:
    if _is_protected(backend.groups.get(log_group_name)):
        raise _handlers.error("ValidationException", f"Deletion protection is enabled for log group {log_group_name}.")
    _upstream_delete(backend, log_group_name)


_upstream_describe = LogGroup.to_describe_dict
_upstream_delete = LogsBackend.delete_log_group


def apply() -> None:
    LogGroup.to_describe_dict = _describe  # type: ignore[method-assign, assignment]
    LogsBackend.delete_log_group = _delete  # type: ignore[method-assign, assignment]
    operations: dict[str, _handlers.Operation] = {
        "AssociateKmsKey": associate_kms_key,
        "DisassociateKmsKey": disassociate_kms_key,
        "PutLogGroupDeletionProtection": put_log_group_deletion_protection,
    }
    _handlers.serve(LogsResponse, "logs_backend", operations)
