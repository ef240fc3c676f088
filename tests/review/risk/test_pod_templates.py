"""Pod templates as the API server has them."""

from fractions import Fraction

import pytest

from aistacks_core.snapshot import UNKNOWN
from aistacks_review.risk.pod_templates import quantity, settled

DEPLOYMENT = "kubernetes:apps/v1:Deployment"


@pytest.mark.parametrize(
    ("one", "other"),
    [("1Gi", "1024Mi"), ("500m", "0.5"), ("500m", 0.5), (1, "1"), ("1e3", "1k"), ("1.5Gi", "1536Mi"), ("2", "2000m")],
)
def test_quantities_in_two_units_are_one(one, other):
    assert quantity(one) == quantity(other)


def test_other_quantities_are_others():
    assert quantity("1Gi") != quantity("1G")
    assert quantity("500m") == Fraction(1, 2)
    assert quantity("much") == "much"
    assert quantity(True) is True
    assert quantity(UNKNOWN) is UNKNOWN


@pytest.mark.parametrize("odd", [None, "x", [], {"spec": 7}, {"spec": {"containers": ["x", None]}}, UNKNOWN])
def test_what_is_odd_stays(odd):
    settled(odd)


def template(**container):
    return {
        "metadata": {"labels": {"app": "shop"}},
        "spec": {"containers": [{"name": "a", "image": "a:1", **container}]},
    }


@pytest.fixture
def rolled(resource, judge):
    def run(before, after):
        sides = [resource(DEPLOYMENT, "shop", inputs={"spec": {"replicas": 2, "template": t}}) for t in (before, after)]
        return [r.title for r in judge(sides[:1], sides[1:]) if "exchanged" in r.title]

    return run


QUIET = [
    ({}, {"imagePullPolicy": "IfNotPresent"}),
    ({"ports": [{"containerPort": 80}]}, {"ports": [{"containerPort": 80, "protocol": "TCP"}]}),
    (
        {"readinessProbe": {"httpGet": {"path": "/", "port": 80}}},
        {"readinessProbe": {"httpGet": {"path": "/", "port": 80, "scheme": "HTTP"}, "periodSeconds": 10}},
    ),
    (
        {"resources": {"limits": {"cpu": "1", "memory": "1Gi"}}},
        {"resources": {"limits": {"memory": "1024Mi", "cpu": "1000m"}}},
    ),
]


@pytest.mark.parametrize(("before", "after"), QUIET)
def test_pods_stay_where_a_default_or_a_unit_is_written_otherwise(rolled, before, after):
    assert rolled(template(**before), template(**after)) == []
    assert rolled(template(**after), template(**before)) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"imagePullPolicy": "Always"}),
        ({"ports": [{"containerPort": 53}]}, {"ports": [{"containerPort": 53, "protocol": "UDP"}]}),
        ({"resources": {"limits": {"memory": "1Gi"}}}, {"resources": {"limits": {"memory": "1G"}}}),
        ({}, {"securityContext": {"privileged": False}}),
        ({"env": [{"name": "A", "value": "1"}]}, {"env": [{"name": "A", "value": UNKNOWN}]}),
        ({"env": [{"name": "A", "value": UNKNOWN}]}, {"env": [{"name": "A", "value": "1"}]}),
    ],
)
def test_pods_roll_where_the_template_differs(rolled, before, after):
    assert len(rolled(template(**before), template(**after))) == 1
