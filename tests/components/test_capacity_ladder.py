"""The capacity ladder of GPU pools: which NodePools it becomes, what it limits, what is refused.

That Karpenter takes the steps in this order is read in its source (see the module); that EC2 gives the capacity, only
AWS shows.
"""

import pulumi
import pytest

from aistacks import GpuNodePool
from aistacks.gpu_node_pool.dollars import usd_per_gpu
from aistacks_core.errors import UserError

G = {"cluster_name": "main", "node_role_name": "nodes", "instance_types": ["g6.xlarge", "g5.xlarge"]}
P5 = {**G, "instance_types": ["p5.48xlarge"], "max_gpus": 64}
TAGGED = [{"tags": {"karpenter.sh/discovery": "main"}}]
CAPACITY = "karpenter.sh/capacity-type"
RESERVATION_TYPE = "karpenter.k8s.aws/capacity-reservation-type"
TYPES = "node.kubernetes.io/instance-type"
ZONES = "topology.kubernetes.io/zone"
LADDER = [
    {"reservation": {"ids": ["cr-0a", "cr-0b"], "max_gpus": 16}},
    {"capacity_block": {"tags": {"team": "ml"}}},
    {"spot": {}},
    {"on_demand": {}},
]


@pytest.fixture(autouse=True)
def warned(monkeypatch):
    """What was warned of."""
    said = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: said.append(text))
    return said


@pytest.fixture
def pool(record):
    def run(base=G, region="us-east-1", **args):
        return record(lambda: GpuNodePool("gpu", {**base, **args}), config={"aws:region": region} if region else {})

    return run


def of_kind(plan, kind):
    """Kubernetes name to spec, in the order of registration."""
    return {r.inputs["metadata"]["name"]: r.inputs["spec"] for r in plan.resources if r.inputs.get("kind") == kind}


def needs(spec):
    return {each["key"]: each["values"] for each in spec["template"]["spec"]["requirements"]}


def terms(plan, pool_name):
    reference = of_kind(plan, "NodePool")[pool_name]["template"]["spec"]["nodeClassRef"]["name"]
    return of_kind(plan, "EC2NodeClass")[reference].get("capacityReservationSelectorTerms")


def test_one_node_pool_does_for_what_karpenter_orders_by_itself(pool):
    ladder = pool(capacity=[{"reservation": {}}, {"spot": {}}, {"on_demand": {}}])
    plain = pool(capacity_types=["reserved", "spot", "on-demand"])
    assert of_kind(ladder, "NodePool") == of_kind(plain, "NodePool")
    assert of_kind(ladder, "EC2NodeClass") == of_kind(plain, "EC2NodeClass")
    assert list(of_kind(ladder, "NodePool")) == ["gpu"]


def test_a_reservation_before_a_block_takes_two_node_pools_by_weight(pool):
    plan = pool(P5, capacity=LADDER)
    pools = of_kind(plan, "NodePool")
    assert {name: (spec.get("weight"), spec["limits"]) for name, spec in pools.items()} == {
        "gpu-reservation": (1, {"nvidia.com/gpu": "16"}),
        "gpu": (None, {"nvidia.com/gpu": "48"}),
    }
    assert needs(pools["gpu-reservation"])[CAPACITY] == ["reserved"]
    assert needs(pools["gpu-reservation"])[RESERVATION_TYPE] == ["default"]
    assert needs(pools["gpu"])[CAPACITY] == ["reserved", "spot", "on-demand"]
    assert RESERVATION_TYPE not in needs(pools["gpu"])
    assert terms(plan, "gpu-reservation") == [{"id": "cr-0a"}, {"id": "cr-0b"}]
    assert terms(plan, "gpu") == [{"tags": {"team": "ml"}}]


def test_every_node_pool_of_a_pool_has_its_label_and_taint(pool):
    for spec in of_kind(pool(P5, capacity=LADDER), "NodePool").values():
        assert spec["template"]["metadata"]["labels"]["aistacks.io/pool"] == "gpu"
        assert spec["template"]["spec"]["taints"][0]["key"] == "nvidia.com/gpu"


