"""Node pools: which types they may have, what their limits leave, and what that costs."""

import pytest

from aistacks_catalog.aws.facts import instances
from aistacks_core.snapshot import UNKNOWN
from aistacks_review.cost import karpenter


def need(key, operator, *values):
    return {"key": key, "operator": operator, "values": list(values)}


def spec(*needs, limits=None, **more):
    found = {"template": {"spec": {"requirements": list(needs), **more}}}
    return found if limits is None else {**found, "limits": limits}


AWS = "karpenter.k8s.aws/instance"


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ([need(karpenter.TYPE, "In", "g5.xlarge", "g5.2xlarge")], ["g5.xlarge", "g5.2xlarge"]),
        ([need(f"{AWS}-family", "In", "trn1n")], ["trn1n.32xlarge"]),
        (
            [need(f"{AWS}-category", "In", "p"), need(f"{AWS}-generation", "Gt", "5")],
            ["p6-b200.48xlarge", "p6-b300.48xlarge"],
        ),
        ([need(f"{AWS}-category", "In", "p"), need(f"{AWS}-generation", "Lt", "4")], ["p3dn.24xlarge"]),
        ([need(f"{AWS}-gpu-name", "In", "h100")], ["p5.4xlarge", "p5.48xlarge"]),
        (
            [
                need(f"{AWS}-family", "In", "m5"),
                need(f"{AWS}-size", "NotIn", "large", "24xlarge"),
                need(f"{AWS}-cpu", "Lt", "9"),
            ],
            ["m5.xlarge", "m5.2xlarge"],
        ),
        (
            [
                need(f"{AWS}-gpu-count", "Exists"),
                need(f"{AWS}-family", "In", "g6", "m5"),
                need(f"{AWS}-size", "In", "48xlarge"),
            ],
            ["g6.48xlarge"],
        ),
        (
            [
                need(f"{AWS}-gpu-count", "DoesNotExist"),
                need(f"{AWS}-family", "In", "t3a"),
                need("kubernetes.io/arch", "In", "arm64"),
            ],
            [],
        ),
        (
            [need(f"{AWS}-accelerator-count", "Gt", "12")],
            ["inf1.24xlarge", "trn1.32xlarge", "trn1n.32xlarge", "trn2.48xlarge"],
        ),
        ([need(f"{AWS}-memory", "Gte", "3000000"), need(f"{AWS}-category", "In", "g", "p")], ["p6-b300.48xlarge"]),
    ],
)
def test_requirements_leave_the_types_that_meet_them(needs, expected):
    assert karpenter.pool(spec(*needs)).types == expected


def test_without_requirements_every_known_type_may_be_taken_on_demand():
    found = karpenter.pool({})
    assert found.types == list(instances())
    assert found.capacity == {"on-demand"}
    assert found.limits == {}


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ([need(karpenter.CAPACITY, "In", "spot", "on-demand")], {"spot", "on-demand"}),
        ([need(karpenter.CAPACITY, "NotIn", "spot")], {"on-demand", "reserved"}),
        ([need(karpenter.CAPACITY, "Exists")], {"on-demand", "spot", "reserved"}),
        ([{"key": karpenter.CAPACITY, "operator": "In", "values": UNKNOWN}], {"on-demand", "spot", "reserved"}),
    ],
)
def test_how_nodes_are_bought(needs, expected):
    assert karpenter.pool(spec(*needs)).capacity == expected


@pytest.mark.parametrize(
    "strange",
    [
        need("topology.kubernetes.io/zone", "In", "eu-west-1a"),
        {"key": f"{AWS}-category", "operator": "In", "values": UNKNOWN},
        {"key": f"{AWS}-category", "operator": "Matches", "values": ["g"]},
        {"key": f"{AWS}-cpu", "operator": "Gt", "values": ["many"]},
        {"key": f"{AWS}-cpu", "operator": "Gt", "values": []},
    ],
)
def test_what_cannot_be_judged_is_named_and_leaves_the_types(strange):
    found = karpenter.pool(spec(need(f"{AWS}-family", "In", "g5"), strange))
    assert found.unclear == [strange["key"]]
    assert len(found.types) == 8


def test_a_type_whose_shape_is_not_known_is_named():
    found = karpenter.pool(spec(need(karpenter.TYPE, "In", "g99.xlarge", "g5.xlarge")))
    assert (found.unknown_types, found.types) == (["g99.xlarge"], ["g5.xlarge"])


@pytest.mark.parametrize(
    "odd", [UNKNOWN, None, [], {"template": UNKNOWN}, {"template": {"spec": {"requirements": UNKNOWN}}}]
)
def test_an_unknown_spec_is_read_without_a_fault(odd):
    assert karpenter.pool(odd if isinstance(odd, dict) else {}).capacity == {"on-demand"}


