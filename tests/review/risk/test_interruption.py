"""What stops for a while in AWS."""

import pytest

from aistacks_core.snapshot import UNKNOWN, Plan
from aistacks_review.compare.changes import ChangeKind, PropertyChange, ResourceChange
from aistacks_review.findings import RiskKind, Severity
from aistacks_review.risk import assess
from aistacks_review.risk.interruption import minors

CLUSTER, NODES = "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup"


def stopped(risks):
    return [r for r in risks if r.kind is RiskKind.INTERRUPTION]


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        ("1.34", "1.35", 1),
        ("1.33", "1.35", 2),
        ("1.35", "1.34", -1),
        ("1.35", "2.0", None),
        (UNKNOWN, "1.35", None),
        (None, None, None),
        (1.3, "1.31", 28),
    ],
)
def test_steps_of_a_version(before, after, step):
    assert minors(before, after) == step


@pytest.mark.parametrize(
    ("before", "after", "severity", "words", "certain"),
    [
        ("1.34", "1.35", Severity.MEDIUM, "is upgraded to Kubernetes 1.35", True),
        ("1.33", "1.35", Severity.HIGH, "would skip 1 Kubernetes version; AWS refuses that", True),
        ("1.35", "1.34", Severity.HIGH, "goes back", False),
        ("1.34", UNKNOWN, Severity.MEDIUM, "may change", False),
    ],
)
def test_a_cluster_is_upgraded(resource, judge, before, after, severity, words, certain):
    one, two = (
        resource(CLUSTER, "c", inputs={"version": v, "vpcConfig": {"endpointPublicAccess": False}})
        for v in (before, after)
    )
    (risk,) = stopped(judge([one], [two]))
    assert (risk.severity, risk.certain) == (severity, certain)
    assert words in risk.title


def test_a_cluster_is_replaced(resource, judge):
    one, two = (
        resource(CLUSTER, "c", inputs={"name": n, "version": "1.35", "vpcConfig": {"endpointPublicAccess": False}})
        for n in "ab"
    )
    (risk,) = stopped(judge([one], [two]))
    assert (risk.severity, risk.title) == (
        Severity.CRITICAL,
        "The Kubernetes cluster c is replaced; that stops everything that runs in it.",
    )


@pytest.mark.parametrize(
    ("options", "severity", "words"),
    [
        ({}, Severity.MEDIUM, "the old one goes after the new one is there"),
        ({"delete_before_replace": True}, Severity.HIGH, "the old one goes before the new one is there"),
        ({"protect": True}, Severity.MEDIUM, "protect is set"),
    ],
)
def test_the_order_of_a_replacement(resource, judge, options, severity, words):
    one, two = (
        resource(
            NODES, "n", inputs={"clusterName": "c", "instanceTypes": [t], "scalingConfig": {"maxSize": 1}}, **options
        )
        for t in ("m7i.large", "m6i.large")
    )
    (risk,) = stopped(judge([one], [two]))
    assert risk.severity is severity
    assert words in risk.reason


def test_what_only_follows_is_named_once(resource, judge, identity):
    def network(cidr):
        vpc = resource("aws:ec2/vpc:Vpc", "net", inputs={"cidrBlock": cidr})
        subnet = resource(
            "aws:ec2/subnet:Subnet",
            "sub",
            inputs={"vpcId": identity(vpc), "cidrBlock": "10.0.0.0/24"},
            refers={"vpcId": [vpc]},
        )
        gateway = resource(
            "aws:ec2/natGateway:NatGateway", "nat", inputs={"subnetId": identity(subnet)}, refers={"subnetId": [subnet]}
        )
        return [vpc, subnet, gateway]

    (risk,) = stopped(judge(network("10.0.0.0/16"), network("10.1.0.0/16")))
    assert risk.severity is Severity.CRITICAL
    assert risk.reason.endswith("with it go sub and nat")


def test_something_that_serves_is_deleted(resource, judge):
    def nat(**options):
        return [resource("aws:ec2/natGateway:NatGateway", "nat", inputs={}, **options)]

    assert [r.severity for r in judge(nat(), [])] == [Severity.MEDIUM]
    assert [r.severity for r in judge(nat(protect=True), [])] == [Severity.LOW]
    assert [r.severity for r in judge(nat(retain_on_delete=True), [])] == [Severity.LOW]


