"""Redshift snapshot schedules, which moto hasn't."""

from __future__ import annotations

from typing import Any

from moto.redshift.models import Cluster, RedshiftBackend, TaggableResourceMixin

from . import _handlers
from ._handlers import error


class SnapshotSchedule(TaggableResourceMixin):
    """When automated snapshots are taken of the clusters that it is associated with."""

    resource_type = "snapshotschedule"

    def __init__(self, backend: RedshiftBackend, request: dict[str, Any]) -> None:
        super().__init__(backend.account_id, backend.region_name, request.get("Tags"))
        self.identifier: str = request["ScheduleIdentifier"]
        self.description: str | None = request.get("ScheduleDescription")
        self.definitions: list[str] = request["ScheduleDefinitions"]
        self.clusters: list[str] = []

    @property
    def resource_id(self) -> str:
        return self.identifier

    def to_dict(self) -> dict[str, Any]:
        return {
            "ScheduleIdentifier": self.identifier,
            "ScheduleDescription": self.description,
            "ScheduleDefinitions": self.definitions,
            "Tags": self.tags,
            "AssociatedClusterCount": len(self.clusters),
            "AssociatedClusters": [
                {"ClusterIdentifier": name, "ScheduleAssociationState": "ACTIVE"} for name in self.clusters
            ],
        }


def _schedules(backend: RedshiftBackend) -> dict[str, SnapshotSchedule]:
    schedules: dict[str, SnapshotSchedule] = vars(backend).setdefault("snapshot_schedules", {})
    backend.RESOURCE_TYPE_MAP["snapshotschedule"] = schedules  # type: ignore[assignment]
    return schedules


def _schedule(backend: RedshiftBackend, name: str) -> SnapshotSchedule:
    if name not in _schedules(backend):
        raise error("SnapshotScheduleNotFound", f"Snapshot Schedule {name} not found.")
    return _schedules(backend)[name]


def create_snapshot_schedule(backend: RedshiftBackend, request: dict[str, Any]) -> dict[str, Any]:
    name = request.get("ScheduleIdentifier")
    if not name or not request.get("ScheduleDefinitions"):
        raise error("InvalidParameterValue", "A schedule needs an identifier and definitions.")
    if name in _schedules(backend):
        raise error("SnapshotScheduleAlreadyExists", f"Snapshot Schedule {name} already exists.")
    _validate(request["ScheduleDefinitions"])
    _schedules(backend)[name] = SnapshotSchedule(backend, request)
    return _schedules(backend)[name].to_dict()


def _validate(definitions: list[str]) -> None:
    for definition in definitions:
        if not (definition.startswith(("rate(", "cron(")) and definition.endswith(")")):
            raise error("InvalidSchedule", f"Invalid schedule definition: {definition}")


def describe_snapshot_schedules(backend: RedshiftBackend, request: dict[str, Any]) -> dict[str, Any]:
    cluster, name = request.get("ClusterIdentifier"), request.get("ScheduleIdentifier")
    found = [
        each.to_dict()
        for each in _schedules(backend).values()
        if name in (None, each.identifier) and (cluster is None or cluster in each.clusters)
    ]
    return {"SnapshotSchedules": found}


def modify_snapshot_schedule(backend: RedshiftBackend, request: dict[str, Any]) -> dict[str, Any]:
    schedule = _schedule(backend, request["ScheduleIdentifier"])
    _validate(request["ScheduleDefinitions"])
    schedule.definitions = request["ScheduleDefinitions"]
    return schedule.to_dict()


def delete_snapshot_schedule(backend: RedshiftBackend, request: dict[str, Any]) -> dict[str, Any]:
    schedule = _schedule(backend, request["ScheduleIdentifier"])
    if schedule.clusters:
        raise error("InvalidClusterSnapshotScheduleState", f"Snapshot Schedule {schedule.identifier} has clusters.")
    del _schedules(backend)[schedule.identifier]
    return {}


def modify_cluster_snapshot_schedule(backend: RedshiftBackend, request: dict[str, Any]) -> dict[str, Any]:
    [cluster] = backend.describe_clusters(request["ClusterIdentifier"])
    if request.get("DisassociateSchedule"):
        forget(backend, cluster.cluster_identifier)
        for key in ("SnapshotScheduleIdentifier", "SnapshotScheduleState"):
            vars(cluster).pop(key, None)
    else:
        associate(backend, cluster, request["ScheduleIdentifier"])
    return {}


def associate(backend: RedshiftBackend, cluster: Cluster, name: str) -> None:
    """Give ``cluster`` this schedule in the place of the one that it had."""
    schedule = _schedule(backend, name)
    forget(backend, cluster.cluster_identifier)
    schedule.clusters.append(cluster.cluster_identifier)
    vars(cluster).update(SnapshotScheduleIdentifier=name, SnapshotScheduleState="ACTIVE")


def forget(backend: RedshiftBackend, cluster: str) -> None:
    """Take ``cluster`` out of every schedule."""
    for schedule in _schedules(backend).values():
        schedule.clusters = [each for each in schedule.clusters if each != cluster]


OPERATIONS: dict[str, _handlers.Operation] = {
    "CreateSnapshotSchedule": create_snapshot_schedule,
    "DescribeSnapshotSchedules": describe_snapshot_schedules,
    "ModifySnapshotSchedule": modify_snapshot_schedule,
    "DeleteSnapshotSchedule": delete_snapshot_schedule,
    "ModifyClusterSnapshotSchedule": modify_cluster_snapshot_schedule,
}
