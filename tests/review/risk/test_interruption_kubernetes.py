"""Nodes that drift, pods that roll, services that lose them."""

import pytest

from aistacks_review.findings import RiskKind, Severity


def stopped(risks):
    return [r for r in risks if r.kind is RiskKind.INTERRUPTION]


@pytest.fixture
def pool(resource):
    def pool_(**spec):
        template = {"metadata": {"labels": {"a": "b"}}, "spec": {"expireAfter": "720h", "nodeClassRef": {"name": "c"}}}
        inputs = {"metadata": {"name": "pool"}, "spec": {"template": template, **spec}}
        return resource("kubernetes:karpenter.sh/v1:NodePool", "pool", inputs=inputs)

    return pool_


@pytest.fixture
def node_class(resource):
    def node_class_(**spec):
        inputs = {
            "metadata": {"name": "c"},
            "spec": {"role": "r", "amiSelectorTerms": [{"alias": "bottlerocket@v1"}], **spec},
        }
        return resource("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", "class", inputs=inputs)

    return node_class_


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ({"limits": {"cpu": 10}}, []),
        ({"weight": 10}, []),
        ({"disruption": {"consolidateAfter": "15m"}}, []),
        ({"template": {"metadata": {"labels": {"a": "c"}}, "spec": {"nodeClassRef": {"name": "c"}}}}, [True]),
        (
            {
                "template": {
                    "metadata": {"labels": {"a": "b"}},
                    "spec": {"expireAfter": "720h", "nodeClassRef": {"name": "c"}, "requirements": [{"key": "x"}]},
                }
            },
            [False],
        ),
    ],
)
def test_a_pool_drifts(pool, judge, spec, found):
    assert [r.certain for r in judge([pool()], [pool(**spec)])] == found


def test_a_class_drifts_and_names_its_pools(pool, node_class, judge):
    (risk,) = judge([node_class(), pool()], [node_class(role="other"), pool()])
    assert (risk.certain, risk.title) == (True, "Nodes of pool are exchanged by Karpenter, and their pods move.")
    (risk,) = judge([node_class()], [node_class(amiSelectorTerms=[{"alias": "bottlerocket@v2"}])])
    assert not risk.certain


ONLY_EMPTY = {"budgets": [{"nodes": "0", "reasons": ["Drifted"]}, {"nodes": "100%", "reasons": ["Empty"]}]}


@pytest.mark.parametrize(
    ("disruption", "severity", "told"),
    [
        (ONLY_EMPTY, Severity.LOW, "each once it is empty"),
        ({"budgets": [{"nodes": "0"}]}, Severity.LOW, "each once it is empty"),
        ({"budgets": [{"nodes": "10%"}]}, Severity.MEDIUM, "their pods move"),
        ({"budgets": [{"nodes": "0", "reasons": ["Empty"]}]}, Severity.MEDIUM, "their pods move"),
        ({"budgets": [{"nodes": "0", "schedule": "@daily", "duration": "8h"}]}, Severity.MEDIUM, "their pods move"),
    ],
)
def test_a_changed_tag_moves_pods_unless_only_empty_nodes_drift(pool, node_class, judge, disruption, severity, told):
    there = pool(disruption=disruption)
    (risk,) = judge([node_class(tags={"Owner": "a"}), there], [node_class(tags={"Owner": "b"}), there])
    assert (risk.severity, risk.certain) == (severity, True)
    assert told in risk.title
    assert "spec.tags.Owner" in risk.reason


def test_a_pool_ends(pool, node_class, judge):
    assert [r.severity for r in judge([pool()], [])] == [Severity.HIGH]
    assert stopped(judge([node_class()], [])) == []


@pytest.fixture
def workload(resource):
    def workload_(kind="Deployment", image="a", **spec):
        template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": image}]}}
        inputs = {
            "metadata": {"name": "web"},
            "spec": {"template": template, "replicas": 3, "selector": {"matchLabels": {"app": "web"}}, **spec},
        }
        return resource(f"kubernetes:apps/v1:{kind}", "web", inputs=inputs)

    return workload_


