"""What may take longer than its provider waits has a limit of its own, which follows the arguments."""

import pytest

from aistacks import EksCluster, InferenceService, Monitoring, Warehouse

NETWORK = {"vpc_id": "vpc-1", "subnet_ids": ["subnet-1", "subnet-2", "subnet-3"], "client_cidrs": ["10.0.0.0/16"]}


@pytest.mark.parametrize(
    ("count", "limits"), [(2, {"update": "75m", "delete": "60m"}), (10, {"update": "275m", "delete": "200m"})]
)
def test_a_node_group_is_rolled_node_by_node(record, count, limits):
    plan = record(lambda: EksCluster("ai", {"subnet_ids": ["a", "b"], "system_node_count": count}))
    assert plan.one("aws:eks/nodeGroup:NodeGroup", "ai-system").custom_timeouts == limits


def test_the_clusters_own_pool_may_take_a_day_to_go(record):
    plan = record(lambda: EksCluster("ai", {"subnet_ids": ["a", "b"]}))
    for name in ("ai-general", "ai-general-class"):
        assert plan[name].custom_timeouts == {"delete": "25h"}


def test_a_warehouse_may_take_days_to_resize(record):
    plan = record(lambda: Warehouse("wh", {**NETWORK, "mode": "provisioned"}))
    assert plan.one("aws:redshift/cluster:Cluster", "wh").custom_timeouts == {"update": "48h", "delete": "4h"}


def test_a_cluster_and_its_add_ons_have_longer_than_the_provider_waits(record):
    plan = record(lambda: EksCluster("ai", {"subnet_ids": ["a", "b"]}))
    cluster = plan.one("aws:eks/cluster:Cluster", "ai")
    assert cluster.custom_timeouts == {"create": "1h", "update": "2h", "delete": "1h"}
    addons = plan.of("aws:eks/addon:Addon")
    assert len(addons) == 7
    assert [a.custom_timeouts for a in addons] == [{"create": "40m", "update": "2h"}] * 7


def test_every_release_says_how_long_helm_may_take(record):
    """Helm heeds no custom timeouts."""
    plan = record(lambda: (EksCluster("ai", {"subnet_ids": ["a", "b"]}), Monitoring("watch", {})))
    seconds = {r.name: r.inputs.get("timeout") for r in plan.of("kubernetes:helm.sh/v3:Release")}
    assert {name: each for name, each in seconds.items() if name.startswith("ai-")} == {
        "ai-karpenter-crd": 600,
        "ai-karpenter": 600,
    }
    assert len(seconds) > 4
    assert {each for name, each in seconds.items() if name.startswith("watch")} == {900}


def test_a_namespace_is_waited_for_until_what_is_in_it_is_gone(record):
    service = {
        "namespace": "digits",
        "create_namespace": True,
        "client_namespaces": ["apps"],
        "model": "digits",
        "model_digest": "sha256:" + "a" * 64,
        "model_store_bucket": "models",
    }
    plan = record(lambda: (Monitoring("watch", {}), InferenceService("digits", service)))
    found = plan.of("kubernetes:core/v1:Namespace")
    assert sorted(n.name for n in found) == ["digits-namespace", "watch-namespace", "watch-nodes"]
    assert [n.custom_timeouts for n in found] == [{"delete": "30m"}] * 3