@pytest.mark.parametrize(
    ("limits", "room"),
    [
        ({"nvidia.com/gpu": "10"}, 2.5),
        ({"cpu": "96"}, 2),
        ({"cpu": "48000m", "memory": "1000Gi"}, 1),
        ({"memory": "384Gi"}, 2),
        ({"nodes": 3}, 3),
        ({"aws.amazon.com/neuron": "4"}, None),
        ({}, None),
    ],
)
def test_limits_leave_room_for_nodes(limits, room):
    assert karpenter.pool(spec(limits=limits)).node_limit("g5.12xlarge") == room


def test_a_limit_that_is_not_known_is_named():
    assert karpenter.pool(spec(limits={"cpu": UNKNOWN})).unclear_limits == ["cpu"]
    assert karpenter.pool({"limits": UNKNOWN}).unclear_limits == ["limits"]


CLASS = {
    "metadata": {"name": "gpu"},
    "spec": {"blockDeviceMappings": [{"ebs": {"volumeType": "gp3", "volumeSize": "100Gi"}}]},
}
TYPES = need(karpenter.TYPE, "In", "g5.xlarge", "g5.2xlarge")
BOOK = {
    ("ec2", "on-demand g5.xlarge"): 1.0,
    ("ec2", "on-demand g5.2xlarge"): 1.5,
    ("ec2", "spot g5.xlarge"): 0.4,
    ("ec2", "spot g5.2xlarge"): 0.5,
    ("ebs", "gp3"): 0.1,
}


def pool(make, *needs, limits=None, class_=CLASS):
    wanted = spec(
        *needs, limits=limits, nodeClassRef={"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"}
    )
    objects = [make("kubernetes:karpenter.sh/v1:NodePool", "gpu", {"metadata": {"name": "gpu"}, "spec": wanted})]
    return [*objects, make("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", "gpu-class", class_)] if class_ else objects


def both(*kinds):
    return need(karpenter.CAPACITY, "In", *kinds)


def test_a_pool_is_idle_at_nothing_and_full_at_its_dearest(bill, make, table):
    found = bill(pool(make, TYPES, limits={"nvidia.com/gpu": "8"}), table("us-east-1", BOOK), pool_share=0.25)
    nodes, disks = found.lines
    assert nodes.what == "node pool gpu, up to 8 x g5.2xlarge"
    assert (nodes.monthly.low, nodes.monthly.expected, nodes.monthly.high) == (0, 2 * 730 * 1.0, 8 * 730 * 1.5)
    assert (disks.quantity.low, disks.quantity.expected, disks.quantity.high) == (0, 200, 800)
    assert nodes.assumption == "25% of its limit on average (pool_share), g5.xlarge 100% on-demand"


@pytest.mark.parametrize(
    ("capacity", "usage", "hourly", "dearest"),
    [
        (("spot", "on-demand"), {"spot_share": 0.5}, 0.5 * 0.4 + 0.5 * 1.0, 1.5),
        (("spot",), {}, 0.4, 0.5),
        (("reserved", "on-demand"), {}, 1.0, 1.5),
        (("reserved", "on-demand"), {"reserved_share": 0.5, "reserved_discount": 0.4}, 0.5 * 0.6 + 0.5, 1.5),
        (("reserved", "spot", "on-demand"), {"reserved_share": 0.5, "spot_share": 1}, 0.5 + 0.5 * 0.4, 1.5),
        (("reserved",), {"reserved_discount": 0.25}, 0.75, 1.5),
        (("reserved", "spot"), {}, 0.4, 1.5),
    ],
)
def test_how_it_is_bought_gives_the_price(bill, make, table, capacity, usage, hourly, dearest):
    found = bill(
        pool(make, TYPES, both(*capacity), limits={"nvidia.com/gpu": "4"}),
        table("us-east-1", BOOK),
        pool_share=0.5,
        **usage,
    )
    nodes = found.lines[0]
    assert nodes.monthly.expected == pytest.approx(2 * 730 * hourly)
    assert nodes.price == pytest.approx(hourly)
    assert nodes.monthly.high == pytest.approx(4 * 730 * dearest)


def test_a_pool_may_have_its_own_share(bill, make, table):
    found = bill(pool(make, TYPES, limits={"nvidia.com/gpu": "8"}), table("us-east-1", BOOK), pools={"gpu": 1})
    assert found.lines[0].quantity.expected == 8 * 730
    assert "pools.gpu" in found.lines[0].assumption


