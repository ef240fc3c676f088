"""Routes and associations, which AWS shows only inside their table."""

from __future__ import annotations

from typing import Any

from aistacks_catalog.aws.types.words import match
from aistacks_core.property_values import Props

from ..cloud import AwsError
from ..handler import Handler

_DESTINATIONS = {
    "cidrBlock": "DestinationCidrBlock",
    "ipv6CidrBlock": "DestinationIpv6CidrBlock",
    "destinationPrefixListId": "DestinationPrefixListId",
}


class RouteTable(Handler):
    """A table with the routes that are written in it, if any are."""

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Make its routes those of the program; a program without ``routes`` leaves them alone."""
        if inputs.get("routes") is None and not self.token.endswith("DefaultRouteTable"):
            return
        wanted = {_destination(item): item for item in inputs.get("routes") or []}
        if not state:
            # A default table is adopted with what is in it.
            state = {"routes": self._current(id)} if self.token.endswith("DefaultRouteTable") else {}
        current = {_destination(item): item for item in state.get("routes") or []}
        for gone in sorted(current.keys() - wanted.keys()):
            self._call("delete_route", {"RouteTableId": id, gone[0]: gone[1]})
        for key, item in wanted.items():
            if current.get(key) != item:
                members = self.cloud.shapes("ec2", "create_route")[0].members
                target = {
                    match(name, members): value for name, value in item.items() if value and name not in _DESTINATIONS
                }
                operation = "replace_route" if key in current else "create_route"
                self._call(operation, {"RouteTableId": id, key[0]: key[1], **_known(target)})

    def _call(self, operation: str, params: Props) -> Props:
        return self.cloud.call("ec2", operation, params, self.region)

    def _current(self, id: str) -> list[Props]:  # noqa: A002
        tables = self._call("describe_route_tables", {"RouteTableIds": [id]})["RouteTables"]
        return [
            {plain: route[api] for plain, api in _DESTINATIONS.items() if route.get(api)}
            for table in tables
            for route in table["Routes"]
            if route.get("GatewayId") != "local"
        ]

    def answered(self, answer: Props, inputs: Props) -> Props:
        """Written routes that are gone show as gone."""
        return {key: value for key, value in answer.items() if key != "Routes"} if "routes" in inputs else answer

    def _drifted(self, inputs: Props, seen: Props) -> Props:
        found = super()._drifted(inputs, seen)
        if inputs.get("routes") and seen.get("RouteTableId"):
            there = {_destination(item) for item in self._current(seen["RouteTableId"])}
            found["routes"] = [item for item in inputs["routes"] if _destination(item) in there]
        return found


def _known(params: dict[str | None, Any]) -> Props:
    return {key: value for key, value in params.items() if key is not None}


def _destination(item: Props) -> tuple[str, str]:
    return next((api, item[plain]) for plain, api in _DESTINATIONS.items() if item.get(plain))


class Route(Handler):
    """A route, found in its table."""

    def answered(self, answer: Props, inputs: Props) -> Props:
        """The one to our destination."""
        for route in answer.get("Routes", []):
            for plain, api in (
                ("destinationCidrBlock", "DestinationCidrBlock"),
                ("destinationIpv6CidrBlock", "DestinationIpv6CidrBlock"),
                ("destinationPrefixListId", "DestinationPrefixListId"),
            ):
                if inputs.get(plain) and route.get(api) == inputs[plain]:
                    # An endpoint that is a route's target comes back as a gateway.
                    return {"RouteTableId": answer["RouteTableId"], **route}
        return {}


class RouteTableAssociation(Handler):
    """Which table a subnet has: found by the subnet, since a change gives the association a new id."""

    def prepared(self, inputs: Props) -> Props:
        """As they are."""
        return inputs

    def _found(self, inputs: Props) -> Props | None:
        name = "association.subnet-id" if inputs.get("subnetId") else "association.gateway-id"
        value = inputs.get("subnetId") or inputs.get("gatewayId")
        params = {"Filters": [{"Name": name, "Values": [value]}]}
        tables = self.cloud.call("ec2", "describe_route_tables", params, self.region)["RouteTables"]
        for table in tables:
            for item in table["Associations"]:
                if value in (item.get("SubnetId"), item.get("GatewayId")):
                    return {**item, "RouteTableId": table["RouteTableId"]}
        return None

    def _look(self, id: str, inputs: Props, state: Props) -> Props | None:  # noqa: A002, ARG002
        if inputs.get("subnetId") or inputs.get("gatewayId"):
            return self._found(inputs)
        subnet, _, _table = id.partition("/")
        return self._found({"subnetId": subnet})

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002, ARG002
        """Move the subnet to another table."""
        found = self._found(inputs)
        if state and found and found["RouteTableId"] != inputs["routeTableId"]:
            params = {"AssociationId": found["RouteTableAssociationId"], "RouteTableId": inputs["routeTableId"]}
            self.cloud.call("ec2", "replace_route_table_association", params, self.region)

    def delete(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002, ARG002
        """Disassociate, if it is still associated."""
        found = self._found(inputs)
        if found is None:
            return
        params = {"AssociationId": found["RouteTableAssociationId"]}
        try:
            self.cloud.call("ec2", "disassociate_route_table", params, self.region)
        except AwsError as error:
            if not error.gone:
                raise


class MainRouteTableAssociation(Handler):
    """Which table a network falls back on; deletion gives the original one back."""

    def _main(self, network: str) -> Props:
        filters = [{"Name": "vpc-id", "Values": [network]}, {"Name": "association.main", "Values": ["true"]}]
        answer = self.cloud.call("ec2", "describe_route_tables", {"Filters": filters}, self.region)
        for table in answer["RouteTables"]:
            for item in table["Associations"]:
                if item.get("Main"):
                    return dict(item)
        return {}

    def _create(self, sent: Props, tags: dict[str, str]) -> tuple[Props, bool]:  # noqa: ARG002
        before = self._main(sent["vpcId"])
        params = {"AssociationId": before["RouteTableAssociationId"], "RouteTableId": sent["routeTableId"]}
        answer = self.cloud.call("ec2", "replace_route_table_association", params, self.region)
        return {**answer, "originalRouteTableId": before["RouteTableId"]}, True

    def _outputs(self, id: str, inputs: Props, seen: Props, state: Props) -> Props:  # noqa: A002
        outputs = super()._outputs(id, inputs, seen, state)
        if state.get("originalRouteTableId"):
            outputs["originalRouteTableId"] = state["originalRouteTableId"]
        return outputs

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002, ARG002
        """Move to another table."""
        current = self._main(inputs["vpcId"])
        if state and current and current["RouteTableId"] != inputs["routeTableId"]:
            self._move(current, inputs["routeTableId"])

    def cleared(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002, ARG002
        """Give the original table back."""
        current = self._main(inputs["vpcId"])
        if current and state.get("originalRouteTableId"):
            self._move(current, state["originalRouteTableId"])

    def _move(self, current: Props, table: str) -> None:
        params = {"AssociationId": current["RouteTableAssociationId"], "RouteTableId": table}
        self.cloud.call("ec2", "replace_route_table_association", params, self.region)
