"""Names of the network: zones, their records, and certificates that prove them."""

from __future__ import annotations

import secrets
from typing import Any

from aistacks_core.property_values import Props

from ..handler import Handler
from ..table import Operation


class Zone(Handler):
    """A hosted zone, of the internet or of networks."""

    def completed(self, operation: Any, inputs: Props, params: Props) -> Props:
        """With a reference of its own, and its networks."""
        if operation.call == "create_hosted_zone":
            params["CallerReference"] = secrets.token_hex(8)
            params["HostedZoneConfig"] = {"Comment": inputs.get("comment") or "Managed by Pulumi"}
            for network in (inputs.get("vpcs") or [])[:1]:
                region = network.get("vpcRegion") or self.region
                params["VPC"] = {"VPCId": network["vpcId"], "VPCRegion": region}
                params["HostedZoneConfig"]["PrivateZone"] = True
        return params

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """The id without its kind, the name without its last dot."""
        zone = answer.get("HostedZone") or {}
        named = {"Id": str(zone.get("Id", "")).rpartition("/")[2], "Name": str(zone.get("Name", "")).rstrip(".")}
        return {**answer, "HostedZone": {**zone, **named}}

    def create(self, inputs: Props) -> Any:
        """Make it; its id is what comes after ``/hostedzone/``."""
        made = super().create(inputs)
        short = made.id.rpartition("/")[2]
        arn = f"arn:aws:route53:::hostedzone/{short}"
        return type(made)(short, {**made.outputs, "id": short, "zoneId": short, "arn": arn})

    def _tag(self, id: str, inputs: Props, state: Props, before: Props, after: Props) -> None:  # noqa: A002
        super()._tag(id.rpartition("/")[2], inputs, state, before, after)

    def cleared(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002, ARG002
        """Take away the records that were not the zone's own, if it is to go with them."""
        if not inputs.get("forceDestroy"):
            return
        listed = self.cloud.call("route53", "list_resource_record_sets", {"HostedZoneId": id}, self.region)
        others = [item for item in listed["ResourceRecordSets"] if item["Type"] not in ("NS", "SOA")]
        changes = [{"Action": "DELETE", "ResourceRecordSet": item} for item in others]
        if changes:
            params = {"HostedZoneId": id, "ChangeBatch": {"Changes": changes}}
            self.cloud.call("route53", "change_resource_record_sets", params, self.region)


class Record(Handler):
    """A record set: one change of its zone."""

    def run(self, operation: Operation, inputs: Props, id: str, state: Props, *, undo: bool = False) -> Props:  # noqa: A002
        """A deletion names the whole record, as it is."""
        if operation.call != "change_resource_record_sets":
            return super().run(operation, inputs, id, state, undo=undo)
        return self._change("DELETE", {**state, **inputs})

    def _create(self, sent: Props, tags: dict[str, str]) -> tuple[Props, bool]:  # noqa: ARG002
        return self._change("UPSERT" if sent.get("allowOverwrite") else "CREATE", sent), True

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002, ARG002
        """Write a change over it."""
        if state:
            self._change("UPSERT", inputs)

    def answered(self, answer: Props, inputs: Props) -> Props:
        """The record that has the name and the type; the list begins at the next one where there is none."""
        del inputs
        return answer

    def _look(self, id: str, inputs: Props, state: Props) -> Props | None:  # noqa: A002
        zone, name, kind = (inputs.get(key) or state.get(key) for key in ("zoneId", "name", "type"))
        if zone is None:
            zone, name, kind = [*id.split("_", 2), "", ""][:3]
        params = {"HostedZoneId": zone}
        listed = self._quietly(params)
        full = {str(name).rstrip(".").lower(), f"{name}.{self._zone_name(str(zone))}".lower()} if listed else set()
        return next((i for i in listed if i["Name"].rstrip(".").lower() in full and i["Type"] == kind), None)

    def _quietly(self, params: Props) -> list[Props]:
        from ..cloud import AwsError

        try:
            found: list[Props] = self.cloud.call("route53", "list_resource_record_sets", params, self.region)[
                "ResourceRecordSets"
            ]
        except AwsError as error:
            if error.gone:
                return []
            raise
        return found

    def _zone_name(self, zone: str) -> str:
        found = self.cloud.call("route53", "get_hosted_zone", {"Id": zone}, self.region)
        return str(found["HostedZone"]["Name"]).rstrip(".")

    def _fqdn(self, inputs: Props) -> str:
        name, zone = str(inputs.get("name") or "").rstrip("."), self._zone_name(str(inputs["zoneId"]))
        return name if name == zone or name.endswith(f".{zone}") else ".".join(filter(None, (name, zone)))

    def _change(self, action: str, inputs: Props) -> Props:
        entry: Props = {"Name": self._fqdn(inputs), "Type": inputs["type"]}
        if inputs.get("aliases"):
            alias = inputs["aliases"][0]
            entry["AliasTarget"] = {
                "HostedZoneId": alias["zoneId"],
                "DNSName": alias["name"],
                "EvaluateTargetHealth": bool(alias.get("evaluateTargetHealth")),
            }
        else:
            entry["TTL"] = int(inputs.get("ttl") or 300)
            entry["ResourceRecords"] = [{"Value": str(value)} for value in inputs.get("records") or []]
        if inputs.get("setIdentifier"):
            entry["SetIdentifier"] = inputs["setIdentifier"]
            weights = inputs.get("weightedRoutingPolicies")
            entry["Weight"] = int(weights[0]["weight"]) if weights else 0
        params = {
            "HostedZoneId": inputs["zoneId"],
            "ChangeBatch": {"Changes": [{"Action": action, "ResourceRecordSet": entry}]},
        }
        return self.cloud.call("route53", "change_resource_record_sets", params, self.region)

    def _outputs(self, id: str, inputs: Props, seen: Props, state: Props) -> Props:  # noqa: A002
        outputs = super()._outputs(id, inputs, {}, state)
        return {**outputs, "fqdn": str(seen.get("Name") or outputs.get("fqdn") or "").rstrip(".")}


class Certificate(Handler):
    """A certificate; where the program brings its own, it is imported."""

    def _create(self, sent: Props, tags: dict[str, str]) -> tuple[Props, bool]:
        if not sent.get("certificateBody"):
            return super()._create(sent, tags)
        params = {
            "Certificate": str(sent["certificateBody"]).encode(),
            "PrivateKey": str(sent["privateKey"]).encode(),
            **({"CertificateChain": str(sent["certificateChain"]).encode()} if sent.get("certificateChain") else {}),
        }
        return self.cloud.call("acm", "import_certificate", params, self.region), False

    def _outputs(self, id: str, inputs: Props, seen: Props, state: Props) -> Props:  # noqa: A002
        outputs = super()._outputs(id, inputs, seen, state)
        options = [
            {
                "domainName": item.get("DomainName"),
                "resourceRecordName": (item.get("ResourceRecord") or {}).get("Name"),
                "resourceRecordType": (item.get("ResourceRecord") or {}).get("Type"),
                "resourceRecordValue": (item.get("ResourceRecord") or {}).get("Value"),
            }
            for item in seen.get("DomainValidationOptions") or []
        ]
        return {**outputs, "domainValidationOptions": self.shape.cast("domainValidationOptions", options, whole=True)}
