"""Redshift, whose answers nest what Pulumi has flat."""

from __future__ import annotations

from typing import Any

from aistacks_core.property_values import Props

from ..handler import Handler


class Cluster(Handler):
    """A cluster: single-node or multi-node by its number of nodes."""

    def prepared(self, inputs: Props) -> Props:
        """The type that the number of nodes means; a single node has no number."""
        sent = {**inputs}
        if int(inputs.get("numberOfNodes") or 1) > 1:
            sent["clusterType"] = "multi-node"
        else:
            sent["clusterType"] = "single-node"
            sent["numberOfNodes"] = None
        return sent

    def unplaced(self, inputs: Props) -> list[str]:
        """What no call sends; the number of nodes tells the type."""
        return [name for name in super().unplaced(inputs) if name not in ("numberOfNodes", "defaultIamRoleArn")]

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """Lists of ids, switches and the address, as Pulumi shows them."""
        nodes, place = answer.get("NumberOfNodes", 1), answer.get("Endpoint", {})
        groups = answer.get("ClusterParameterGroups") or [{}]
        return {
            **answer,
            "IamRoles": [role["IamRoleArn"] for role in answer.get("IamRoles", [])],
            "VpcSecurityGroupIds": [group["VpcSecurityGroupId"] for group in answer.get("VpcSecurityGroups", [])],
            "ClusterParameterGroupName": groups[0].get("ParameterGroupName"),
            "ClusterType": "multi-node" if nodes > 1 else "single-node",
            "MultiAZ": answer.get("MultiAZ") == "Enabled",
            "AvailabilityZoneRelocation": answer.get("AvailabilityZoneRelocationStatus") == "enabled",
            "EndpointText": f"{place.get('Address')}:{place.get('Port')}",
        }

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Roles that came and went."""
        if not state:
            return
        before, after = set(state.get("iamRoles") or []), set(inputs.get("iamRoles") or [])
        params: Props = {"AddIamRoles": sorted(after - before), "RemoveIamRoles": sorted(before - after)}
        params = {name: value for name, value in params.items() if value}
        if inputs.get("defaultIamRoleArn") != state.get("defaultIamRoleArn"):
            params["DefaultIamRoleArn"] = inputs.get("defaultIamRoleArn") or ""
        if params:
            self.cloud.call("redshift", "modify_cluster_iam_roles", {"ClusterIdentifier": id, **params}, self.region)


class SubnetGroup(Handler):
    """A group of subnets."""

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """The subnets' ids alone."""
        return {**answer, "SubnetIds": [subnet["SubnetIdentifier"] for subnet in answer.get("Subnets", [])]}


class ParameterGroup(Handler):
    """A group of parameters: those that were set, the others being AWS's."""

    def prepared(self, inputs: Props) -> Props:
        """The parameters under AWS's names."""
        parameters = [
            {"ParameterName": each["name"], "ParameterValue": str(each["value"])}
            for each in inputs.get("parameters") or []
        ]
        return {**inputs, "parameters": parameters} if parameters else {**inputs, "parameters": None}

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Give back to AWS what isn't set any more."""
        kept = {each["name"] for each in inputs.get("parameters") or []}
        gone = [each["name"] for each in state.get("parameters") or [] if each["name"] not in kept]
        if gone:
            params = {"ParameterGroupName": id, "Parameters": [{"ParameterName": name} for name in gone]}
            self.cloud.call("redshift", "reset_cluster_parameter_group", params, self.region)

    def _look(self, id: str, inputs: Props, state: Props) -> Props | None:  # noqa: A002
        seen = super()._look(id, inputs, state)
        if seen is not None:
            shown: list[Any] = seen.get("Parameters") or []
            seen["Parameters"] = [{"name": each["ParameterName"], "value": each["ParameterValue"]} for each in shown]
        return seen

    def _wanted(self, operation: Any, inputs: Props) -> bool:
        return bool(inputs.get("parameters")) and super()._wanted(operation, inputs)

    def _touches(self, operation: Any, changed: set[str], inputs: Props) -> bool:
        return bool(inputs.get("parameters")) and super()._touches(operation, changed, inputs)


class Logging(Handler):
    """A cluster's audit log."""

    def answered(self, answer: Props, inputs: Props) -> Props:
        """Nothing, once it is off."""
        return {**answer, "ClusterIdentifier": inputs.get("clusterIdentifier")} if answer.get("LoggingEnabled") else {}


class SnapshotSchedule(Handler):
    """A schedule."""

    def cleared(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002, ARG002
        """With ``forceDestroy``, take it from the clusters that have it."""
        if inputs.get("forceDestroy"):
            answer = self.cloud.call("redshift", "describe_snapshot_schedules", {"ScheduleIdentifier": id}, self.region)
            for schedule in answer.get("SnapshotSchedules", []):
                for cluster in schedule.get("AssociatedClusters", []):
                    params = {"ClusterIdentifier": cluster["ClusterIdentifier"], "DisassociateSchedule": True}
                    self.cloud.call("redshift", "modify_cluster_snapshot_schedule", params, self.region)
