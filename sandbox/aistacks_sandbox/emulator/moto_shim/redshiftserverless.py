"""Redshift Serverless, a service that moto hasn't: its backend, its answers, its way into the server."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.responses import BaseResponse

from . import _handlers, constraints, redshiftserverless_namespaces, redshiftserverless_workgroups
from ._handlers import error

URL = r"https?://redshift-serverless\.(.+)\.amazonaws\.com"


class RedshiftServerlessBackend(BaseBackend):
    """What one region of one account holds."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.namespaces: dict[str, SimpleNamespace] = {}
        self.workgroups: dict[str, SimpleNamespace] = {}
        self.limits: dict[str, SimpleNamespace] = {}

    @property
    def _url_module(self) -> Any:
        return SimpleNamespace(url_bases=[URL], url_paths={"{0}/$": RedshiftServerlessResponse.dispatch})


redshiftserverless_backends = BackendDict(RedshiftServerlessBackend, "redshift-serverless")


class RedshiftServerlessResponse(BaseResponse):
    """One request's answer; the operations are put on it below."""

    def __init__(self) -> None:
        super().__init__(service_name="redshift-serverless")
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> RedshiftServerlessBackend:
        return redshiftserverless_backends[self.current_account][self.region]


def _tagged(backend: RedshiftServerlessBackend, arn: str) -> dict[str, str]:
    owners = {each.namespaceArn: each for each in backend.namespaces.values()}
    owners |= {each.workgroupArn: each for each in backend.workgroups.values()}
    if arn not in owners:
        raise error("ResourceNotFoundException", f"The resource {arn} was not found.")
    tags: dict[str, str] = owners[arn].tags
    return tags


def tag_resource(backend: RedshiftServerlessBackend, request: dict[str, Any]) -> dict[str, Any]:
    new = {each["key"]: each["value"] for each in request["tags"]}
    _tagged(backend, request["resourceArn"]).update(new)
    return {}


def untag_resource(backend: RedshiftServerlessBackend, request: dict[str, Any]) -> dict[str, Any]:
    for key in request["tagKeys"]:
        _tagged(backend, request["resourceArn"]).pop(key, None)
    return {}


def list_tags_for_resource(backend: RedshiftServerlessBackend, request: dict[str, Any]) -> dict[str, Any]:
    tags = _tagged(backend, request["resourceArn"])
    return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}


def apply() -> None:
    """Put the service where moto looks for one: in a package of its own."""
    package = ModuleType("moto.redshiftserverless")
    vars(package)["redshiftserverless_backends"] = redshiftserverless_backends
    sys.modules[package.__name__] = package
    operations: dict[str, _handlers.Operation] = {
        **redshiftserverless_namespaces.OPERATIONS,
        **redshiftserverless_workgroups.OPERATIONS,
        "TagResource": tag_resource,
        "UntagResource": untag_resource,
        "ListTagsForResource": list_tags_for_resource,
    }
    _handlers.serve(RedshiftServerlessResponse, "backend", operations)
    constraints.check(RedshiftServerlessResponse, "ValidationException")
