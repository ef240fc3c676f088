"""Volumes that pods claim, and load balancers that Services ask for."""

import pytest

from aistacks_core.snapshot import UNKNOWN

CLAIM = {"spec": {"resources": {"requests": {"storage": "10Gi"}}}}
DEFAULT = {"storageclass.kubernetes.io/is-default-class": "true"}


@pytest.fixture
def classes(make):
    return [
        make(
            "kubernetes:storage.k8s.io/v1:StorageClass",
            "gp3",
            {"metadata": {"name": "gp3", "annotations": DEFAULT}, "parameters": {"type": "gp3"}},
        ),
        make(
            "kubernetes:storage.k8s.io/v1:StorageClass",
            "fast",
            {"metadata": {"name": "fast"}, "parameters": {"type": "io2"}},
        ),
    ]


def release(make, values):
    return make("kubernetes:helm.sh/v3:Release", inputs={"values": values})


@pytest.mark.parametrize(
    ("values", "gib"),
    [
        ({"prometheus": {"spec": {"replicas": 2, "storage": {"volumeClaimTemplate": CLAIM}}}}, [20]),
        ({"a": {"volumeClaimTemplates": [CLAIM, CLAIM]}}, [10, 10]),
        ({"persistence": {"enabled": True, "size": "8Gi"}, "replicaCount": 3}, [24]),
        ({"persistence": {"enabled": "true", "size": "8Gi"}}, [8]),
        ({"persistence": {"enabled": False, "size": "8Gi"}}, []),
        ({"persistence": {"enabled": True}}, []),
        ({}, []),
        (None, []),
    ],
)
def test_a_charts_values_state_its_volumes(bill, make, classes, table, values, gib):
    found = bill([*classes, release(make, values)], table("us-east-1", {("ebs", "gp3"): 0.1}))
    assert [line.quantity.expected for line in found.lines] == gib
    assert [u.what for u in found.unpriced] == ["what else the chart makes"]


def test_a_named_storage_class_has_its_own_kind(bill, make, classes, table):
    claim = {"spec": {**CLAIM["spec"], "storageClassName": "fast"}}
    found = bill(
        [*classes, make("kubernetes:core/v1:PersistentVolumeClaim", inputs=claim)],
        table("us-east-1", {("ebs", "io2"): 0.2}),
    )
    assert found.lines[0].monthly.expected == 2


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (UNKNOWN, "its values aren't known before deployment"),
        (
            {"volumeClaimTemplate": {"spec": {"resources": {"requests": {"storage": UNKNOWN}}}}},
            "their size or number isn't known",
        ),
        ({"replicas": UNKNOWN, "volumeClaimTemplate": CLAIM}, "their size or number isn't known"),
        (
            {"volumeClaimTemplate": {"spec": {**CLAIM["spec"], "storageClassName": "theirs"}}},
            "storage class isn't in this program",
        ),
    ],
)
def test_volumes_that_are_not_known_are_unpriced(bill, make, classes, table, values, reason):
    found = bill([*classes, release(make, values)], table("us-east-1", {("ebs", "gp3"): 0.1}))
    assert found.lines == []
    assert reason in found.unpriced[0].reason


def test_without_a_default_class_a_volumes_kind_is_not_known(bill, make, prices):
    found = bill([make("kubernetes:core/v1:PersistentVolumeClaim", inputs=CLAIM)], prices())
    assert "storage class isn't in this program" in found.unpriced[0].reason


def test_each_replica_of_a_stateful_set_has_its_volumes(bill, make, classes, table):
    inputs = {"spec": {"replicas": 3, "volumeClaimTemplates": [CLAIM]}}
    found = bill(
        [*classes, make("kubernetes:apps/v1:StatefulSet", inputs=inputs)], table("us-east-1", {("ebs", "gp3"): 0.1})
    )
    assert found.lines[0].quantity.expected == 30


@pytest.mark.parametrize(
    ("type_", "spec", "lines"),
    [
        ("kubernetes:core/v1:Service", {"type": "LoadBalancer"}, 2),
        ("kubernetes:core/v1:Service", {"type": "ClusterIP"}, 0),
        ("kubernetes:core/v1:Service", {}, 0),
        ("kubernetes:networking.k8s.io/v1:Ingress", {"ingressClassName": "alb"}, 2),
        ("kubernetes:networking.k8s.io/v1:Ingress", {"ingressClassName": "nginx"}, 0),
    ],
)
def test_what_asks_for_a_load_balancer_pays_for_one(bill, make, prices, type_, spec, lines):
    book = prices(elb__network=1, elb__network_LCU=1, elb__application=1, elb__application_LCU=1)
    found = bill([make(type_, inputs={"spec": spec})], book)
    assert (len(found.lines), found.free) == (lines, 0 if lines else 1)


def test_a_service_of_unknown_type_is_unpriced(bill, make, prices):
    assert len(bill([make("kubernetes:core/v1:Service", inputs={"spec": {"type": UNKNOWN}})], prices()).unpriced) == 1
