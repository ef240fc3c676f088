"""Glue: updates of crawlers and jobs."""

from __future__ import annotations

from typing import Any

from moto.core.utils import camelcase_to_underscores, utcnow
from moto.glue.models import GlueBackend
from moto.glue.responses import GlueResponse

from . import _handlers

# What a job has when an update, which replaces the whole definition, doesn't say.
_JOB_DEFAULTS: dict[str, Any] = {
    "Description": None,
    "LogUri": None,
    "Role": None,
    "ExecutionProperty": {},
    "Command": None,
    "DefaultArguments": {},
    "NonOverridableArguments": None,
    "Connections": None,
    "MaxRetries": None,
    "AllocatedCapacity": None,
    "Timeout": None,
    "MaxCapacity": None,
    "WorkerType": None,
    "NumberOfWorkers": None,
    "SecurityConfiguration": None,
    "NotificationProperty": None,
    "GlueVersion": None,
    "CodeGenConfigurationNodes": None,
    "ExecutionClass": "STANDARD",
    "SourceControlDetails": None,
}


def update_crawler(backend: GlueBackend, request: dict[str, Any]) -> dict[str, Any]:
    crawler = backend.get_crawler(request["Name"])
    for key, value in request.items():
        if key != "Name":
            setattr(crawler, camelcase_to_underscores(key), value)
    crawler.version += 1
    crawler.last_updated = utcnow()
    return {}


def update_job(backend: GlueBackend, request: dict[str, Any]) -> dict[str, Any]:
    job = backend.get_job(request["JobName"])
    for key, value in {**_JOB_DEFAULTS, **request["JobUpdate"]}.items():
        setattr(job, camelcase_to_underscores(key), value)
    job.last_modified_on = utcnow()
    return {"JobName": request["JobName"]}


def apply() -> None:
    operations: dict[str, _handlers.Operation] = {"UpdateCrawler": update_crawler, "UpdateJob": update_job}
    _handlers.serve(GlueResponse, "glue_backend", operations)