def test_an_order_that_karpenter_has_not_takes_a_node_pool_each(pool):
    plan = pool(capacity=[{"on_demand": {"max_gpus": 2}}, {"spot": {}}], weight=10)
    pools = of_kind(plan, "NodePool")
    assert [(name, spec["weight"], needs(spec)[CAPACITY]) for name, spec in pools.items()] == [
        ("gpu-on-demand", 11, ["on-demand"]),
        ("gpu", 10, ["spot"]),
    ]
    assert list(of_kind(plan, "EC2NodeClass")) == ["gpu"]


def test_a_narrowed_step_has_its_types_and_zones_to_itself(pool):
    narrow = {"instance_types": ["g6.xlarge"], "zones": ["us-east-1a"], "max_gpus": 4}
    plan = pool(zones=["us-east-1a", "us-east-1b"], capacity=[{"spot": narrow}, {"on_demand": {}}])
    pools = of_kind(plan, "NodePool")
    assert (needs(pools["gpu-spot"])[TYPES], needs(pools["gpu-spot"])[ZONES]) == (["g6.xlarge"], ["us-east-1a"])
    assert (needs(pools["gpu"])[TYPES], needs(pools["gpu"])[ZONES]) == (
        ["g6.xlarge", "g5.xlarge"],
        ["us-east-1a", "us-east-1b"],
    )


def test_steps_of_one_kind_are_counted_and_share_a_class_where_they_can(pool):
    ladder = [
        {"capacity_block": {"ids": ["cr-0a"], "max_gpus": 8}},
        {"capacity_block": {"ids": ["cr-0b"], "max_gpus": 8}},
        {"reservation": {"ids": ["cr-0a"], "max_gpus": 8}},
        {"on_demand": {}},
    ]
    plan = pool(P5, capacity=ladder)
    assert {name: terms(plan, name) for name in of_kind(plan, "NodePool")} == {
        "gpu-capacity-block": [{"id": "cr-0a"}],
        "gpu-capacity-block-2": [{"id": "cr-0b"}],
        "gpu-reservation": [{"id": "cr-0a"}],
        "gpu": [{"id": "cr-0a"}],
    }
    assert list(of_kind(plan, "EC2NodeClass")) == ["gpu", "gpu-capacity-block-2"]


@pytest.mark.parametrize(
    ("selected", "expected"),
    [
        ({}, TAGGED),
        ({"ids": ["cr-0a"]}, [{"id": "cr-0a"}]),
        ({"tags": {"team": "*"}}, [{"tags": {"team": "*"}}]),
        (
            {"tags": {"team": "ml"}, "owner_id": "111122223333"},
            [{"tags": {"team": "ml"}, "ownerID": "111122223333"}],
        ),
        (
            {"owner_id": "111122223333"},
            [
                {"instanceMatchCriteria": "open", "ownerID": "111122223333"},
                {"instanceMatchCriteria": "targeted", "ownerID": "111122223333"},
            ],
        ),
    ],
)
def test_reservations_are_selected_by_id_tags_and_owner(pool, selected, expected):
    assert terms(pool(capacity=[{"reservation": selected}, {"on_demand": {}}]), "gpu") == expected


def test_whoever_uses_the_name_waits_for_every_node_pool(record):
    def program():
        made = GpuNodePool("gpu", {**P5, "capacity": LADDER})
        pulumi.export("name", made.name)

    plan = record(program)
    assert plan.one("aistacks:index:GpuNodePool", "gpu").outputs == {"name": "gpu"}
    for name, role in (("gpu", ""), ("gpu-reservation", "-reservation")):
        made = plan.one("kubernetes:karpenter.sh/v1:NodePool", name)
        assert plan[f"gpu{role}-class"].urn in made.dependencies


