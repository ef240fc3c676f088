"""What may take longer than its provider waits has a limit of its own, which follows the arguments."""

import pytest

from aistacks import EksCluster, Warehouse

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
