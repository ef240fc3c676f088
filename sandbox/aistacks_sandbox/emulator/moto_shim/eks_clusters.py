"""EKS clusters: everything that moto forgets of one, and the updates that it answers wrongly."""

from __future__ import annotations

import secrets
from typing import Any

from moto.ec2.models import ec2_backends
from moto.eks.exceptions import InvalidRequestException, ResourceInUseException
from moto.eks.models import CLUSTER_EXISTS_MSG, Cluster, EKSBackend

from aistacks_catalog.aws import facts as _facts

from .eks_common import check_role, check_subnets, cluster_of, found, invalid, kept, page, updated

_LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
# Of a request, what a description shows as it was asked for.
_PLAIN = {
    "computeConfig": "compute_config",
    "storageConfig": "storage_config",
    "zonalShiftConfig": "zonal_shift_config",
    "remoteNetworkConfig": "remote_network_config",
    "upgradePolicy": "upgrade_policy",
    "deletionProtection": "deletion_protection",
}


def create_cluster(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    name, version = request["name"], request.get("version") or _facts.eks_offered()[-1]
    if name in backend.clusters:
        raise ResourceInUseException(clusterName=name, message=CLUSTER_EXISTS_MSG.format(clusterName=name))
    if version not in _facts.eks_offered():
        raise invalid(f"unsupported Kubernetes version {version}", clusterName=name)
    check_role(backend, request["roleArn"])
    vpc = _vpc_config(backend, name, {}, request["resourcesVpcConfig"])
    cluster: Any = backend.create_cluster(
        name=name,
        role_arn=request["roleArn"],
        resources_vpc_config=vpc,
        version=version,
        kubernetes_network_config=_network(request.get("kubernetesNetworkConfig")),
        logging=_logging(request.get("logging")),
        client_request_token=request.get("clientRequestToken"),
        tags=request.get("tags") or {},
        encryption_config=request.get("encryptionConfig"),
    )
    access = request.get("accessConfig") or {}
    cluster.access_config = {
        "bootstrapClusterCreatorAdminPermissions": True,
        "authenticationMode": "CONFIG_MAP",
        **access,
    }
    cluster.health = {"issues": []}
    cluster.upgrade_policy = {"supportType": "EXTENDED"}
    cluster.deletion_protection = False
    for key, attribute in _PLAIN.items():
        if request.get(key) is not None:
            setattr(cluster, attribute, request[key])
    _create_security_group(backend, cluster)
    return {"cluster": cluster}


def _network(asked: dict[str, Any] | None) -> dict[str, Any]:
    defaults = {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"}
    return {**defaults, "elasticLoadBalancing": {"enabled": False}, **(asked or {})}


def _logging(asked: dict[str, Any] | None) -> dict[str, Any]:
    """AWS's form: the types that are on, then those that are off."""
    enabled: set[str] = set()
    for setup in (asked or {}).get("clusterLogging", []):
        types = set(setup.get("types", []))
        enabled = enabled | types if setup.get("enabled") else enabled - types
    groups = [(True, enabled), (False, set(_LOG_TYPES) - enabled)]
    return {
        "clusterLogging": [
            {"types": [each for each in _LOG_TYPES if each in types], "enabled": state}
            for state, types in groups
            if types
        ]
    }


def _vpc_config(backend: EKSBackend, cluster: str, now: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    config = {
        "securityGroupIds": [],
        "endpointPublicAccess": True,
        "endpointPrivateAccess": False,
        "publicAccessCidrs": ["0.0.0.0/0"],
        **now,
        **{key: value for key, value in asked.items() if value is not None},
    }
    subnets = check_subnets(backend, config.get("subnetIds", []))
    if len({subnet.availability_zone for subnet in subnets}) < 2:
        raise invalid("Subnets specified must be in at least two different AZs", clusterName=cluster)
    vpcs = {subnet.vpc_id for subnet in subnets}
    if len(vpcs) > 1:
        raise invalid("Subnets must all be in the same VPC", clusterName=cluster)
    if not config["endpointPublicAccess"] and not config["endpointPrivateAccess"]:
        raise invalid("Private and public endpoint access cannot be false", clusterName=cluster)
    known = {group.id for group in ec2_backends[backend.account_id][backend.region_name].describe_security_groups()}
    for group in config["securityGroupIds"]:
        if group not in known:
            raise invalid(f"The security group '{group}' does not exist", clusterName=cluster)
    if not config["endpointPublicAccess"]:
        config["publicAccessCidrs"] = []
    elif not config["publicAccessCidrs"]:
        config["publicAccessCidrs"] = ["0.0.0.0/0"]
    return {**config, "vpcId": vpcs.pop()}


def _create_security_group(backend: EKSBackend, cluster: Cluster) -> None:
    """The group that EKS makes for the control plane and its nodes; it goes with the cluster."""
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    group = ec2.create_security_group(
        f"eks-cluster-sg-{cluster.name}-{secrets.randbelow(10**10)}",
        "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, "
        "as well as any managed workloads.",
        vpc_id=cluster.resources_vpc_config["vpcId"],
        tags={f"kubernetes.io/cluster/{cluster.name}": "owned", "aws:eks:cluster-name": cluster.name},
    )
    cluster.resources_vpc_config["clusterSecurityGroupId"] = group.id


def delete_cluster(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    cluster = cluster_of(backend, request)
    if vars(cluster)["deletion_protection"]:
        raise InvalidRequestException(
            clusterName=cluster.name, message="Cluster cannot be deleted as deletion protection is enabled"
        )
    if cluster.fargate_profiles:
        raise ResourceInUseException(clusterName=cluster.name, message="Cluster has Fargate profiles attached")
    backend.delete_cluster(cluster.name)
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    ec2.delete_security_group(group_id=cluster.resources_vpc_config["clusterSecurityGroupId"])
    cluster.status = "DELETING"
    return {"cluster": cluster}


def update_cluster_config(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    cluster = cluster_of(backend, request)
    if vpc := request.get("resourcesVpcConfig"):
        cluster.resources_vpc_config = _vpc_config(backend, cluster.name, cluster.resources_vpc_config, vpc)
        endpoint = any(key.startswith(("endpoint", "public")) for key in vpc)
        return updated(cluster, "EndpointAccessUpdate" if endpoint else "VpcConfigUpdate", _params(vpc))
    if logging := request.get("logging"):
        merged = cluster.logging["clusterLogging"] + logging.get("clusterLogging", [])
        cluster.logging = _logging({"clusterLogging": merged})
        return updated(cluster, "LoggingUpdate", {"ClusterLogging": logging["clusterLogging"]})
    if access := request.get("accessConfig"):
        mode = access["authenticationMode"]
        order = ["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"]
        if order.index(mode) < order.index(vars(cluster)["access_config"]["authenticationMode"]):
            raise invalid("Unsupported authentication mode update", clusterName=cluster.name)
        vars(cluster)["access_config"]["authenticationMode"] = mode
        return updated(cluster, "AccessConfigUpdate", {"AuthenticationMode": mode})
    for key, attribute in _PLAIN.items():
        if request.get(key) is not None:
            setattr(cluster, attribute, request[key])
            word = key[0].upper() + key[1:]
            kind = "AutoModeUpdate" if key in ("computeConfig", "storageConfig") else f"{word}Update"
            return updated(cluster, kind, {word: request[key]})
    raise invalid("No changes needed for the cluster configuration provided", clusterName=cluster.name)


def _params(vpc: dict[str, Any]) -> dict[str, Any]:
    names = {"subnetIds": "Subnets", "securityGroupIds": "SecurityGroups"}
    return {names.get(key, key[0].upper() + key[1:]): value for key, value in vpc.items()}


def update_cluster_version(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    cluster, version = cluster_of(backend, request), request["version"]
    offered = _facts.eks_offered()
    if version not in offered:
        raise invalid(f"unsupported Kubernetes version {version}", clusterName=cluster.name)
    step = offered.index(version) - offered.index(cluster.version)
    if step == 0:
        raise invalid(f"Cluster is already at the desired Kubernetes version {version}", clusterName=cluster.name)
    if step != 1:
        raise invalid(
            f"Unsupported Kubernetes minor version update from {cluster.version} to {version}",
            clusterName=cluster.name,
        )
    cluster.version = version
    return updated(cluster, "VersionUpdate", {"Version": version, "PlatformVersion": cluster.platformVersion})


def associate_encryption_config(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    cluster = cluster_of(backend, request)
    if cluster.encryption_config:
        raise ResourceInUseException(
            clusterName=cluster.name, message="Cluster already has an encryption configuration"
        )
    cluster.encryption_config = request["encryptionConfig"]
    return updated(cluster, "AssociateEncryptionConfig", {"EncryptionConfig": request["encryptionConfig"]})


def describe_update(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    cluster = cluster_of(backend, request)
    message = f"No update found for ID: {request['updateId']}"
    return {"update": found(kept(cluster, "updates"), request["updateId"], message)}


def list_updates(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    return page(request, "updateIds", kept(cluster_of(backend, request), "updates"))


def describe_cluster_versions(_: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    offered = _facts.eks_offered()
    asked = request.get("clusterVersions") or offered
    versions = [
        {"clusterVersion": each, "clusterType": "eks", "defaultVersion": each == offered[-1]}
        for each in reversed(offered)
        if each in asked
    ]
    return {"clusterVersions": versions}


def _arns(backend: EKSBackend) -> dict[str, dict[str, str]]:
    tags: dict[str, dict[str, str]] = {}
    for cluster in backend.clusters.values():
        tags[cluster.arn] = cluster.tags
        tags |= {group.arn: group.tags for group in cluster.nodegroups.values()}
        tags |= {each.fargate_profile_arn: each.tags for each in cluster.fargate_profiles.values()}
        for kind, arn in (("addons", "addonArn"), ("entries", "accessEntryArn"), ("pods", "associationArn")):
            tags |= {each[arn]: each["tags"] for each in kept(cluster, kind).values()}
    return tags


def _tags(backend: EKSBackend, request: dict[str, Any]) -> dict[str, str]:
    tags: dict[str, str] = found(_arns(backend), request["resourceArn"], "Resource was not found")
    return tags


def tag_resource(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    _tags(backend, request).update(request["tags"])
    return {}


def untag_resource(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    tags = _tags(backend, request)
    for key in request["tagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags_for_resource(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    return {"tags": _tags(backend, request)}


OPERATIONS = {
    "CreateCluster": create_cluster,
    "DeleteCluster": delete_cluster,
    "UpdateClusterConfig": update_cluster_config,
    "UpdateClusterVersion": update_cluster_version,
    "AssociateEncryptionConfig": associate_encryption_config,
    "DescribeUpdate": describe_update,
    "ListUpdates": list_updates,
    "DescribeClusterVersions": describe_cluster_versions,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsForResource": list_tags_for_resource,
}
