"""What a security group lets in, however its rules are declared."""

import pytest

from aistacks_core.snapshot import UNKNOWN
from aistacks_review.findings import RiskKind, Severity

GROUP, RULE = "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS, EGRESS = (f"aws:vpc/securityGroup{d}Rule:SecurityGroup{d}Rule" for d in ("Ingress", "Egress"))


def inline(*rules):
    return [{"protocol": p, "fromPort": lo, "toPort": hi, "cidrBlocks": cidrs} for p, lo, hi, cidrs in rules]


@pytest.fixture
def group(resource):
    return lambda *rules, **more: resource(GROUP, "web", inputs={"ingress": inline(*rules), **more})


HTTPS = ("tcp", 443, 443, ["10.0.0.0/16"])


def exposed(risks):
    return [r for r in risks if r.kind is RiskKind.EXPOSURE]


@pytest.mark.parametrize(
    ("rule", "severity", "title"),
    [
        (("tcp", 443, 443, ["0.0.0.0/0"]), Severity.HIGH, "The whole internet may reach web on port 443."),
        (("tcp", 0, 65535, ["0.0.0.0/0"]), Severity.CRITICAL, "The whole internet may reach web on every port."),
        (("tcp", 20, 25, ["0.0.0.0/0"]), Severity.CRITICAL, "The whole internet may reach web on ports 20 to 25."),
        (
            ("-1", 0, 0, ["0.0.0.0/0"]),
            Severity.CRITICAL,
            "The whole internet may reach web on every port and protocol.",
        ),
        (
            ("tcp", 443, 443, ["203.0.113.0/24"]),
            Severity.MEDIUM,
            "The internet addresses 203.0.113.0/24 may reach web on port 443.",
        ),
        (("tcp", 443, 443, ["10.0.0.0/8"]), Severity.LOW, "The private network 10.0.0.0/8 may reach web on port 443."),
        (("tcp", 80, 80, ["10.0.0.0/16"]), Severity.LOW, "The private network 10.0.0.0/16 may reach web on port 80."),
    ],
)
def test_a_rule_more(group, judge, rule, severity, title):
    (risk,) = judge([group(HTTPS)], [group(HTTPS, rule)])
    assert (risk.kind, risk.severity, risk.title) == (RiskKind.EXPOSURE, severity, title)
    assert judge([group(HTTPS, rule)], [group(HTTPS)]) == []


def test_a_narrower_rule_is_no_risk(group, judge):
    assert judge([group(("tcp", 0, 1024, ["0.0.0.0/0"]))], [group(("tcp", 443, 443, ["8.8.8.0/24"]))]) == []


def test_halves_of_the_internet_are_the_internet(group, judge):
    risks = judge([group(HTTPS)], [group(HTTPS, ("tcp", 443, 443, ["0.0.0.0/1", "128.0.0.0/1"]))])
    assert [r.severity for r in risks] == [Severity.HIGH, Severity.HIGH]


@pytest.mark.parametrize("type_", [RULE, INGRESS])
def test_a_rule_that_moves_into_a_resource_of_its_own_is_the_same(group, resource, judge, type_):
    inputs = {"fromPort": 443, "toPort": 443, "securityGroupId": UNKNOWN}
    inputs |= (
        {"type": "ingress", "protocol": "tcp", "cidrBlocks": ["10.0.0.0/16"]}
        if type_ == RULE
        else {"ipProtocol": "tcp", "cidrIpv4": "10.0.0.0/16"}
    )
    bare = group()
    own = resource(type_, "r", inputs=inputs, refers={"securityGroupId": [bare]})
    assert exposed(judge([group(HTTPS)], [bare, own])) == []
    wide = resource(
        type_,
        "r",
        inputs=inputs | ({"cidrBlocks": ["0.0.0.0/0"]} if type_ == RULE else {"cidrIpv4": "0.0.0.0/0"}),
        refers={"securityGroupId": [bare]},
    )
    assert [r.severity for r in exposed(judge([bare, own], [bare, wide]))] == [Severity.HIGH]


def test_version_six_counts(resource, group, judge):
    bare = group()
    wide = resource(
        INGRESS,
        "r",
        inputs={"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIpv6": "::/0", "securityGroupId": UNKNOWN},
        refers={"securityGroupId": [bare]},
    )
    assert [r.severity for r in judge([bare], [bare, wide])] == [Severity.CRITICAL]


def test_other_groups_and_lists(group, resource, judge):
    bare = group()

    def rule(**source):
        inputs = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "securityGroupId": UNKNOWN, **source}
        return resource(INGRESS, "r", inputs=inputs, refers={"securityGroupId": [bare]})

    assert [r.severity for r in judge([bare], [bare, rule(prefixListId="pl-1")])] == [Severity.MEDIUM]
    (risk,) = judge([bare], [bare, rule(referencedSecurityGroupId="sg-1")])
    assert (risk.severity, risk.title) == (Severity.LOW, "Members of sg-1 may reach web on port 443.")


def test_a_source_that_isnt_known(group, judge):
    unknown = group(("tcp", 443, 443, [UNKNOWN]))
    (risk,) = judge([group(HTTPS)], [unknown])
    assert (risk.severity, risk.certain) == (Severity.MEDIUM, False)
    assert judge([unknown], [unknown]) == []


def test_a_new_environment_tells_of_the_internet_only(group, judge):
    assert judge(None, [group(HTTPS)]) == []
    assert [r.severity for r in judge(None, [group(("tcp", 22, 22, ["0.0.0.0/0"]))])] == [Severity.CRITICAL]


def test_ways_out(resource, group, judge):
    bare = group()

    def rule(cidr):
        inputs = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": cidr, "securityGroupId": UNKNOWN}
        return resource(EGRESS, "r", inputs=inputs, refers={"securityGroupId": [bare]})

    assert [r.severity for r in judge([bare], [bare, rule("0.0.0.0/0")])] == [Severity.LOW]
    assert judge([bare], [bare, rule("10.0.0.0/8")]) == []


@pytest.mark.parametrize("rules", [UNKNOWN, None, [], [UNKNOWN], ["x"], [{}], [{"cidrBlocks": "0.0.0.0/0"}], {"a": 1}])
def test_odd_rules_dont_break(resource, group, judge, rules):
    odd = resource(GROUP, "web", inputs={"ingress": rules})
    judge([group(HTTPS)], [odd])
    judge([odd], [group(HTTPS)])


def test_rules_in_another_order_are_nothing_new_though_a_source_is_not_known(resource, judge):
    rules = [
        {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": [UNKNOWN]},
        {"protocol": "tcp", "fromPort": 80, "toPort": 80, "cidrBlocks": ["10.0.0.0/8"]},
    ]
    one, other = (resource(GROUP, "g", inputs={"ingress": r}) for r in (rules, rules[::-1]))
    assert judge([one], [other]) == []
    wider = [{**rules[0], "toPort": 500}, rules[1]]
    assert judge([one], [resource(GROUP, "g", inputs={"ingress": wider})])


def test_a_renamed_group_keeps_its_rules(resource, judge):
    rules = [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": [UNKNOWN, "0.0.0.0/0"]}]
    old = resource(GROUP, "old", inputs={"ingress": rules, "description": "d"})
    new = resource(GROUP, "new", inputs={"ingress": rules, "description": "d"}, aliases=(old.urn,))
    assert [r.title for r in judge([old], [new])] == []
