"""Redshift parameter groups with parameters, and the checks on them and on subnet groups."""

from __future__ import annotations

from typing import Any

from moto.redshift.exceptions import InvalidSubnetError
from moto.redshift.models import ParameterGroup, RedshiftBackend, SubnetGroup

from . import _handlers
from ._handlers import error


def _group(backend: RedshiftBackend, request: dict[str, Any]) -> ParameterGroup:
    return backend.describe_cluster_parameter_groups(request["ParameterGroupName"])[0]


def _set(group: ParameterGroup) -> dict[str, dict[str, Any]]:
    values: dict[str, dict[str, Any]] = vars(group).setdefault("shim_parameters", {})
    return values


def create_cluster_parameter_group(backend: RedshiftBackend, request: dict[str, Any]) -> dict[str, Any]:
    name = request["ParameterGroupName"].lower()
    if name in backend.parameter_groups:
        raise error("ClusterParameterGroupAlreadyExists", f"Parameter group {name} already exists")
    group = backend.create_cluster_parameter_group(
        name,
        request["ParameterGroupFamily"],
        request["Description"],
        backend.region_name,
        request.get("Tags") or [],
    )
    return {"ClusterParameterGroup": group}


def modify_cluster_parameter_group(backend: RedshiftBackend, request: dict[str, Any]) -> dict[str, Any]:
    group = _group(backend, request)
    known = {each["ParameterName"] for each in backend.describe_default_cluster_parameters()}
    for parameter in request["Parameters"]:
        name = parameter["ParameterName"]
        if name not in known:
            raise error("InvalidParameterValue", f"Could not find parameter with name: {name}")
        _set(group)[name] = parameter
    return _changed(group)


def _changed(group: ParameterGroup) -> dict[str, Any]:
    told = "Your parameter group has been updated. If you changed only dynamic parameters, associated "
    return {"ParameterGroupName": group.name, "ParameterGroupStatus": told + "clusters are being modified now."}


def reset_cluster_parameter_group(backend: RedshiftBackend, request: dict[str, Any]) -> dict[str, Any]:
    group = _group(backend, request)
    if request.get("ResetAllParameters"):
        _set(group).clear()
    for parameter in request.get("Parameters") or []:
        _set(group).pop(parameter["ParameterName"], None)
    return _changed(group)


def describe_cluster_parameters(backend: RedshiftBackend, request: dict[str, Any]) -> dict[str, Any]:
    changed = _set(_group(backend, request))
    parameters: list[dict[str, Any]] = [
        {**each, "IsModifiable": True} for each in backend.describe_default_cluster_parameters()
    ]
    for parameter in parameters:
        if parameter["ParameterName"] in changed:
            value = changed[parameter["ParameterName"]]["ParameterValue"]
            parameter.update(ParameterValue=value, Source="user")
    source = request.get("Source")
    return {"Parameters": [each for each in parameters if source in (None, each["Source"])]}


def delete_cluster_parameter_group(backend: RedshiftBackend, request: dict[str, Any]) -> dict[str, Any]:
    group = _group(backend, request)
    if group.name.startswith("default."):
        raise error("InvalidClusterParameterGroupState", f"Default parameter group {group.name} can't be deleted")
    if any(group.name in cluster.cluster_parameter_group_name for cluster in backend.clusters.values()):
        raise error("InvalidClusterParameterGroupState", f"One or more clusters are using the group {group.name}")
    backend.delete_cluster_parameter_group(group.name)
    return {}


def create_cluster_subnet_group(backend: RedshiftBackend, request: dict[str, Any]) -> dict[str, Any]:
    name = request["ClusterSubnetGroupName"].lower()
    if name in backend.subnet_groups:
        raise error("ClusterSubnetGroupAlreadyExists", f"Cluster subnet group '{name}' already exists.")
    _check_subnets(backend, request["SubnetIds"])
    group = backend.create_cluster_subnet_group(
        name, request["Description"], request["SubnetIds"], backend.region_name, request.get("Tags") or []
    )
    return {"ClusterSubnetGroup": group}


def modify_cluster_subnet_group(backend: RedshiftBackend, request: dict[str, Any]) -> dict[str, Any]:
    group: SubnetGroup = backend.describe_cluster_subnet_groups(request["ClusterSubnetGroupName"])[0]
    _check_subnets(backend, request["SubnetIds"])
    group.subnet_ids = request["SubnetIds"]
    if request.get("Description") is not None:
        group.description = request["Description"]
    return {"ClusterSubnetGroup": group}


def _check_subnets(backend: RedshiftBackend, subnets: list[str]) -> None:
    known = {str(subnet.id) for subnet in backend.ec2_backend.describe_subnets()}
    missing = [subnet for subnet in subnets if subnet not in known]
    if missing:
        raise InvalidSubnetError(missing)


def delete_cluster_subnet_group(backend: RedshiftBackend, request: dict[str, Any]) -> dict[str, Any]:
    name = request["ClusterSubnetGroupName"]
    backend.describe_cluster_subnet_groups(name)
    if any(cluster.cluster_subnet_group_name == name for cluster in backend.clusters.values()):
        raise error("InvalidClusterSubnetGroupStateFault", f"The cluster subnet group {name} is in use")
    backend.delete_cluster_subnet_group(name)
    return {}


OPERATIONS: dict[str, _handlers.Operation] = {
    "CreateClusterParameterGroup": create_cluster_parameter_group,
    "ModifyClusterParameterGroup": modify_cluster_parameter_group,
    "ResetClusterParameterGroup": reset_cluster_parameter_group,
    "DescribeClusterParameters": describe_cluster_parameters,
    "DeleteClusterParameterGroup": delete_cluster_parameter_group,
    "CreateClusterSubnetGroup": create_cluster_subnet_group,
    "ModifyClusterSubnetGroup": modify_cluster_subnet_group,
    "DeleteClusterSubnetGroup": delete_cluster_subnet_group,
}
