"""EKS node groups: the fields that moto drops or makes up, scaling and version updates."""

from __future__ import annotations

from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.eks.exceptions import ResourceNotFoundException
from moto.eks.models import NODEGROUP_NOT_FOUND_MSG, Cluster, EKSBackend, Nodegroup

from .eks_common import check_role, check_subnets, cluster_of, invalid, page, updated


def _nodegroup(backend: EKSBackend, request: dict[str, Any]) -> tuple[Cluster, Nodegroup]:
    cluster, name = cluster_of(backend, request), request["nodegroupName"]
    if name not in cluster.nodegroups:
        raise ResourceNotFoundException(
            clusterName=cluster.name,
            nodegroupName=name,
            message=NODEGROUP_NOT_FOUND_MSG.format(nodegroupName=name),
        )
    return cluster, cluster.nodegroups[name]


def _check_scaling(scaling: dict[str, int], **names: str) -> None:
    low, high, desired = scaling["minSize"], scaling["maxSize"], scaling["desiredSize"]
    if low > high:
        raise invalid("minSize can't be greater than maxSize", **names)
    if low > desired:
        raise invalid(f"Minimum capacity {low} can't be greater than desired size {desired}", **names)
    if desired > high:
        raise invalid(f"desired capacity {desired} can't be greater than max size {high}", **names)


def _launch_template(backend: EKSBackend, asked: dict[str, str] | None) -> dict[str, str] | None:
    if not asked:
        return None
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    key, value = ("id", asked["id"]) if asked.get("id") else ("name", asked["name"])
    known = [each for each in ec2.launch_templates.values() if getattr(each, key) == value]
    if not known:
        raise invalid(f"The specified launch template, with template {key} {value}, does not exist.")
    return {
        "id": known[0].id,
        "name": known[0].name,
        "version": str(asked.get("version") or known[0].default_version_number),
    }


def create_nodegroup(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    cluster, name = cluster_of(backend, request), request["nodegroupName"]
    names = {"clusterName": cluster.name, "nodegroupName": name}
    scaling = {"minSize": 1, "maxSize": 2, "desiredSize": 2, **(request.get("scalingConfig") or {})}
    _check_scaling(scaling, **names)
    check_subnets(backend, request["subnets"])
    check_role(backend, request["nodeRole"])
    template = _launch_template(backend, request.get("launchTemplate"))
    disk, remote = request.get("diskSize"), request.get("remoteAccess")
    group: Any = backend.create_nodegroup(
        cluster_name=cluster.name,
        node_role=request["nodeRole"],
        nodegroup_name=name,
        subnets=request["subnets"],
        scaling_config=scaling,
        disk_size=disk,
        instance_types=request.get("instanceTypes"),
        ami_type=request.get("amiType") or "AL2023_x86_64_STANDARD",
        remote_access=remote,
        labels=request.get("labels"),
        taints=request.get("taints"),
        tags=request.get("tags"),
        launch_template=template,
        capacity_type=request.get("capacityType"),
        version=request.get("version") or cluster.version,
        release_version=request.get("releaseVersion") or f"{cluster.version}.0-20260101",
    )
    # moto makes these up where they weren't asked for, which would read back as a change.
    group.remote_access = remote
    group.resources = {"autoScalingGroups": group.resources["autoScalingGroups"]}
    group.update_config = request.get("updateConfig") or {"maxUnavailable": 1}
    group.node_repair_config = request.get("nodeRepairConfig")
    if template:
        group.disk_size = None
        group.instance_types = request.get("instanceTypes")
    return {"nodegroup": group}


def update_nodegroup_config(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    cluster, group = _nodegroup(backend, request)
    scaling = request.get("scalingConfig")
    if scaling:
        scaling = {**group.scaling_config, **scaling}
        _check_scaling(scaling, clusterName=cluster.name, nodegroupName=group.nodegroup_name)
    backend.update_nodegroup_config(
        cluster_name=cluster.name,
        nodegroup_name=group.nodegroup_name,
        labels=request.get("labels"),
        taints=request.get("taints"),
        scaling_config=scaling,
        update_config=request.get("updateConfig"),
        node_repair_config=request.get("nodeRepairConfig"),
    )
    return updated(cluster, "ConfigUpdate", _config_params(request))


def _config_params(request: dict[str, Any]) -> dict[str, Any]:
    names = {
        "addOrUpdateLabels": "LabelsToAdd",
        "removeLabels": "LabelsToRemove",
        "addOrUpdateTaints": "TaintsToAdd",
        "removeTaints": "TaintsToRemove",
    }
    parts = ("labels", "taints", "scalingConfig", "updateConfig", "nodeRepairConfig")
    return {
        names.get(key, key[0].upper() + key[1:]): value
        for part in parts
        for key, value in (request.get(part) or {}).items()
    }


def update_nodegroup_version(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    cluster, group = _nodegroup(backend, request)
    version = request.get("version") or (cluster.version if not request.get("launchTemplate") else group.version)
    if tuple(map(int, version.split("."))) > tuple(map(int, cluster.version.split("."))):
        raise invalid(
            f"Nodegroup Kubernetes version {version} can't be greater than cluster version {cluster.version}",
            clusterName=cluster.name,
            nodegroupName=group.nodegroup_name,
        )
    if template := _launch_template(backend, request.get("launchTemplate")):
        group.launch_template = template
    if version != group.version or request.get("releaseVersion"):
        group.release_version = request.get("releaseVersion") or f"{version}.0-20260101"
    group.version, group.modified_at = version, utcnow()
    return updated(cluster, "VersionUpdate", {"Version": version, "ReleaseVersion": group.release_version})


def list_nodegroups(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    return page(request, "nodegroups", cluster_of(backend, request).nodegroups)


def list_fargate_profiles(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    return page(request, "fargateProfileNames", cluster_of(backend, request).fargate_profiles)


OPERATIONS = {
    "ListNodegroups": list_nodegroups,
    "ListFargateProfiles": list_fargate_profiles,
    "CreateNodegroup": create_nodegroup,
    "UpdateNodegroupConfig": update_nodegroup_config,
    "UpdateNodegroupVersion": update_nodegroup_version,
}
