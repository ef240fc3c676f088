"""How the pods of a pool share its GPUs: what the nodes are told, what limits the pool, what is refused early.

That the device plugin of a real node does as it is told, only a node with GPUs shows.
"""

import tomllib

import pytest

from aistacks import GpuNodePool, GpuSharing
from aistacks.gpu_node_pool.sharing import facts
from aistacks_catalog.aws.facts import instances
from aistacks_core.errors import UserError

G = {"cluster_name": "main", "node_role_name": "nodes", "instance_types": ["g6.xlarge", "g5.xlarge"]}
P5 = {**G, "instance_types": ["p5.48xlarge"], "max_gpus": 24}
SLICED = {"mode": "time-slicing", "replicas": 4}
PART = {"mode": "mig", "profile": "1g.10gb"}


@pytest.fixture
def pool(record):
    def run(base=G, **args):
        return record(lambda: GpuNodePool("gpu", {**base, **args}))

    return run


def spec(plan, kind):
    (made,) = [r for r in plan.resources if r.inputs.get("kind") == kind]
    return made.inputs["spec"]


def told(plan):
    """What the nodes are told of their device plugin."""
    return tomllib.loads(spec(plan, "EC2NodeClass")["userData"])["settings"]["kubelet-device-plugins"]["nvidia"]


def test_nodes_of_exclusive_gpus_are_told_nothing_and_limited_in_gpus(pool):
    for plan in (pool(), pool(sharing={"mode": "exclusive"})):
        assert "userData" not in spec(plan, "EC2NodeClass")
        assert spec(plan, "NodePool")["limits"] == {"nvidia.com/gpu": "8"}


def test_sliced_gpus_keep_the_name_by_which_karpenter_finds_instance_types(pool):
    assert told(pool(sharing=SLICED)) == {
        "device-sharing-strategy": "time-slicing",
        "time-slicing": {"replicas": 4, "rename-by-default": False, "fail-requests-greater-than-one": True},
    }


def test_mps_has_its_own_replicas(pool):
    assert told(pool(sharing={"mode": GpuSharing.MPS, "replicas": 10})) == {
        "device-sharing-strategy": "mps",
        "mps": {"replicas": 10, "rename-by-default": False},
    }


def test_a_profile_is_stated_for_each_model_of_the_pool(pool):
    types = ["p4de.24xlarge", "p5.48xlarge"]
    assert told(pool(P5, sharing=PART, instance_types=types)) == {
        "device-partitioning-strategy": "mig",
        "mig": {"profile": {"a100.80gb": "1g.10gb", "h100.80gb": "1g.10gb"}},
    }


def test_nodes_for_resource_claims_have_the_image_s_driver_in_place_of_the_plugin(pool):
    plan = pool(sharing={"mode": "dra"}, replicas=2, kubernetes_version="1.35")
    assert told(plan) == {"enabled": False}
    both = tomllib.loads(spec(plan, "EC2NodeClass")["userData"])["settings"]
    assert both["kubelet-dra-drivers"] == {"nvidia": {"enabled": True}}
    assert spec(plan, "NodePool")["limits"] == {"nodes": "3"}


def test_a_shared_pool_is_limited_in_nodes_because_parts_would_count_as_gpus(pool):
    assert spec(pool(sharing=SLICED), "NodePool")["limits"] == {"nodes": "8"}
    assert spec(pool(P5, sharing=PART), "NodePool")["limits"] == {"nodes": "3"}
    assert spec(pool(P5, sharing=PART, max_gpus=31), "NodePool")["limits"] == {"nodes": "3"}


def test_each_step_of_a_ladder_is_limited_in_nodes(pool):
    ladder = [{"reservation": {"max_gpus": 8}}, {"on_demand": {}}]
    plan = pool(P5, sharing=PART, capacity=ladder)
    pools = [r.inputs["spec"] for r in plan.resources if r.inputs.get("kind") == "NodePool"]
    assert [each["limits"] for each in pools] == [{"nodes": "1"}, {"nodes": "2"}]