@pytest.mark.parametrize(
    ("type_", "before", "after", "severity", "words"),
    [
        (
            "aws:rds/instance:Instance",
            {"instanceClass": "a"},
            {"instanceClass": "b"},
            Severity.MEDIUM,
            "in its next maintenance window",
        ),
        (
            "aws:rds/instance:Instance",
            {"instanceClass": "a"},
            {"instanceClass": "b", "applyImmediately": True},
            Severity.MEDIUM,
            "is not available while it changes.",
        ),
        (
            "aws:redshift/cluster:Cluster",
            {"numberOfNodes": 2},
            {"numberOfNodes": 4},
            Severity.MEDIUM,
            "read-only while it is resized",
        ),
        (
            "aws:redshift/cluster:Cluster",
            {"clusterParameterGroupName": "a"},
            {"clusterParameterGroupName": "b"},
            Severity.LOW,
            "after a restart",
        ),
        (
            "aws:ec2/instance:Instance",
            {"instanceType": "a"},
            {"instanceType": "b"},
            Severity.MEDIUM,
            "stopped and started",
        ),
        (
            "aws:ecs/service:Service",
            {"taskDefinition": "a"},
            {"taskDefinition": "b"},
            Severity.LOW,
            "exchanges its tasks",
        ),
    ],
)
def test_a_change_that_restarts(resource, judge, type_, before, after, severity, words):
    one, two = (resource(type_, "x", inputs=v) for v in (before, after))
    (risk,) = stopped(judge([one], [two]))
    assert risk.severity is severity
    assert words in risk.title


def nodes(resource, **inputs):
    return resource(NODES, "n", inputs={"clusterName": "c", "scalingConfig": {"minSize": 1, "maxSize": 4}, **inputs})


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"version": "1.34"}, {"version": "1.35"}, 1),
        ({"releaseVersion": "a"}, {"releaseVersion": "b"}, 1),
        ({"launchTemplate": {"id": "l", "version": "1"}}, {"launchTemplate": {"id": "l", "version": "2"}}, 1),
        ({"labels": {"a": "b"}}, {"labels": {"a": "c"}}, 0),
        ({"taints": []}, {"taints": [{"key": "a", "effect": "NO_SCHEDULE"}]}, 0),
    ],
)
def test_nodes_roll(resource, judge, before, after, found):
    risks = stopped(judge([nodes(resource, **before)], [nodes(resource, **after)]))
    assert len(risks) == found
    assert all(r.title == "Every node of n is exchanged, and its pods move." for r in risks)


@pytest.mark.parametrize(("version", "found"), [(UNKNOWN, 1), ("$Latest", 1), ("3", 0)])
def test_nodes_roll_with_their_template(resource, judge, version, found):
    def group(image):
        template = resource("aws:ec2/launchTemplate:LaunchTemplate", "t", inputs={"imageId": image})
        inputs = {
            "clusterName": "c",
            "scalingConfig": {"maxSize": 4},
            "launchTemplate": {"id": UNKNOWN, "version": version},
        }
        return [template, resource(NODES, "n", inputs=inputs, refers={"launchTemplate": [template]})]

    assert len(stopped(judge(group("ami-1"), group("ami-2")))) == found


@pytest.mark.parametrize(("most", "severity"), [(2, Severity.LOW), (0, Severity.MEDIUM), (8, None)])
def test_nodes_are_reduced(resource, judge, most, severity):
    after = nodes(resource, scalingConfig={"minSize": 0, "maxSize": most})
    assert [r.severity for r in judge([nodes(resource)], [after])] == ([severity] if severity else [])


def test_a_provider_takes_everything_with_it(resource):
    before = resource("pulumi:providers:kubernetes", "k", inputs={"kubeconfig": "a"})
    after = resource("pulumi:providers:kubernetes", "k", inputs={"kubeconfig": "b"})
    mine = resource(
        "kubernetes:core/v1:ConfigMap", "m", inputs={"metadata": {"name": "m"}}, provider=f"{after.urn}::id"
    )
    plans = Plan([before, mine], {}), Plan([after, mine], {})
    properties = (PropertyChange("kubeconfig", "a", "b", replaces=True),)
    replaced = ResourceChange(ChangeKind.REPLACE, before, after, properties)
    assert [r.title for r in assess(*plans, [replaced])] == ["Everything that k manages is replaced: m."]
    unknown = ResourceChange(ChangeKind.UPDATE, before, after, (PropertyChange("kubeconfig", "a", UNKNOWN),))
    (risk,) = assess(*plans, [unknown])
    assert not risk.certain
