"""Container services and scaling groups: JSON inside texts, lists as texts, and what stays visible once it is gone."""

from __future__ import annotations

import json
from typing import Any

from aistacks_core.property_values import Props
from aistacks_sandbox.providers.failures import ProviderError

from ..cloud import AwsError
from ..handler import Handler


class Cluster(Handler):
    """A cluster; AWS still shows it once it is gone."""

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """Nothing, once it is inactive."""
        return {} if answer.get("status") == "INACTIVE" else answer


class TaskDefinition(Handler):
    """A revision of a family; its containers are JSON in a text."""

    def prepared(self, inputs: Props) -> Props:
        """With the containers as a list."""
        text = inputs.get("containerDefinitions")
        if not isinstance(text, str):
            return inputs
        try:
            containers = json.loads(text)
        except ValueError as error:
            raise ProviderError(
                f"containerDefinitions: got a text that is no JSON ({error}); expected a list"
            ) from error
        return {**inputs, "containerDefinitions": containers}

    def _look(self, id: str, inputs: Props, state: Props) -> Props | None:  # noqa: A002
        made = (state.get("taskDefinition") or {}).get("taskDefinitionArn")
        try:
            return super()._look(id, inputs, {**state, "arn": made} if made else state)
        except AwsError as error:
            if error.code == "ClientException":  # all that AWS says of a family that it doesn't know
                return None
            raise

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """Nothing, once it is deregistered."""
        return {} if answer.get("status") == "INACTIVE" else answer

    def _outputs(self, id: str, inputs: Props, seen: Props, state: Props) -> Props:  # noqa: A002
        outputs = super()._outputs(id, inputs, seen, state)
        arn = str(outputs.get("arn", ""))
        return {**outputs, "arnWithoutRevision": arn.rpartition(":")[0]}


class Service(Handler):
    """A service of a cluster; without one, of the account's default."""

    def completed(self, operation: Any, inputs: Props, params: Props) -> Props:
        """With the deployment's percentages, and a public address as a word."""
        percentages = {
            "minimumHealthyPercent": inputs.get("deploymentMinimumHealthyPercent"),
            "maximumPercent": inputs.get("deploymentMaximumPercent"),
        }
        given = {name: value for name, value in percentages.items() if value is not None}
        if given and operation.call in ("create_service", "update_service"):
            params["deploymentConfiguration"] = {**params.get("deploymentConfiguration", {}), **given}
        network = (params.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
        if network:
            network.setdefault("securityGroups", [])  # moto wants them; AWS takes the network's default one
        if "assignPublicIp" in network:
            network["assignPublicIp"] = (
                "ENABLED" if network["assignPublicIp"] in (True, "true", "ENABLED") else "DISABLED"
            )
        return params

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """Nothing, once it is inactive."""
        return {} if answer.get("status") == "INACTIVE" else answer


class ScalingGroup(Handler):
    """A group of instances: its subnets are one text, and its tags say whether instances get them."""

    def completed(self, operation: Any, inputs: Props, params: Props) -> Props:
        """With both."""
        if operation.call in ("create_auto_scaling_group", "update_auto_scaling_group"):
            if inputs.get("vpcZoneIdentifiers"):
                params["VPCZoneIdentifier"] = ",".join(inputs["vpcZoneIdentifiers"])
            if operation.call == "create_auto_scaling_group" and inputs.get("tags"):
                params["Tags"] = [
                    {
                        "Key": tag["key"],
                        "Value": str(tag["value"]),
                        "PropagateAtLaunch": bool(tag.get("propagateAtLaunch")),
                        "ResourceType": "auto-scaling-group",
                        "ResourceId": inputs["name"],
                    }
                    for tag in inputs["tags"]
                ]
        return params

    def all_tags(self, inputs: Props) -> dict[str, str]:  # noqa: ARG002
        """None as a map: they are a list here."""
        return {}

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """Subnets as a list."""
        subnets = answer.get("VPCZoneIdentifier")
        return {**answer, "VPCZoneIdentifier": subnets.split(",")} if isinstance(subnets, str) and subnets else answer