def test_a_static_pool_of_shared_gpus_keeps_its_nodes(pool):
    plan = pool(P5 | {"max_gpus": None}, sharing=PART, replicas=2)
    assert spec(plan, "NodePool")["limits"] == {"nodes": "3"}


def test_every_type_with_mig_is_one_that_is_known_and_in_one_row_only():
    types = [type_ for known in facts()["mig"].values() for type_ in known["types"]]
    assert len(types) == len(set(types))
    assert {instances()[type_].accelerator for type_ in types} == {"A100", "H100", "H200", "B200"}
    every = {type_ for type_, shape in instances().items() if shape.accelerator in ("A100", "H100", "H200", "B200")}
    assert set(types) == every


def test_each_profile_makes_as_many_parts_as_fit_seven_compute_slices_and_the_memory():
    for model, known in facts()["mig"].items():
        memory = int(model.partition(".")[2].removesuffix("gb"))
        for profile, parts in known["profiles"].items():
            slices, size = profile.split("g.")
            assert parts * int(slices) <= 7, (model, profile)
            # A profile's memory is rounded.
            assert parts * int(size.removesuffix("gb")) <= memory + parts, (model, profile)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"sharing": {}}, "sharing.mode: got nothing; expected one of exclusive, time-slicing, mps, mig, dra"),
        ({"sharing": {"mode": "time-slicing"}}, "sharing.replicas: got nothing; expected a value for the mode time-sl"),
        (
            {"sharing": {"mode": "mig"}},
            'sharing.profile: got nothing; expected a value for the mode mig, for example "',
        ),
        ({"sharing": {**SLICED, "replicas": 1}}, "sharing.replicas: got 1; expected 2 or more"),
        (
            {"sharing": {**SLICED, "profile": "1g.5gb"}},
            "sharing.profile: got '1g.5gb'; expected nothing beside the mode",
        ),
        (
            {"sharing": {"mode": "exclusive", "replicas": 2}},
            "sharing.replicas: got 2; expected nothing beside the mode",
        ),
        (
            {"sharing": {"mode": "mps", "replicas": 49}},
            "sharing.replicas: got 49; expected 48 at most, what MPS serves",
        ),
        ({"sharing": PART}, "instance_types[0]: got 'g6.xlarge'; expected a type whose GPUs MIG is known for: p4d"),
        (
            {"sharing": {**PART, "profile": "1g.5gb"}, "instance_types": ["p5.48xlarge"]},
            "sharing.profile: got '1g.5gb'; expected one of 1g.10gb, 1g.20gb, 2g.20gb, 3g.40gb, 7g.80gb, for the h100",
        ),
        (
            {"sharing": SLICED, "instance_types": ["g6.xlarge", "g6.12xlarge"]},
            "instance_types[1]: got 'g6.12xlarge (4 GPUs)'; expected 1 GPUs, as g6.xlarge",
        ),
        ({"sharing": SLICED, "instance_types": ["g99.xlarge"]}, "instance_types[0]: got 'g99.xlarge'; expected a type"),
        ({"sharing": {"mode": "dra"}}, "sharing.mode: got 'dra'; expected another mode: the pinned Karpenter buys no"),
        (
            {"sharing": {"mode": "dra"}, "replicas": 1, "kubernetes_version": "1.33"},
            "sharing.mode: got 'dra'; expected Kubernetes 1.34 or newer, not 1.33",
        ),
    ],
)
def test_what_the_gpus_or_the_cluster_can_not_do_is_refused(pool, args, message):
    with pytest.raises(UserError) as error:
        pool(**args)
    assert message in str(error.value)


def test_an_old_gpu_serves_fewer_mps_clients(pool):
    args = {"instance_types": ["p3dn.24xlarge"], "sharing": {"mode": "mps", "replicas": 17}}
    with pytest.raises(UserError, match="expected 16 at most, what MPS serves on the V100"):
        pool(**args)
