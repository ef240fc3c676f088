"""Redshift Serverless workgroups, the compute, and the limits on their use."""

from __future__ import annotations

import secrets
import uuid
from types import SimpleNamespace
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends

from . import _handlers
from ._handlers import error
from .redshiftserverless_namespaces import namespace_of

_DEFAULTS: dict[str, Any] = {
    "baseCapacity": 128,
    "enhancedVpcRouting": False,
    "publiclyAccessible": False,
    "port": 5439,
    "ipAddressType": "ipv4",
    "trackName": "current",
    "securityGroupIds": [],
    "subnetIds": [],
}
_CHANGEABLE = (*_DEFAULTS, "maxCapacity", "pricePerformanceTarget")
_PARAMETERS = {
    "auto_mv": "true",
    "datestyle": "ISO, MDY",
    "enable_case_sensitive_identifier": "false",
    "enable_user_activity_logging": "true",
    "query_group": "default",
    "require_ssl": "false",
    "search_path": "$user, public",
    "use_fips_ssl": "false",
}


class Workgroup(SimpleNamespace):
    """A workgroup in AWS's own names, and ``tags``."""


class UsageLimit(SimpleNamespace):
    """A usage limit in AWS's own names."""


def _workgroup(backend: Any, name: str) -> Workgroup:
    if name not in backend.workgroups:
        raise error("ResourceNotFoundException", f"The workgroup {name} was not found.")
    known: Workgroup = backend.workgroups[name]
    return known


def _arn(backend: Any, kind: str, key: str) -> str:
    scope = f"{backend.region_name}:{backend.account_id}"
    return f"arn:{backend.partition}:redshift-serverless:{scope}:{kind}/{key}"


def create_workgroup(backend: Any, request: dict[str, Any]) -> dict[str, Any]:
    name = request["workgroupName"]
    if name in backend.workgroups:
        raise error("ConflictException", f"Workgroup {name} already exists.")
    namespace = namespace_of(backend, request["namespaceName"])
    if any(each.namespaceName == namespace.namespaceName for each in backend.workgroups.values()):
        raise error("ConflictException", f"Namespace {namespace.namespaceName} already has a workgroup.")
    key = str(uuid.uuid4())
    workgroup = Workgroup(
        **_DEFAULTS,
        workgroupName=name,
        workgroupId=key,
        workgroupArn=_arn(backend, "workgroup", key),
        namespaceName=namespace.namespaceName,
        configParameters=_PARAMETERS,
        workgroupVersion="1.0",
        status="AVAILABLE",
        creationDate=utcnow(),
        tags={each["key"]: each["value"] for each in request.get("tags") or []},
    )
    _apply(backend, workgroup, request)
    backend.workgroups[name] = workgroup
    return {"workgroup": _shown(workgroup)}


def _apply(backend: Any, workgroup: Workgroup, request: dict[str, Any]) -> None:
    requested = {key: request[key] for key in _CHANGEABLE if request.get(key) is not None}
    base = requested.get("baseCapacity", workgroup.baseCapacity)
    if base != 4 and (base % 8 or not 8 <= base <= 1024):
        raise error("ValidationException", "Base capacity must be 4, or between 8 and 1024 in units of 8.")
    if requested.get("maxCapacity", base) < base:
        raise error("ValidationException", "Max capacity must be greater than or equal to base capacity.")
    known = {subnet.id: subnet for subnet in ec2_backends[backend.account_id][backend.region_name].describe_subnets()}
    for subnet in requested.get("subnetIds", []):
        if subnet not in known:
            raise error("ValidationException", f"The subnet ID '{subnet}' does not exist")
    asked = {each["parameterKey"]: each["parameterValue"] for each in request.get("configParameters") or []}
    attributes = vars(workgroup)
    attributes.update(requested, configParameters={**workgroup.configParameters, **asked})
    subnets = [known[subnet] for subnet in workgroup.subnetIds if subnet in known]
    host = f"{workgroup.workgroupName}.{backend.account_id}.{backend.region_name}"
    attributes["endpoint"] = {
        "address": f"{host}.redshift-serverless.amazonaws.com",
        "port": workgroup.port,
        "vpcEndpoints": attributes.get("endpoint", {}).get("vpcEndpoints")
        or [{"vpcEndpointId": f"vpce-{secrets.token_hex(8)}", "vpcId": each.vpc_id} for each in subnets[:1]],
    }


