"""EC2's odd ones: what is attached after it is made, and what stays visible after it is gone."""

from __future__ import annotations

from typing import Any

from aistacks_core.property_values import Props
from aistacks_sandbox.providers.provider import Created

from ..cloud import AwsError
from ..handler import Handler

_ENDED = frozenset({"deleted", "deleting", "delete-complete", "terminated", "shutting-down"})


class _Lingering(Handler):
    """What AWS still shows for a while after its deletion."""

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """Nothing, once it is deleted."""
        state = answer.get("State")
        name = state.get("Name") if isinstance(state, dict) else state
        return {} if str(name or "").lower() in _ENDED else answer


class NatGateway(_Lingering):
    """A NAT gateway."""


class PrefixList(_Lingering):
    """A list of address ranges."""


class Peering(Handler):
    """A peering of two networks; AWS shows it for a while once it is deleted."""

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """Nothing, once it is deleted."""
        return {} if (answer.get("Status") or {}).get("Code") in _ENDED else answer


class Instance(_Lingering):
    """An instance."""

    def prepared(self, inputs: Props) -> Props:
        """The image under the name that reads give it."""
        sent = {key: value for key, value in inputs.items() if key != "securityGroups" or value}
        profile = sent.get("iamInstanceProfile")
        return {**sent, "iamInstanceProfile": {"name": profile}} if isinstance(profile, str) else sent


class InternetGateway(Handler):
    """A gateway, attached to a network."""

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Move it to its network."""
        before, after = state.get("vpcId"), inputs.get("vpcId")
        for operation, network in (("detach_internet_gateway", before), ("attach_internet_gateway", after)):
            if network and before != after:
                params = {"InternetGatewayId": id, "VpcId": network}
                self.cloud.call("ec2", operation, params, self.region)

    def cleared(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Detach it."""
        network = inputs.get("vpcId") or state.get("vpcId")
        if network:
            params = {"InternetGatewayId": id, "VpcId": network}
            self.cloud.call("ec2", "detach_internet_gateway", params, self.region)


class VpcEndpoint(_Lingering):
    """An endpoint, whose tables, subnets and groups are added and removed."""

    def prepared(self, inputs: Props) -> Props:
        """The emulator doesn't know the newest defaults."""
        return {key: value for key, value in inputs.items() if key not in ("autoAccept", "dnsOptions")}

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Add and remove what it belongs to."""
        params: Props = {}
        for name, member in (
            ("routeTableIds", "RouteTableIds"),
            ("subnetIds", "SubnetIds"),
            ("securityGroupIds", "SecurityGroupIds"),
        ):
            if not state or inputs.get(name) is None:
                continue
            before, after = set(state.get(name) or []), set(inputs[name])
            if after - before:
                params[f"Add{member}"] = sorted(after - before)
            if before - after:
                params[f"Remove{member}"] = sorted(before - after)
        if params:
            self.cloud.call("ec2", "modify_vpc_endpoint", {"VpcEndpointId": id, **params}, self.region)


class VpcEndpointRouteTableAssociation(Handler):
    """A route table of an endpoint."""

    def answered(self, answer: Props, inputs: Props) -> Props:
        """Nothing, if the endpoint hasn't the table."""
        if inputs.get("routeTableId") not in (answer.get("RouteTableIds") or []):
            return {}
        return {"VpcEndpointId": answer["VpcEndpointId"], "RouteTableId": inputs["routeTableId"]}


class FlowLog(Handler):
    """A flow log, whose failure comes inside a successful answer."""

    def prepared(self, inputs: Props) -> Props:
        """Name what is watched as the call wants it."""
        for key, kind in (("vpcId", "VPC"), ("subnetId", "Subnet"), ("eniId", "NetworkInterface")):
            if inputs.get(key):
                return {**inputs, "resourceIds": [inputs[key]], "resourceType": kind}
        return inputs

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """With what is watched under the name that Pulumi gives it."""
        watched = str(answer.get("ResourceId", ""))
        kinds = {"vpc-": "VpcId", "subnet-": "SubnetId", "eni-": "EniId"}
        return {**answer, **{member: watched for prefix, member in kinds.items() if watched.startswith(prefix)}}

    def _create(self, sent: Props, tags: dict[str, str]) -> tuple[Props, bool]:
        answer, tagged = super()._create(sent, tags)
        for failed in answer.get("Unsuccessful", []):
            error = failed.get("Error", {})
            raise AwsError("ec2 create_flow_logs", error.get("Code", ""), error.get("Message", ""))
        return answer, tagged


class LaunchTemplate(Handler):
    """A launch template: a change is a new version."""

    def create(self, inputs: Props) -> Created:
        """As a row, but for what EC2 calls otherwise."""
        return super().create(inputs)

    def prepared(self, inputs: Props) -> Props:
        """Switches are text in Pulumi; instances' own tags are pairs."""
        sent = dict(inputs)
        if sent.get("ebsOptimized") is not None:
            sent["ebsOptimized"] = str(sent["ebsOptimized"]).lower() == "true"
        for device in ("networkInterfaces", "blockDeviceMappings"):
            if sent.get(device):
                sent[device] = [_booleans(item) for item in sent[device]]
        if sent.get("networkInterfaces"):
            sent["networkInterfaces"] = [
                {("groups" if key == "securityGroups" else key): value for key, value in item.items()}
                for item in sent["networkInterfaces"]
            ]
        return sent

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Make the newest version the default one, if that is wanted."""
        wanted: Any = inputs.get("defaultVersion")
        if state and inputs.get("updateDefaultVersion"):
            answer = self.cloud.call("ec2", "describe_launch_templates", {"LaunchTemplateIds": [id]}, self.region)
            wanted = answer["LaunchTemplates"][0]["LatestVersionNumber"]
        if wanted is not None:
            params = {"LaunchTemplateId": id, "DefaultVersion": str(wanted)}
            self.cloud.call("ec2", "modify_launch_template", params, self.region)


def _booleans(item: Any) -> Any:
    """Texts ``"true"`` and ``"false"`` as what they say, at any depth."""
    if isinstance(item, dict):
        return {key: _booleans(value) for key, value in item.items()}
    return {"true": True, "false": False}.get(item, item) if isinstance(item, str) else item
