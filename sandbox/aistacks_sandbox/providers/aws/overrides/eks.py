"""EKS clusters' log types, and node groups' labels and taints, which change by difference."""

from __future__ import annotations

from typing import Any

from aistacks_core.property_values import Props

from ..handler import Handler

_LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")


class Cluster(Handler):
    """A cluster, whose log types are a list to Pulumi and two groups to AWS."""

    def prepared(self, inputs: Props) -> Props:
        """The types to switch on, and those to switch off."""
        wanted = inputs.get("enabledClusterLogTypes") or []
        rest = [name for name in _LOG_TYPES if name not in wanted]
        groups = [{"types": wanted, "enabled": True}, {"types": rest, "enabled": False}]
        sent = {name: value for name, value in inputs.items() if name != "enabledClusterLogTypes"}
        return {**sent, "logging": {"clusterLogging": [group for group in groups if group["types"]]}}

    def unplaced(self, inputs: Props) -> list[str]:
        """What no call sends; the log types go with ``logging``, and the creator's rights at creation only."""
        elsewhere = ("enabledClusterLogTypes", "accessConfig.bootstrapClusterCreatorAdminPermissions")
        return [name for name in super().unplaced(inputs) if name not in elsewhere]

    def answered(self, answer: Props, inputs: Props) -> Props:
        """Log types as Pulumi's list, the issuer where it has it, the zone's configuration only if asked for."""
        groups = answer.get("logging", {}).get("clusterLogging", [])
        types = [name for group in groups if group.get("enabled") for name in group.get("types", [])]
        shown = {**answer, "identities": [{"oidcs": [answer.get("identity", {}).get("oidc", {})]}]}
        if types or inputs.get("enabledClusterLogTypes"):
            shown["enabledClusterLogTypes"] = types
        return shown


class NodeGroup(Handler):
    """A node group."""

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """What it made, under Pulumi's names."""
        made = answer.get("resources") or {}
        groups = {"autoscalingGroups": made.get("autoScalingGroups", [])}
        return {**answer, "resources": [{**groups, "remoteAccessSecurityGroupId": ""}]}

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002, ARG002
        """Send which labels and taints came, changed and went."""
        if not state:
            return
        labels, before = inputs.get("labels") or {}, state.get("labels") or {}
        came = {key: value for key, value in labels.items() if before.get(key) != value}
        gone = sorted(set(before) - set(labels))
        params: Props = {}
        if came or gone:
            params["labels"] = _filled({"addOrUpdateLabels": came, "removeLabels": gone})
        taints, old = inputs.get("taints") or [], state.get("taints") or []
        added = [taint for taint in taints if taint not in old]
        kept = {_key(taint) for taint in taints}
        removed = [taint for taint in old if _key(taint) not in kept]
        if added or removed:
            params["taints"] = _filled({"addOrUpdateTaints": added, "removeTaints": removed})
        if params:
            names = {"clusterName": inputs["clusterName"], "nodegroupName": inputs["nodeGroupName"]}
            self.cloud.call("eks", "update_nodegroup_config", names | params, self.region)


def _filled(parts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value}


def _key(taint: Props) -> tuple[Any, Any]:
    return taint.get("key"), taint.get("effect")
