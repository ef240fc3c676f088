"""Redshift: what moto leaves out of a cluster, and the operations that it hasn't."""

from __future__ import annotations

import uuid
from typing import Any

from moto.core.responses import ActionResult
from moto.redshift.models import Cluster, RedshiftBackend
from moto.redshift.responses import RedshiftResponse

from . import _handlers, _secrets, redshift_groups, redshift_schedules
from ._handlers import error, request_of

# Request to description, where the value is shown as it was asked for.
_PLAIN = {
    "ManualSnapshotRetentionPeriod": "ManualSnapshotRetentionPeriod",
    "MaintenanceTrackName": "MaintenanceTrackName",
    "DefaultIamRoleArn": "DefaultIamRoleArn",
    "IpAddressType": "IpAddressType",
    "KmsKeyId": "KmsKeyId",
}


def _validate(backend: RedshiftBackend, request: dict[str, Any]) -> None:
    nodes, kind = request.get("NumberOfNodes"), request.get("ClusterType") or "multi-node"
    if kind == "multi-node" and "NodeType" in request and (nodes or 1) < 2 and "ClusterType" in request:
        raise error(
            "InvalidParameterCombination",
            "Number of nodes for cluster type multi-node must be greater than or equal to 2",
        )
    if group := request.get("ClusterSubnetGroupName"):
        backend.describe_cluster_subnet_groups(group)
    if group := request.get("ClusterParameterGroupName"):
        backend.describe_cluster_parameter_groups(group)
    password = request.get("MasterUserPassword")
    if password and request.get("ManageMasterPassword"):
        raise error(
            "InvalidParameterCombination",
            "You can't specify MasterUserPassword and ManageMasterPassword in the same request.",
        )
    if password is not None and (weakness := _weakness(password)):
        raise error("InvalidParameterValue", f"The parameter MasterUserPassword {weakness}.")


def _weakness(password: str) -> str | None:
    if not 8 <= len(password) <= 64:
        return "must be between 8 and 64 characters long"
    for sign, test in (
        ("one uppercase letter", str.isupper),
        ("one lowercase letter", str.islower),
        ("one number", str.isdigit),
    ):
        if not any(map(test, password)):
            return f"must contain at least {sign}"
    if set(password) & set("'\"\\/@ "):
        return "contains a character that isn't allowed: any of ' \" \\ / @ or a space"
    return None


def _create_cluster(plain: Any) -> Any:
    def create_cluster(self: RedshiftResponse) -> ActionResult:
        request, backend = request_of(self), self.redshift_backend
        _validate(backend, request)
        if not request.get("MasterUserPassword") and not request.get("ManageMasterPassword"):
            raise error("InvalidParameterValue", "The parameter MasterUserPassword must be provided.")
        answer: ActionResult = plain(self)
        cluster = backend.clusters[request["ClusterIdentifier"]]
        groups = backend.subnet_groups
        vars(cluster).update(
            ClusterAvailabilityStatus="Available",
            ClusterNamespaceArn=cluster.arn.rsplit(":", 2)[0] + f":namespace:{uuid.uuid4()}",
            ManualSnapshotRetentionPeriod=-1,
            MaintenanceTrackName="current",
            AvailabilityZoneRelocationStatus="disabled",
            AquaConfiguration={"AquaStatus": "disabled", "AquaConfigurationStatus": "auto"},
            MultiAZ="Disabled",
            IpAddressType="ipv4",
            ClusterRevisionNumber="1",
            ClusterNodes=_nodes(cluster),
            VpcId=groups[cluster.cluster_subnet_group_name].vpc_id
            if cluster.cluster_subnet_group_name in groups
            else None,
        )
        _apply(backend, cluster, request)
        if schedule := request.get("SnapshotScheduleIdentifier"):
            redshift_schedules.associate(backend, cluster, schedule)
        return answer

    return create_cluster


def _nodes(cluster: Cluster) -> list[dict[str, str]]:
    count = cluster.number_of_nodes
    roles = ["SHARED"] if count == 1 else ["LEADER", *(f"COMPUTE-{index}" for index in range(count))]
    return [{"NodeRole": role, "PrivateIPAddress": "10.0.0.4"} for role in roles]