def test_open_categories_are_expected_at_the_middle_and_bounded_by_the_dearest(bill, make, table):
    book = table(
        "us-east-1",
        {("ec2", f"on-demand {t}"): p for t, p in [("c6i.large", 1), ("m6i.large", 2), ("r6i.large", 3)]}
        | {("ebs", "gp3"): 0},
    )
    wanted = need(f"{AWS}-category", "In", "c", "m", "r")
    found = bill(pool(make, wanted, limits={"cpu": "8"}), book, pool_share=1)
    nodes = found.lines[0]
    assert (nodes.monthly.expected, nodes.monthly.high) == (4 * 730 * 2, 4 * 730 * 3)
    assert found.unpriced == []


def test_a_pool_without_an_end_is_counted_and_said(bill, make, table):
    found = bill(pool(make, TYPES), table("us-east-1", BOOK), unlimited_pool_nodes=2, busy_factor=5)
    assert [u.reason for u in found.unpriced] == ["it has no limit: more nodes than are counted here may be made"]
    assert found.lines[0].quantity.expected == pytest.approx(2 * 730)
    assert found.lines[0].quantity.high == 10 * 730


def test_a_limit_of_zero_makes_no_nodes(bill, make, table):
    found = bill(pool(make, TYPES, limits={"nvidia.com/gpu": "0"}), table("us-east-1", BOOK))
    assert found.lines == []
    assert "room in its limits" in found.unpriced[0].reason


@pytest.mark.parametrize(
    ("class_", "reason"),
    [
        (None, "its node class isn't in this program, or states no volumes"),
        ({"metadata": {"name": "other"}}, "its node class isn't in this program, or states no volumes"),
        ({"metadata": {"name": "gpu"}, "spec": UNKNOWN}, "its node class isn't in this program, or states no volumes"),
        (
            {**CLASS, "spec": {"blockDeviceMappings": [{"ebs": {"volumeType": "gp3", "volumeSize": UNKNOWN}}]}},
            "the volumes' kind or size isn't known before deployment",
        ),
    ],
)
def test_volumes_that_are_not_known_are_unpriced(bill, make, table, class_, reason):
    found = bill(pool(make, TYPES, limits={"nvidia.com/gpu": "8"}, class_=class_), table("us-east-1", BOOK))
    assert [u.reason for u in found.unpriced] == [reason]


def test_a_named_type_without_a_price_is_missed_by_name(bill, make, table):
    book = {key: price for key, price in BOOK.items() if key[1] != "on-demand g5.2xlarge"}
    found = bill(pool(make, TYPES, limits={"nvidia.com/gpu": "8"}), table("us-east-1", book))
    assert [u.what for u in found.unpriced] == ["node pool gpu, g5.2xlarge"]
    assert found.lines[0].what == "node pool gpu, up to 8 x g5.xlarge"


def test_nodes_of_another_cloud_are_unpriced(bill, make, prices):
    wanted = {"template": {"spec": {"nodeClassRef": {"group": "karpenter.azure.com", "name": "x"}}}}
    found = bill([make("kubernetes:karpenter.sh/v1:NodePool", inputs={"spec": wanted})], prices())
    assert [u.reason for u in found.unpriced] == ["its nodes aren't EC2's, or aren't known before deployment"]


def test_a_static_pool_runs_always_and_has_no_share(bill, make, table):
    registrations = pool(make, TYPES, limits={"nodes": "4"})
    (made,) = [r for r in registrations if r.type.endswith(":NodePool")]
    made.inputs["spec"]["replicas"] = 3
    nodes = bill(registrations, table("us-east-1", BOOK)).lines[0]
    assert (nodes.quantity.low, nodes.quantity.expected, nodes.quantity.high) == (3 * 730, 3 * 730, 3 * 730)
    assert 0 < nodes.monthly.low <= nodes.monthly.expected <= nodes.monthly.high
    assert nodes.assumption.startswith("3 nodes, always")


def test_several_node_pools_of_one_pool_have_its_share_by_their_label(bill, make, table):
    labelled = spec(TYPES, limits={"nvidia.com/gpu": "8"})
    labelled["template"]["metadata"] = {"labels": {"aistacks.io/pool": "serving"}}
    made = make("kubernetes:karpenter.sh/v1:NodePool", inputs={"metadata": {"name": "serving-spot"}, "spec": labelled})
    nodes = bill([made], table("us-east-1", BOOK), pools={"serving": 1}).lines[0]
    assert nodes.quantity.expected == 8 * 730
    assert "pools.serving" in nodes.assumption


def test_which_kind_of_reservation_a_pool_takes_is_no_matter_for_its_types():
    found = karpenter.pool(spec(TYPES, need(karpenter.RESERVATION_TYPE, "In", "capacity-block")))
    assert (found.unclear, found.types) == ([], ["g5.xlarge", "g5.2xlarge"])