def _shown(workgroup: Workgroup) -> dict[str, Any]:
    parameters = [{"parameterKey": key, "parameterValue": value} for key, value in workgroup.configParameters.items()]
    return {**vars(workgroup), "configParameters": parameters}


def get_workgroup(backend: Any, request: dict[str, Any]) -> dict[str, Any]:
    return {"workgroup": _shown(_workgroup(backend, request["workgroupName"]))}


def list_workgroups(backend: Any, _: dict[str, Any]) -> dict[str, Any]:
    return {"workgroups": [_shown(each) for each in backend.workgroups.values()]}


def update_workgroup(backend: Any, request: dict[str, Any]) -> dict[str, Any]:
    workgroup = _workgroup(backend, request["workgroupName"])
    _apply(backend, workgroup, request)
    return {"workgroup": _shown(workgroup)}


def delete_workgroup(backend: Any, request: dict[str, Any]) -> dict[str, Any]:
    workgroup = _workgroup(backend, request["workgroupName"])
    del backend.workgroups[workgroup.workgroupName]
    arn = workgroup.workgroupArn
    backend.limits = {key: each for key, each in backend.limits.items() if each.resourceArn != arn}
    workgroup.status = "DELETING"
    return {"workgroup": _shown(workgroup)}


def _limit(backend: Any, key: str) -> UsageLimit:
    if key not in backend.limits:
        raise error("ResourceNotFoundException", f"The usage limit {key} was not found.")
    known: UsageLimit = backend.limits[key]
    return known


def create_usage_limit(backend: Any, request: dict[str, Any]) -> dict[str, Any]:
    arn, period = request["resourceArn"], request.get("period") or "monthly"
    if all(each.workgroupArn != arn for each in backend.workgroups.values()):
        raise error("ResourceNotFoundException", f"The resource {arn} was not found.")
    _check_amount(request)
    same = (arn, request["usageType"], period)
    if any((each.resourceArn, each.usageType, each.period) == same for each in backend.limits.values()):
        raise error("ConflictException", "A usage limit of this type and period already exists.")
    key = str(uuid.uuid4())
    backend.limits[key] = UsageLimit(
        usageLimitId=key,
        usageLimitArn=_arn(backend, "usagelimit", key),
        resourceArn=arn,
        usageType=request["usageType"],
        amount=request["amount"],
        period=period,
        breachAction=request.get("breachAction") or "log",
    )
    return {"usageLimit": backend.limits[key]}


def _check_amount(request: dict[str, Any]) -> None:
    if request.get("amount") is not None and request["amount"] <= 0:
        raise error("ValidationException", "The amount must be a positive number.")


def get_usage_limit(backend: Any, request: dict[str, Any]) -> dict[str, Any]:
    return {"usageLimit": _limit(backend, request["usageLimitId"])}


def list_usage_limits(backend: Any, request: dict[str, Any]) -> dict[str, Any]:
    asked = {key: request[key] for key in ("resourceArn", "usageType") if request.get(key)}
    return {"usageLimits": [each for each in backend.limits.values() if asked.items() <= vars(each).items()]}


def update_usage_limit(backend: Any, request: dict[str, Any]) -> dict[str, Any]:
    limit = _limit(backend, request["usageLimitId"])
    _check_amount(request)
    vars(limit).update({key: request[key] for key in ("amount", "breachAction") if request.get(key) is not None})
    return {"usageLimit": limit}


def delete_usage_limit(backend: Any, request: dict[str, Any]) -> dict[str, Any]:
    return {"usageLimit": backend.limits.pop(_limit(backend, request["usageLimitId"]).usageLimitId)}


OPERATIONS: dict[str, _handlers.Operation] = {
    "CreateWorkgroup": create_workgroup,
    "GetWorkgroup": get_workgroup,
    "ListWorkgroups": list_workgroups,
    "UpdateWorkgroup": update_workgroup,
    "DeleteWorkgroup": delete_workgroup,
    "CreateUsageLimit": create_usage_limit,
    "GetUsageLimit": get_usage_limit,
    "ListUsageLimits": list_usage_limits,
    "UpdateUsageLimit": update_usage_limit,
    "DeleteUsageLimit": delete_usage_limit,
}
