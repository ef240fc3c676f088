"""Network ACLs with the entries and subnets that are written in them."""

from __future__ import annotations

from aistacks_core.property_values import Props

from ..handler import Handler

_LAST = 32767  # AWS's own final deny


class NetworkAcl(Handler):
    """An ACL; a default one is adopted and emptied first, as with Terraform."""

    def _shown(self, id: str) -> Props:  # noqa: A002
        answer = self.cloud.call("ec2", "describe_network_acls", {"NetworkAclIds": [id]}, self.region)
        return dict(answer["NetworkAcls"][0])

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Make entries and subnets those of the program."""
        shown = self._shown(id)
        adopted = self.token.endswith("DefaultNetworkAcl")
        for direction, outward in (("ingress", False), ("egress", True)):
            if inputs.get(direction) is None and not adopted and not state.get(direction):
                continue
            current = {
                entry["RuleNumber"]: entry
                for entry in shown["Entries"]
                if entry["Egress"] is outward and entry["RuleNumber"] < _LAST
            }
            for number in sorted(current):
                params = {"NetworkAclId": id, "RuleNumber": number, "Egress": outward}
                self.cloud.call("ec2", "delete_network_acl_entry", params, self.region)
            for rule in inputs.get(direction) or []:
                params = {"NetworkAclId": id, "Egress": outward, **_entry(rule)}
                self.cloud.call("ec2", "create_network_acl_entry", params, self.region)
        self._associate(id, shown, inputs)

    def _associate(self, id: str, shown: Props, inputs: Props) -> None:  # noqa: A002
        have = {item["SubnetId"] for item in shown.get("Associations", [])}
        for subnet in sorted(set(inputs.get("subnetIds") or []) - have):
            filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
            acls = self.cloud.call("ec2", "describe_network_acls", {"Filters": filters}, self.region)["NetworkAcls"]
            for item in acls[0]["Associations"] if acls else []:
                if item["SubnetId"] == subnet:
                    params = {"AssociationId": item["NetworkAclAssociationId"], "NetworkAclId": id}
                    self.cloud.call("ec2", "replace_network_acl_association", params, self.region)

    def cleared(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002, ARG002
        """Give its subnets back to the network's default ACL."""
        if self.token.endswith("DefaultNetworkAcl"):
            return
        shown = self._shown(id)
        filters = [{"Name": "vpc-id", "Values": [shown["VpcId"]]}, {"Name": "default", "Values": ["true"]}]
        acls = self.cloud.call("ec2", "describe_network_acls", {"Filters": filters}, self.region)["NetworkAcls"]
        for item in shown.get("Associations", []):
            if acls:
                params = {
                    "AssociationId": item["NetworkAclAssociationId"],
                    "NetworkAclId": acls[0]["NetworkAclId"],
                }
                self.cloud.call("ec2", "replace_network_acl_association", params, self.region)

    def answered(self, answer: Props, inputs: Props) -> Props:
        """With the subnets that it has, of ours."""
        ours = set(inputs.get("subnetIds") or [])
        have = [item["SubnetId"] for item in answer.get("Associations", [])]
        return {**answer, "SubnetIds": [subnet for subnet in have if not ours or subnet in ours]}


def _entry(rule: Props) -> Props:
    protocol = str(rule.get("protocol", "-1"))
    numbers = {"tcp": "6", "udp": "17", "icmp": "1", "all": "-1"}
    entry: Props = {
        "RuleNumber": int(rule["ruleNo"]),
        "Protocol": numbers.get(protocol.lower(), protocol),
        "RuleAction": str(rule["action"]).lower(),
        "PortRange": {"From": int(rule.get("fromPort") or 0), "To": int(rule.get("toPort") or 0)},
    }
    if rule.get("ipv6CidrBlock"):
        return {**entry, "Ipv6CidrBlock": rule["ipv6CidrBlock"]}
    return {**entry, "CidrBlock": rule.get("cidrBlock") or "0.0.0.0/0"}