def test_dollars_become_the_gpus_that_they_pay_for_at_the_dearest_type(pool):
    dearest = max(usd_per_gpu(type_, ["us-east-1a"]) for type_ in G["instance_types"])
    paid = int(10 / dearest)
    assert paid > 8
    assert of_kind(pool(max_usd_per_hour=10), "NodePool")["gpu"]["limits"] == {"nvidia.com/gpu": str(paid)}
    assert of_kind(pool(max_usd_per_hour=10, max_gpus=4), "NodePool")["gpu"]["limits"] == {"nvidia.com/gpu": "4"}


def test_dollars_limit_all_steps_together(pool):
    plan = pool(P5, max_usd_per_hour=220.2, capacity=[{"reservation": {"max_gpus": 16}}, {"on_demand": {}}])
    found = [int(spec["limits"]["nvidia.com/gpu"]) for spec in of_kind(plan, "NodePool").values()]
    assert found == [16, 16]


def test_a_static_pool_has_its_nodes_a_spare_and_no_weight(pool):
    plan = pool(replicas=3, capacity=[{"reservation": {}}, {"on_demand": {}}])
    (spec,) = of_kind(plan, "NodePool").values()
    assert (spec["replicas"], spec["limits"], "weight" in spec) == (3, {"nodes": "4"}, False)


def test_a_pool_that_becomes_static_is_another_node_pool_because_karpenter_refuses_the_change(pool):
    assert list(of_kind(pool(), "NodePool")) == ["gpu"]
    assert list(of_kind(pool(replicas=3), "NodePool")) == ["gpu-static"]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (
            {"instance_types": ["g6.xlarge"], "capacity": [{"spot": {}}, {"on_demand": {}}]},
            ["'g6.xlarge' is the only type"],
        ),
        ({"capacity": [{"spot": {}}]}, ["has no fallback: pods wait where EC2 has no spot capacity"]),
        ({"capacity": [{"reservation": {}}]}, ["has no fallback: pods wait where the reservations are used up"]),
        (
            {"capacity": [{"spot": {"max_gpus": 2}}, {"reservation": {}}]},
            ["capacity[1]: 'reservation' comes after capacity that is bought"],
        ),
        ({"capacity": [{"reservation": {}}, {"spot": {}}, {"on_demand": {}}]}, []),
        ({"capacity": [{"on_demand": {}}]}, []),
        ({"instance_types": ["g6.xlarge"], "capacity_types": ["spot"]}, []),
    ],
)
def test_what_has_no_way_out_is_warned_of(pool, warned, args, expected):
    pool(**args)
    assert len(warned) == len(expected)
    for text, part in zip(warned, expected, strict=True):
        assert "GpuNodePool 'gpu'" in text
        assert part in text


