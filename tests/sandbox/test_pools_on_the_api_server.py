"""What a GpuNodePool registers, before a real API server that judges it by Karpenter's definitions and rules (CEL)."""

import pytest
from kubernetes.client import ApiException, CustomObjectsApi

from aistacks import GpuNodePool
from aistacks_sandbox.cluster import server as cluster

POOL = {"cluster_name": "main", "node_role_name": "nodes", "instance_types": ["g6.xlarge", "g5.xlarge"]}
LADDER = [
    {"reservation": {"ids": ["cr-0a"], "max_gpus": 2}},
    {"capacity_block": {"owner_id": "111122223333", "max_gpus": 2}},
    {"reservation": {"tags": {"team": "ml"}, "owner_id": "111122223333"}},
    {"spot": {}},
    {"on_demand": {}},
]
PLURALS = {"EC2NodeClass": ("karpenter.k8s.aws", "ec2nodeclasses"), "NodePool": ("karpenter.sh", "nodepools")}


@pytest.fixture
def objects(record):
    """The Kubernetes objects of a pool."""

    def run(name, **args):
        plan = record(lambda: GpuNodePool(name, {**POOL, **args}))
        return [r.inputs for r in plan.resources if r.inputs.get("kind") in PLURALS]

    return run


def _body(made):
    return {key: made[key] for key in ("kind", "metadata", "spec")} | {"apiVersion": made["apiVersion"]}


def _create(api, made, **options):
    group, plural = PLURALS[made["kind"]]
    return api.create_cluster_custom_object(group, "v1", plural, _body(made), field_validation="Strict", **options)


def test_a_ladder_and_a_static_pool_are_taken(api_server, objects):
    with cluster.client(api_server) as client:
        api = CustomObjectsApi(client)
        made = [*objects("ladder", capacity=LADDER, weight=98), *objects("fixed", replicas=2)]
        kept = [_create(api, each, dry_run="All") for each in made]
    assert [each["metadata"]["name"] for each in kept if each["kind"] == "NodePool"] == [
        "ladder-reservation",
        "ladder-capacity-block",
        "ladder",
        "fixed-static",
    ]
    assert [each["spec"] for each in kept if each["kind"] == "NodePool"][-1]["replicas"] == 2


@pytest.mark.parametrize("type_", ["p5.48xlarge", "p5.4xlarge", "p6-b300.48xlarge"])
def test_a_fabric_is_taken(api_server, objects, type_):
    """Karpenter's rules: one primary interface, no card and device twice, one EFA interface on a card."""
    with cluster.client(api_server) as client:
        api = CustomObjectsApi(client)
        made = objects("fabric", instance_types=[type_], efa=True, placement_group_name="close", max_gpus=16)
        kept = [_create(api, each, dry_run="All")["spec"] for each in made]
    assert [each["placementGroupSelector"] for each in kept if "role" in each] == [{"name": "close"}]


def test_shared_pools_are_taken(api_server, objects):
    with cluster.client(api_server) as client:
        api = CustomObjectsApi(client)
        made = [
            *objects("sliced", sharing={"mode": "time-slicing", "replicas": 4}),
            *objects("parts", sharing={"mode": "mig", "profile": "1g.10gb"}, instance_types=["p5.48xlarge"]),
            *objects("claims", sharing={"mode": "dra"}, replicas=1),
        ]
        kept = [_create(api, each, dry_run="All")["spec"] for each in made]
    assert [each["limits"] for each in kept if "limits" in each] == [{"nodes": "8"}, {"nodes": "1"}, {"nodes": "2"}]
    assert all("kubelet-device-plugins" in each["userData"] for each in kept if "userData" in each)


def test_disks_and_budgets_are_taken(api_server, objects):
    budgets = [{"nodes": "0", "reasons": ["Drifted"], "schedule": "0 8 * * mon-fri", "duration_minutes": 600}]
    asked = {"data_volume_iops": 16000, "data_volume_throughput_mib": 1000, "volume_kms_key_arn": "alias/nodes"}
    with cluster.client(api_server) as client:
        api = CustomObjectsApi(client)
        made = objects("disks", **asked, data_volume_snapshot_id="snap-1", disruption_budgets=budgets)
        kept = [_create(api, each, dry_run="All")["spec"] for each in made]
    assert kept[-1]["disruption"]["budgets"][0]["duration"] == "600m"


def test_a_pool_of_neuron_devices_is_taken(api_server, objects):
    with cluster.client(api_server) as client:
        api = CustomObjectsApi(client)
        made = objects("chips", accelerator="neuron", instance_types=["inf2.xlarge", "trn1.2xlarge"])
        kept = [_create(api, each, dry_run="All")["spec"] for each in made]
    assert kept[-1]["limits"] == {"aws.amazon.com/neuron": "8"}


def test_a_pool_of_one_name_could_not_become_static(api_server, objects):
    """Why a static pool's NodePool has a name of its own; it fails once Karpenter lets a pool change its mode."""
    (pool,) = [each for each in objects("mode") if each["kind"] == "NodePool"]
    (fixed,) = [each for each in objects("mode", replicas=1) if each["kind"] == "NodePool"]
    with cluster.client(api_server) as client:
        api = CustomObjectsApi(client)
        there = _create(api, pool)
        try:
            with pytest.raises(ApiException) as refused:
                version = there["metadata"]["resourceVersion"]
                body = {**_body(fixed), "metadata": {"name": "mode", "resourceVersion": version}}
                api.replace_cluster_custom_object("karpenter.sh", "v1", "nodepools", "mode", body)
            assert "Cannot transition NodePool" in refused.value.body
        finally:
            api.delete_cluster_custom_object("karpenter.sh", "v1", "nodepools", "mode")
