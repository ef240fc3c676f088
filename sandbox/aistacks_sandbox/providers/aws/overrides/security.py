"""Security groups and their rules, in AWS's three ways of writing them."""

from __future__ import annotations

from typing import Any

from aistacks_core.property_values import Props

from ..handler import Handler


def permission(rule: Props, group: str) -> Props:
    """A written rule as AWS's IpPermission; ``group`` is the group that ``self`` means."""
    protocol = str(rule.get("protocol", "-1"))
    protocol = "-1" if protocol == "all" else protocol.lower()
    made: Props = {"IpProtocol": protocol}
    if protocol != "-1":
        made |= {"FromPort": int(rule.get("fromPort") or 0), "ToPort": int(rule.get("toPort") or 0)}
    text = {"Description": rule["description"]} if rule.get("description") else {}
    groups = [*(rule.get("securityGroups") or [])]
    groups += [rule["sourceSecurityGroupId"]] if rule.get("sourceSecurityGroupId") else []
    groups += [group] if rule.get("self") else []
    for target, key, values in (
        ("IpRanges", "CidrIp", rule.get("cidrBlocks")),
        ("Ipv6Ranges", "CidrIpv6", rule.get("ipv6CidrBlocks")),
        ("PrefixListIds", "PrefixListId", rule.get("prefixListIds")),
        ("UserIdGroupPairs", "GroupId", groups),
    ):
        if values:
            made[target] = [{key: value, **text} for value in values]
    return made


def _grants(permissions: list[Props]) -> set[tuple[Any, ...]]:
    """What permissions allow, one by one, for comparing."""
    found = set()
    for item in permissions:
        ports = (item.get("FromPort"), item.get("ToPort")) if item["IpProtocol"] != "-1" else (None, None)
        for target, key in (
            ("IpRanges", "CidrIp"),
            ("Ipv6Ranges", "CidrIpv6"),
            ("PrefixListIds", "PrefixListId"),
            ("UserIdGroupPairs", "GroupId"),
        ):
            for one in item.get(target) or []:
                found.add((item["IpProtocol"], *ports, target, one[key], one.get("Description") or ""))
    return found


def _single(grant: tuple[Any, ...]) -> Props:
    protocol, start, end, target, value, text = grant
    key = {"IpRanges": "CidrIp", "Ipv6Ranges": "CidrIpv6", "PrefixListIds": "PrefixListId"}.get(target, "GroupId")
    made: Props = {"IpProtocol": protocol, target: [{key: value, **({"Description": text} if text else {})}]}
    return made if start is None else {**made, "FromPort": start, "ToPort": end}


class _Group(Handler):
    def group(self, id: str) -> Props:  # noqa: A002
        """The group as AWS shows it."""
        answer = self.cloud.call("ec2", "describe_security_groups", {"GroupIds": [id]}, self.region)
        return dict(answer["SecurityGroups"][0])

    def change(self, id: str, direction: str, permissions: list[Props], *, revoke: bool) -> None:  # noqa: A002
        """Authorize or revoke permissions."""
        if permissions:
            call = f"{'revoke' if revoke else 'authorize'}_security_group_{direction}"
            self.cloud.call("ec2", call, {"GroupId": id, "IpPermissions": permissions}, self.region)