BLOCK = {"capacity_block": {"ids": ["cr-0b"]}}
DEMAND = {"on_demand": {}}


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"capacity": []}, "capacity: got '0 steps'; expected 1 to 9, each one of reservation, capacity_block, spot"),
        ({"capacity": [{}]}, "capacity[0]: got 'nothing'; expected exactly one of reservation"),
        ({"capacity": [{"spot": {}, "on_demand": {}}]}, "capacity[0]: got 'spot, on_demand'; expected exactly one of"),
        ({"capacity": [{"on-demand": {}}]}, "capacity[0]: got unknown key 'on-demand'"),
        ({"capacity": [DEMAND, DEMAND]}, "capacity[1]: got {'on_demand': {}}; expected each step once"),
        ({"capacity": [DEMAND], "capacity_types": ["spot"]}, "capacity_types: got ['spot']; expected nothing beside"),
        (
            {"capacity": [{"reservation": {"ids": ["r-1"]}}]},
            "capacity[0].reservation.ids[0]: got 'r-1'; expected an ID such as cr-",
        ),
        ({"capacity": [{"reservation": {"ids": []}}]}, "capacity[0].reservation.ids: got '0 IDs'; expected 1 to 30"),
        (
            {"capacity": [{"reservation": {"ids": ["cr-0"], "tags": {"a": "b"}}}]},
            "capacity[0].reservation.tags: got {'a': 'b'}; expected nothing beside ids",
        ),
        ({"capacity": [{"reservation": {"tags": {}}}]}, "capacity[0].reservation.tags: got '0 tags'; expected 1 to 20"),
        (
            {"capacity": [{"reservation": {"tags": {"a": ""}}}]},
            "capacity[0].reservation.tags.a: got ''; expected a key",
        ),
        (
            {"capacity": [{"capacity_block": {"owner_id": "1234"}}]},
            "capacity[0].capacity_block.owner_id: got '1234'; expected an account's number of 12 digits",
        ),
        (
            {"capacity": [{"spot": {"instance_types": ["g4dn.xlarge"]}}]},
            "capacity[0].spot.instance_types[0]: got 'g4dn.xlarge'; expected one of the pool's instance_types",
        ),
        (
            {"capacity": [{"spot": {"zones": ["us-east-1c"]}}], "zones": ["us-east-1a"]},
            "capacity[0].spot.zones[0]: got 'us-east-1c'; expected one of the pool's zones: us-east-1a",
        ),
        (
            {"capacity": [{"spot": {"zones": ["mars"]}}]},
            "capacity[0].spot.zones[0]: got 'mars'; expected a zone such as",
        ),
        ({"capacity": [{"spot": {"max_gpus": 0}}]}, "capacity[0].spot.max_gpus: got 0; expected at least 1"),
        (
            {"capacity": [{"reservation": {}}, BLOCK, DEMAND]},
            "capacity[0].reservation: got 'no max_gpus'; expected its max_gpus: Karpenter limits each of these 2",
        ),
        (
            {"capacity": [{"reservation": {"max_gpus": 9}}, {"on_demand": {"max_gpus": 1}}]},
            "capacity: got 'steps of 10 GPUs'; expected 8 at most, the pool's limit",
        ),
        (
            {"capacity": [{"reservation": {"max_gpus": 8}}, DEMAND]},
            "capacity[1].on_demand: what the others leave: got 0; expected at least 1",
        ),
        ({"weight": 101}, "weight: got 101; expected 0 to 100"),
        (
            {"weight": 100, "capacity": [{"reservation": {"max_gpus": 4}}, DEMAND]},
            "weight: got 100; expected 99 at most, because the first of 2 NodePools has 101",
        ),
        ({"max_usd_per_hour": 0}, "max_usd_per_hour: got 0.0; expected more than 0"),
        ({"max_usd_per_hour": 0.1}, "max_usd_per_hour: got 0.1; expected enough for one node; a GPU of g5.xlarge"),
        (
            {"max_usd_per_hour": 9, "instance_types": ["g99.xlarge"]},
            "the price of g99.xlarge in us-east-1 isn't known here; or limit the pool by max_gpus.",
        ),
        ({"replicas": -1}, "replicas: got -1; expected 0 or more"),
        ({"replicas": 1, "max_gpus": 8}, "max_gpus: got 8; expected nothing beside replicas"),
        ({"replicas": 1, "weight": 3}, "weight: got 3; expected nothing beside replicas"),
        ({"replicas": 1, "max_usd_per_hour": 9}, "max_usd_per_hour: got 9.0; expected nothing beside replicas"),
        (
            {"replicas": 1, "capacity": [DEMAND, {"spot": {}}]},
            "capacity[1]: got {'spot': {}}; expected what Karpenter takes by itself after the steps above",
        ),
        (
            {"replicas": 1, "capacity": [{"spot": {"max_gpus": 1}}]},
            "capacity[0].spot.max_gpus: got 1; expected nothing beside replicas",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(pool, args, message):
    with pytest.raises(UserError) as error:
        pool(**args)
    assert message in str(error.value)
    assert "GpuNodePool 'gpu'" in str(error.value)


def test_dollars_need_a_region(pool):
    with pytest.raises(UserError, match="the region isn't known: set aws:region, or zones"):
        pool(region=None, max_usd_per_hour=9)
