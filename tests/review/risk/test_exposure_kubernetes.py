"""Services, ingresses and network policies."""

import pytest

from aistacks_core.snapshot import UNKNOWN
from aistacks_review.findings import RiskKind, Severity

SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"


def exposed(risks):
    return [r for r in risks if r.kind is RiskKind.EXPOSURE]


@pytest.fixture
def service(resource):
    def service_(kind, annotations=None, **spec):
        inputs = {"metadata": {"name": "s", "annotations": annotations or {}}, "spec": {"type": kind, **spec}}
        return [resource("kubernetes:core/v1:Service", "s", inputs=inputs)]

    return service_


@pytest.mark.parametrize(
    ("kind", "annotations", "spec", "severity"),
    [
        ("LoadBalancer", {SCHEME: "internet-facing"}, {}, Severity.HIGH),
        ("LoadBalancer", {}, {}, Severity.HIGH),
        ("LoadBalancer", {SCHEME: "internal"}, {}, Severity.MEDIUM),
        ("LoadBalancer", {}, {"loadBalancerClass": "service.k8s.aws/nlb"}, Severity.MEDIUM),
        ("LoadBalancer", {SCHEME: UNKNOWN}, {}, Severity.MEDIUM),
        ("NodePort", {}, {}, Severity.LOW),
        ("ClusterIP", {}, {"externalIPs": ["203.0.113.1"]}, Severity.LOW),
    ],
)
def test_a_service_reaches_further(service, judge, kind, annotations, spec, severity):
    (risk,) = exposed(judge(service("ClusterIP"), service(kind, annotations, **spec)))
    assert risk.severity is severity
    assert exposed(judge(service(kind, annotations, **spec), service("ClusterIP"))) == []
    assert judge(None, service(kind, annotations, **spec)) == []


def test_more_addresses_of_a_load_balancer(service, judge):
    def public(*ranges):
        return service("LoadBalancer", {SCHEME: "internet-facing"}, loadBalancerSourceRanges=list(ranges))

    (risk,) = exposed(judge(public("203.0.113.0/24"), public("203.0.113.0/24", "198.51.100.0/24")))
    assert risk.severity is Severity.LOW
    assert [r.severity for r in exposed(judge(public("203.0.113.0/24"), public()))] == [Severity.HIGH]
    assert exposed(judge(public(), public("203.0.113.0/24"))) == []


def test_an_ingress(resource, judge):
    def ingress(*hosts, scheme=None):
        annotations = {"alb.ingress.kubernetes.io/scheme": scheme} if scheme else {}
        inputs = {
            "metadata": {"name": "i", "annotations": annotations},
            "spec": {"rules": [{"host": h} for h in hosts]},
        }
        return [resource("kubernetes:networking.k8s.io/v1:Ingress", "i", inputs=inputs)]

    assert [r.severity for r in judge(ingress("a"), ingress("a", scheme="internet-facing"))] == [Severity.HIGH]
    (risk,) = judge(ingress("a"), ingress("a", "b"))
    assert risk.title == "The ingress i publishes b."
    assert judge(ingress("a", "b"), ingress("a")) == []


@pytest.fixture
def policy(resource):
    def policy_(**spec):
        inputs = {"metadata": {"name": "p", "namespace": "n"}, "spec": {"podSelector": {}, **spec}}
        return [resource("kubernetes:networking.k8s.io/v1:NetworkPolicy", "p", inputs=inputs)]

    return policy_


A, B = ({"podSelector": {"matchLabels": {"app": n}}} for n in "ab")
BLOCK = {"ipBlock": {"cidr": "10.0.0.0/8"}}


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"ingress": [{"from": [A]}]}, {"ingress": [{"from": [A, B]}]}, 1),
        ({"ingress": [{"from": [A, B]}]}, {"ingress": [{"from": [A]}]}, 0),
        ({"ingress": [{"from": [A]}]}, {"ingress": [{}]}, 1),
        ({"ingress": [{}]}, {"ingress": [{"from": [A]}]}, 0),
        ({"ingress": []}, {"ingress": [{"from": [A]}]}, 1),
        ({"policyTypes": ["Ingress", "Egress"]}, {"policyTypes": ["Ingress"]}, 1),
        ({"policyTypes": ["Ingress"]}, {"policyTypes": ["Ingress", "Egress"]}, 0),
        ({"ingress": [{"from": [BLOCK]}]}, {"ingress": [{"from": [{"ipBlock": {"cidr": "10.1.0.0/16"}}]}]}, 0),
        ({"ingress": [{"from": [BLOCK]}]}, {"ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]}, 1),
        ({"ingress": [{"ports": [{"port": 80}]}]}, {"ingress": [{"ports": [{"port": 80}, {"port": 81}]}]}, 1),
        ({"ingress": [{"ports": [{"port": 80, "endPort": 90}]}]}, {"ingress": [{"ports": [{"port": 85}]}]}, 0),
        ({"ingress": [{"ports": [{"port": 80}]}]}, {"ingress": [{"ports": [{"port": 80, "protocol": "UDP"}]}]}, 1),
        ({"podSelector": {}}, {"podSelector": {"matchLabels": {"app": "a"}}}, 1),
        ({"podSelector": {"matchLabels": {"app": "a"}}}, {"podSelector": {}}, 0),
    ],
)
def test_a_network_policy(policy, judge, before, after, found):
    risks = judge(policy(**before), policy(**after))
    assert len(risks) == found
    assert all(r.severity is Severity.MEDIUM for r in risks)


def test_a_network_policy_goes(policy, resource, judge):
    assert [r.severity for r in judge(policy(), [])] == [Severity.MEDIUM]
    namespace = resource("kubernetes:core/v1:Namespace", "n", inputs={"metadata": {"name": "n"}})
    assert exposed(judge([namespace, *policy()], [])) == []


def test_rules_that_arent_known(policy, judge):
    (risk,) = judge(policy(ingress=[{"from": [A]}]), policy(ingress=UNKNOWN))
    assert not risk.certain
