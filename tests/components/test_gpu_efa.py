"""EFA interfaces and placement groups of GPU pools: what the nodes get, what is refused, what is warned of.

That EC2 starts a node with them, and that NCCL then uses them, only AWS shows.
"""

import pulumi
import pytest

from aistacks import GpuNodePool
from aistacks_core.errors import UserError

ZONE = ["us-east-1a"]
G = {"cluster_name": "main", "node_role_name": "nodes", "instance_types": ["p5.48xlarge"], "max_gpus": 16}
TRAINING = {**G, "purpose": "training"}


@pytest.fixture(autouse=True)
def warned(monkeypatch):
    """What was warned of."""
    said = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: said.append(text))
    return said


@pytest.fixture
def pool(record):
    def run(base=G, **args):
        return record(lambda: GpuNodePool("gpu", {**base, **args}))

    return run


def node_class(plan):
    return next(r.inputs["spec"] for r in plan.resources if r.inputs.get("kind") == "EC2NodeClass")


def fabric(plan):
    """Card and device of each EFA-only interface, after the primary one."""
    primary, *rest = node_class(plan)["networkInterfaces"]
    assert primary == {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"}
    assert {each["interfaceType"] for each in rest} == {"efa-only"}
    return [(each["networkCardIndex"], each["deviceIndex"]) for each in rest]


def test_without_efa_karpenter_decides_by_what_pods_ask_for(pool):
    for plan in (pool(), pool(efa=False)):
        assert not {"networkInterfaces", "placementGroupSelector"} & node_class(plan).keys()


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("p5.48xlarge", [(0, 1), *((card, 0) for card in range(1, 32))]),
        ("p5.4xlarge", [(0, 1)]),
        ("p4d.24xlarge", [(0, 1), (1, 0), (2, 0), (3, 0)]),
        # Its first card has no EFA.
        ("p6-b300.48xlarge", [(card, 0) for card in range(1, 17)]),
    ],
)
def test_each_card_with_efa_has_one_interface_of_it(pool, type_, expected):
    assert fabric(pool(efa=True, instance_types=[type_], zones=ZONE)) == expected


def test_types_with_the_same_cards_share_a_pool(pool):
    assert len(fabric(pool(efa=True, instance_types=["p5.48xlarge", "p5e.48xlarge"], zones=ZONE))) == 32


def test_every_class_of_a_ladder_has_the_interfaces_and_the_group(pool):
    ladder = [{"reservation": {"ids": ["cr-1"], "max_gpus": 8}}, {"capacity_block": {"ids": ["cr-2"]}}]
    plan = pool(efa=True, zones=ZONE, capacity=ladder, placement_group_name="close")
    classes = [r.inputs["spec"] for r in plan.resources if r.inputs.get("kind") == "EC2NodeClass"]
    assert len(classes) == 2
    assert all(len(each["networkInterfaces"]) == 33 for each in classes)
    assert all(each["placementGroupSelector"] == {"name": "close"} for each in classes)


def test_a_group_may_be_another_resource_s_output(record):
    def program():
        GpuNodePool("gpu", {**G, "placement_group_name": pulumi.Output.from_input("close")})

    assert node_class(record(program))["placementGroupSelector"] == {"name": "close"}


@pytest.mark.parametrize(
    ("types", "message"),
    [
        (["g6.xlarge"], "instance_types[0]: got 'g6.xlarge'; expected a type with EFA, because efa is true"),
        (
            ["p5.48xlarge", "p5en.48xlarge"],
            "instance_types[1]: got 'p5en.48xlarge (16 from 0 on)'; expected 32 EFA interfaces on the cards from 0 on",
        ),
        (["p9.48xlarge"], "instance_types[0]: got 'p9.48xlarge'; expected a type whose network cards are known"),
    ],
)
def test_types_that_can_not_have_the_same_interfaces_are_refused(pool, types, message):
    with pytest.raises(UserError) as error:
        pool(efa=True, instance_types=types, zones=ZONE)
    assert message in str(error.value)


def test_a_fabric_over_several_zones_is_warned_of(pool, warned):
    pool(efa=True, zones=ZONE)
    assert warned == []
    pool(efa=True)
    pool(efa=True, zones=["us-east-1a", "us-east-1b"])
    assert ["zones: 'every zone' isn't one zone" in warned[0], "us-east-1b'] isn't one zone" in warned[1]] == [
        True,
        True,
    ]


def test_a_training_pool_of_several_nodes_without_a_fabric_is_warned_of(pool, warned):
    pool(TRAINING)
    (text,) = warned
    assert "instance_types: ['p5.48xlarge'] may have 2 nodes with neither efa nor placement_group_name" in text
    assert text.endswith("State efa: true, or efa: false where no job spans nodes.")


@pytest.mark.parametrize(
    "args",
    [
        {"efa": False},
        {"efa": True, "zones": ZONE},
        {"placement_group_name": "close"},
        {"max_gpus": 8},
        {"max_gpus": None, "replicas": 1},
        {"purpose": "inference"},
        {"instance_types": ["g6.xlarge"]},
    ],
)
def test_who_has_decided_or_has_one_node_is_not_warned(pool, warned, args):
    pool(TRAINING, **args)
    assert warned == []