class SecurityGroup(_Group):
    """A group with the rules that are written in it; AWS's own allow-all egress goes, as with Terraform."""

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002
        """Make the written rules the group's; a direction that isn't written is left alone after creation."""
        shown = self.group(id)
        adopted = self.token.endswith("DefaultSecurityGroup")
        for direction, member in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
            written = inputs.get(direction)
            if written is None and state and state.get(direction) is None and not adopted:
                continue
            if written is None and not adopted and (state or direction == "ingress"):
                continue
            current = _grants(shown.get(member) or [])
            wanted = _grants([permission(rule, id) for rule in written or []])
            self.change(id, direction, [_single(grant) for grant in sorted(current - wanted, key=str)], revoke=True)
            self.change(id, direction, [_single(grant) for grant in sorted(wanted - current, key=str)], revoke=False)

    def cleared(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002, ARG002
        """With ``revokeRulesOnDelete``, drop every rule first."""
        if inputs.get("revokeRulesOnDelete"):
            shown = self.group(id)
            for direction, member in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
                grants = [_single(grant) for grant in sorted(_grants(shown.get(member) or []), key=str)]
                self.change(id, direction, grants, revoke=True)

    def _drifted(self, inputs: Props, seen: Props) -> Props:
        found = super()._drifted(inputs, seen)
        group = seen.get("GroupId", "")
        for direction, member in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
            if inputs.get(direction) is None:
                continue
            there = _grants(seen.get(member) or [])
            wanted = _grants([permission(rule, group) for rule in inputs[direction]])
            if there != wanted:
                found[direction] = [_written(grant, group) for grant in sorted(there, key=str)]
        return found

    def _outputs(self, id: str, inputs: Props, seen: Props, state: Props) -> Props:  # noqa: A002
        outputs = super()._outputs(id, inputs, seen, state)
        for direction, member in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
            if inputs.get(direction) is None:
                there = sorted(_grants(seen.get(member) or []), key=str)
                outputs[direction] = [_written(grant, id) for grant in there]
        return outputs


def _written(grant: tuple[Any, ...], group: str) -> Props:
    protocol, start, end, target, value, text = grant
    made: Props = {"protocol": protocol, "fromPort": start or 0, "toPort": end or 0}
    if text:
        made["description"] = text
    if target == "UserIdGroupPairs" and value == group:
        return {**made, "self": True}
    names = {"IpRanges": "cidrBlocks", "Ipv6Ranges": "ipv6CidrBlocks", "PrefixListIds": "prefixListIds"}
    return {**made, names.get(target, "securityGroups"): [value]}


class SecurityGroupRule(_Group):
    """The older rule resource: one set of grants in a group, in one direction."""

    def settled(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002, ARG002
        """Add the grants that aren't there."""
        member = "IpPermissions" if inputs["type"] == "ingress" else "IpPermissionsEgress"
        group = inputs["securityGroupId"]
        current = _grants(self.group(group).get(member) or [])
        wanted = _grants([permission(inputs, group)]) - current
        self.change(group, inputs["type"], [_single(grant) for grant in sorted(wanted, key=str)], revoke=False)

    def answered(self, answer: Props, inputs: Props) -> Props:
        """Nothing, once one of the grants is missing."""
        member = "IpPermissions" if inputs.get("type") == "ingress" else "IpPermissionsEgress"
        wanted = _grants([permission(inputs, answer["GroupId"])])
        return {"SecurityGroupId": answer["GroupId"]} if wanted <= _grants(answer.get(member) or []) else {}

    def cleared(self, id: str, inputs: Props, state: Props) -> None:  # noqa: A002, ARG002
        """Revoke the grants."""
        self.change(
            inputs["securityGroupId"], inputs["type"], [permission(inputs, inputs["securityGroupId"])], revoke=True
        )


class _Rule(Handler):
    """The newer rule resource: one grant with an id of its own."""

    def completed(self, operation: Any, inputs: Props, params: Props) -> Props:
        """With the grant, where the call makes one."""
        if operation.call.startswith("authorize"):
            params["IpPermissions"] = [self._permission(inputs)]
        return params

    def _permission(self, inputs: Props) -> Props:
        rule = {
            "protocol": inputs.get("ipProtocol"),
            "fromPort": inputs.get("fromPort"),
            "toPort": inputs.get("toPort"),
            "description": inputs.get("description"),
            "cidrBlocks": [inputs["cidrIpv4"]] if inputs.get("cidrIpv4") else [],
            "ipv6CidrBlocks": [inputs["cidrIpv6"]] if inputs.get("cidrIpv6") else [],
            "prefixListIds": [inputs["prefixListId"]] if inputs.get("prefixListId") else [],
            "sourceSecurityGroupId": inputs.get("referencedSecurityGroupId"),
        }
        return permission(rule, inputs["securityGroupId"])

    def update(self, id: str, old: Props, state: Props, new: Props) -> Props:  # noqa: A002
        """Change the grant behind the same id."""
        rule: Props = {
            "IpProtocol": str(new.get("ipProtocol")),
            "FromPort": int(new.get("fromPort", -1)),
            "ToPort": int(new.get("toPort", -1)),
        }
        for source, target in (
            ("cidrIpv4", "CidrIpv4"),
            ("cidrIpv6", "CidrIpv6"),
            ("prefixListId", "PrefixListId"),
            ("referencedSecurityGroupId", "ReferencedGroupId"),
            ("description", "Description"),
        ):
            if new.get(source):
                rule[target] = new[source]
        plain = {key for key in {*old, *new} - {"tags"} if old.get(key) != new.get(key)}
        if plain:
            rules = [{"SecurityGroupRuleId": id, "SecurityGroupRule": rule}]
            params = {"GroupId": new["securityGroupId"], "SecurityGroupRules": rules}
            self.cloud.call("ec2", "modify_security_group_rules", params, self.region)
        return super().update(id, old, state, new)


class IngressRule(_Rule):
    """What may come in."""


class EgressRule(_Rule):
    """What may go out."""
