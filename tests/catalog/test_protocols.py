"""Protocols of security groups' rules."""

import pytest

from aistacks_catalog.aws.types.differ import diff
from aistacks_core.property_values import UNKNOWN

GROUP, OLD = "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/securityGroupRule:SecurityGroupRule"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def changed(token, old, new):
    return set(diff(token, old, dict(old), new, {}).changes)


def rules(*protocols):
    return {
        "ingress": [
            {"protocol": p, "fromPort": n, "toPort": n, "cidrBlocks": ["10.0.0.0/8"]} for n, p in enumerate(protocols)
        ]
    }


@pytest.mark.parametrize(("one", "other"), [("tcp", "6"), ("tcp", "TCP"), ("udp", 17), ("-1", "all"), ("icmp", 1.0)])
def test_a_number_is_its_name(one, other):
    assert changed(GROUP, rules("tcp", one), rules("tcp", other)) == set()
    assert changed(OLD, {"type": "ingress", "protocol": one}, {"type": "ingress", "protocol": other}) == set()
    assert changed(RULE, {"ipProtocol": one}, {"ipProtocol": other}) == set()


@pytest.mark.parametrize(("one", "other"), [("tcp", "udp"), ("6", "17"), ("tcp", "-1"), ("tcp", UNKNOWN)])
def test_another_protocol_is_another(one, other):
    assert changed(GROUP, rules("tcp", one), rules("tcp", other))
    assert changed(RULE, {"ipProtocol": one}, {"ipProtocol": other})


@pytest.mark.parametrize("odd", [UNKNOWN, None, "x", [UNKNOWN], [7], [{"protocol": True}]])
def test_what_is_odd_stays(odd):
    changed(GROUP, {"ingress": odd}, rules("tcp"))
