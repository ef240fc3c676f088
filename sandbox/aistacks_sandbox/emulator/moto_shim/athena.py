"""Athena: updates of a workgroup, and the error where there is none."""

from __future__ import annotations

from typing import Any

from moto.athena.models import AthenaBackend, WorkGroup
from moto.athena.responses import AthenaResponse

from . import _handlers


def _workgroup(backend: AthenaBackend, request: dict[str, Any]) -> WorkGroup:
    name = request["WorkGroup"]
    if name not in backend.work_groups:
        raise _handlers.error("InvalidRequestException", f"WorkGroup {name} is not found.")
    return backend.work_groups[name]


def get_work_group(backend: AthenaBackend, request: dict[str, Any]) -> dict[str, Any]:
    _workgroup(backend, request)
    return {"WorkGroup": backend.get_work_group(request["WorkGroup"])}


def update_work_group(backend: AthenaBackend, request: dict[str, Any]) -> dict[str, Any]:
    group = _workgroup(backend, request)
    if request.get("Description") is not None:
        group.description = request["Description"]
    if request.get("State") is not None:
        group.state = request["State"]
    changes = dict(request.get("ConfigurationUpdates") or {})
    results = changes.pop("ResultConfigurationUpdates", {})
    _change(group.configuration, changes)
    if results:
        _change(group.configuration.setdefault("ResultConfiguration", {}), results)
    return {}


def _change(now: dict[str, Any], changes: dict[str, Any]) -> None:
    """``RemoveX: true`` takes X away; anything else replaces what was there."""
    for key, value in changes.items():
        if not key.startswith("Remove"):
            now[key] = value
        elif value:
            now.pop(key.removeprefix("Remove"), None)


def apply() -> None:
    operations: dict[str, _handlers.Operation] = {
        "GetWorkGroup": get_work_group,
        "UpdateWorkGroup": update_work_group,
    }
    _handlers.serve(AthenaResponse, "athena_backend", operations)
