"""Protocols of security groups' rules: a number, or a name in capitals, is the same as the name.

As in hashicorp/terraform-provider-aws v6.58.0, internal/service/ec2, protocolForValue (read on 2026-11-30).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NAMES = {"-1": "-1", "all": "-1", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
_INSIDE = {
    "aws:ec2/securityGroup:SecurityGroup": ("ingress", "egress"),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ("ingress", "egress"),
}
_RULES = {
    "aws:ec2/securityGroupRule:SecurityGroupRule": "protocol",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "ipProtocol",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "ipProtocol",
}


def named(token: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of ``token`` with each protocol by its name; of any other type as they are."""
    found = dict(inputs)
    for key in _INSIDE.get(token, ()):
        if isinstance(found.get(key), list):
            found[key] = [_with_name(rule, "protocol") for rule in found[key]]
    return _with_name(found, _RULES[token]) if token in _RULES else found


def _with_name(rule: Any, key: str) -> Any:
    value = rule.get(key) if isinstance(rule, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return rule
    text = f"{value:g}" if isinstance(value, float) else str(value).lower()
    return {**rule, key: _NAMES.get(text, text)}