@pytest.mark.parametrize(
    ("kind", "spec", "severity"),
    [
        ("Deployment", {}, Severity.LOW),
        ("Deployment", {"replicas": 1}, Severity.LOW),
        ("Deployment", {"strategy": {"type": "Recreate"}}, Severity.MEDIUM),
        ("Deployment", {"strategy": {"rollingUpdate": {"maxUnavailable": "100%"}}}, Severity.MEDIUM),
        ("Deployment", {"strategy": {"rollingUpdate": {"maxUnavailable": 3}}}, Severity.MEDIUM),
        ("StatefulSet", {"replicas": 1}, Severity.MEDIUM),
        ("StatefulSet", {}, Severity.LOW),
        ("DaemonSet", {}, Severity.LOW),
    ],
)
def test_pods_roll(workload, judge, kind, spec, severity):
    (risk,) = judge([workload(kind, "a", **spec)], [workload(kind, "b", **spec)])
    assert risk.severity is severity
    assert "spec.template" in risk.reason


def test_a_workload_ends(workload, judge):
    assert [r.severity for r in judge([workload()], [])] == [Severity.HIGH]
    other = workload(selector={"matchLabels": {"app": "web", "tier": "x"}})
    assert [r.title for r in judge([workload()], [other])] == ["web is deleted and recreated; no pod serves meanwhile."]


@pytest.mark.parametrize(("now", "severity"), [(2, Severity.LOW), (1, Severity.MEDIUM), (0, Severity.HIGH), (5, None)])
def test_replicas(workload, judge, now, severity):
    assert [r.severity for r in judge([workload()], [workload(replicas=now)])] == ([severity] if severity else [])


def test_replicas_that_an_autoscaler_sets(workload, resource, judge):
    def scaler(least):
        spec = {"minReplicas": least, "maxReplicas": 9, "scaleTargetRef": {"name": "web"}}
        return resource(
            "kubernetes:autoscaling/v2:HorizontalPodAutoscaler", "h", inputs={"metadata": {"name": "h"}, "spec": spec}
        )

    assert judge([workload(), scaler(3)], [workload(replicas=1), scaler(3)]) == []
    (risk,) = judge([workload(), scaler(3)], [workload(), scaler(1)])
    assert (risk.severity, risk.title) == (Severity.MEDIUM, "h has at least 1 pod instead of 3.")


def test_a_disruption_budget(workload, resource, judge):
    def budget(**spec):
        spec |= {"selector": {"matchLabels": {"app": "web"}}}
        return resource(
            "kubernetes:policy/v1:PodDisruptionBudget", "b", inputs={"metadata": {"name": "b"}, "spec": spec}
        )

    assert [r.severity for r in judge([workload(), budget(minAvailable=2)], [workload()])] == [Severity.MEDIUM]
    assert not any("drain" in r.title for r in judge([workload(), budget(minAvailable=2)], []))
    assert [r.severity for r in judge([budget(minAvailable=2)], [budget(minAvailable=1)])] == [Severity.LOW]
    assert [r.severity for r in judge([budget(maxUnavailable="10%")], [budget(maxUnavailable="50%")])] == [Severity.LOW]
    assert judge([budget(minAvailable=1)], [budget(minAvailable=2)]) == []


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"selector": {"app": "a"}}, {"selector": {"app": "b"}}, "picks other pods"),
        ({"ports": [{"port": 80}, {"port": 81}]}, {"ports": [{"port": 80}]}, "no longer answers on 81"),
        ({"type": "LoadBalancer"}, {"type": "ClusterIP"}, "another kind of service"),
        ({"ports": [{"port": 80}]}, {"ports": [{"port": 80}, {"port": 81}]}, None),
    ],
)
def test_a_service(resource, judge, before, after, words):
    one, two = (
        resource("kubernetes:core/v1:Service", "s", inputs={"metadata": {"name": "s"}, "spec": v})
        for v in (before, after)
    )
    risks = stopped(judge([one], [two]))
    assert len(risks) == (words is not None)
    assert all(words in r.title for r in risks)


def test_a_service_goes(resource, judge):
    one = resource("kubernetes:core/v1:Service", "s", inputs={"metadata": {"name": "s"}, "spec": {}})
    assert [r.severity for r in judge([one], [])] == [Severity.HIGH]