def _apply(backend: RedshiftBackend, cluster: Cluster, request: dict[str, Any]) -> None:
    extra = vars(cluster)
    extra.update({shown: request[key] for key, shown in _PLAIN.items() if request.get(key) is not None})
    if request.get("KmsKeyId"):
        cluster.kms_key_id = request["KmsKeyId"]
    if request.get("ClusterParameterGroupName"):
        cluster.cluster_parameter_group_name = [request["ClusterParameterGroupName"]]
    if request.get("AvailabilityZoneRelocation") is not None:
        extra["AvailabilityZoneRelocationStatus"] = "enabled" if request["AvailabilityZoneRelocation"] else "disabled"
    if request.get("MultiAZ") is not None:
        extra["MultiAZ"] = "Enabled" if request["MultiAZ"] else "Disabled"
    if request.get("ManageMasterPassword"):
        key = request.get("MasterPasswordSecretKmsKeyId")
        if "MasterPasswordSecretArn" not in extra:
            name = f"redshift!{cluster.cluster_identifier}-{cluster.master_username}"
            extra["MasterPasswordSecretArn"] = _secrets.create(backend, name, cluster.master_username, key)
        if key:
            extra["MasterPasswordSecretKmsKeyId"] = key
    elif request.get("ManageMasterPassword") is False or request.get("MasterUserPassword"):
        _secrets.delete(backend, extra.pop("MasterPasswordSecretArn", None))
        extra.pop("MasterPasswordSecretKmsKeyId", None)


def _modify_cluster(plain: Any) -> Any:
    def modify_cluster(self: RedshiftResponse) -> ActionResult:
        request, backend = request_of(self), self.redshift_backend
        backend.describe_clusters(request["ClusterIdentifier"])
        _validate(backend, request)
        answer: ActionResult = plain(self)
        name = request.get("NewClusterIdentifier") or request["ClusterIdentifier"]
        cluster = backend.clusters[name]
        for key in ("publicly_accessible", "encrypted", "enhanced_vpc_routing"):
            setattr(cluster, key, getattr(cluster, key) in (True, "true"))
        if request.get("Port"):
            cluster.port = int(request["Port"])
        _apply(backend, cluster, request)
        vars(cluster)["ClusterNodes"] = _nodes(cluster)
        return answer

    return modify_cluster


def _delete_cluster(plain: Any) -> Any:
    def delete_cluster(self: RedshiftResponse) -> ActionResult:
        request, backend = request_of(self), self.redshift_backend
        [cluster] = backend.describe_clusters(request["ClusterIdentifier"])
        if not request.get("SkipFinalClusterSnapshot") and not request.get("FinalClusterSnapshotIdentifier"):
            raise error(
                "InvalidParameterCombination",
                "FinalClusterSnapshotIdentifier is required unless SkipFinalClusterSnapshot is specified.",
            )
        answer: ActionResult = plain(self)
        _secrets.delete(backend, vars(cluster).get("MasterPasswordSecretArn"))
        redshift_schedules.forget(backend, cluster.cluster_identifier)
        cluster.status = "deleting"
        return answer

    return delete_cluster


def modify_cluster_iam_roles(backend: RedshiftBackend, request: dict[str, Any]) -> dict[str, Any]:
    [cluster] = backend.describe_clusters(request["ClusterIdentifier"])
    gone = set(request.get("RemoveIamRoles") or [])
    roles = [*cluster.iam_roles_arn, *(request.get("AddIamRoles") or [])]
    cluster.iam_roles_arn = [role for role in dict.fromkeys(roles) if role not in gone]
    if request.get("DefaultIamRoleArn") is not None:
        vars(cluster)["DefaultIamRoleArn"] = request["DefaultIamRoleArn"] or None
    return {"Cluster": cluster}


def disable_logging(backend: RedshiftBackend, request: dict[str, Any]) -> dict[str, Any]:
    [cluster] = backend.describe_clusters(request["ClusterIdentifier"])
    cluster.logging_details = {"LoggingEnabled": False}
    return cluster.logging_details


def enable_logging(backend: RedshiftBackend, request: dict[str, Any]) -> dict[str, Any]:
    [cluster] = backend.describe_clusters(request["ClusterIdentifier"])
    kept = {key: request[key] for key in ("BucketName", "S3KeyPrefix", "LogExports") if request.get(key)}
    kind = request.get("LogDestinationType") or "s3"
    if kind == "s3" and "BucketName" not in kept:
        raise error("InvalidParameterCombination", "BucketName is required when LogDestinationType is s3.")
    cluster.logging_details = {"LoggingEnabled": True, "LogDestinationType": kind, **kept}
    return cluster.logging_details


def apply() -> None:
    for wrapped in (_create_cluster, _modify_cluster, _delete_cluster):
        name = wrapped.__name__.lstrip("_")
        setattr(RedshiftResponse, name, wrapped(getattr(RedshiftResponse, name)))
    operations: dict[str, _handlers.Operation] = {
        "ModifyClusterIamRoles": modify_cluster_iam_roles,
        "EnableLogging": enable_logging,
        "DisableLogging": disable_logging,
        **redshift_groups.OPERATIONS,
        **redshift_schedules.OPERATIONS,
    }
    _handlers.serve(RedshiftResponse, "redshift_backend", operations)
