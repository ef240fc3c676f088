"""What EC2 says of GPU pools, as its answers are shaped. Scores and reservations of a real account only AWS shows."""

import datetime as dt

import boto3
import pytest
from botocore.stub import Stubber

from aistacks_core.snapshot import Plan, Registration
from aistacks_review.quotas import Wanted, ask, wanted_of

TYPES = ["g6.xlarge", "g5.xlarge"]
ZONES = ["eu-west-1a", "eu-west-1b"]
TAGGED = [{"tags": {"karpenter.sh/discovery": "main"}}]
ACTIVE = {"Name": "state", "Values": ["active"]}
BY_TAG = [ACTIVE, {"Name": "tag:karpenter.sh/discovery", "Values": ["main"]}]


def wanted(**args):
    given = {"capacity": ["on-demand"], "terms": [], "reservation_types": [], "nodes": 8}
    return Wanted(**{"pool": "gpu", "types": TYPES, "zones": ZONES, **given, **args})


@pytest.fixture
def ec2():
    client = boto3.client("ec2", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def offers(stub, **at):
    rows = [{"InstanceType": type_.replace("_", "."), "Location": z} for type_, zones in at.items() for z in zones]
    expected = {"LocationType": "availability-zone", "Filters": [{"Name": "instance-type", "Values": TYPES}]}
    stub.add_response("describe_instance_type_offerings", {"InstanceTypeOfferings": rows}, expected)


def reserves(stub, filters, *some):
    stub.add_response("describe_capacity_reservations", {"CapacityReservations": list(some)}, {"Filters": filters})


def reservation(id_, **more):
    base = {"InstanceType": "g6.xlarge", "AvailabilityZone": "eu-west-1a", "ReservationType": "default"}
    return {"CapacityReservationId": id_, "TotalInstanceCount": 4, "AvailableInstanceCount": 3, **base, **more}


def said(ec2, *pools):
    return ask(list(pools), "eu-west-1", lambda _: ec2[0])


def test_what_every_zone_has_is_no_line(ec2):
    offers(ec2[1], g6_xlarge=ZONES, g5_xlarge=ZONES)
    found = said(ec2, wanted())
    assert (found.lines, found.missing, found.problem) == ([], [], "")


def test_where_a_type_is_not_offered_is_said_with_where_it_is(ec2):
    offers(ec2[1], g6_xlarge=["eu-west-1c"], g5_xlarge=["eu-west-1a"])
    found = said(ec2, wanted())
    assert found.lines == [
        "gpu: g6.xlarge isn't offered in its zones; other zones of the region have it: eu-west-1c",
        "gpu: g5.xlarge is offered in eu-west-1a only, of its zones eu-west-1a, eu-west-1b",
    ]
    assert found.missing == []


def test_a_pool_none_of_whose_types_is_offered_cannot_start(ec2):
    offers(ec2[1])
    assert said(ec2, wanted()).missing == ["gpu (none of its types is offered)"]


def test_reservations_are_asked_as_karpenter_asks_and_counted_once(ec2):
    offers(ec2[1], g6_xlarge=ZONES, g5_xlarge=ZONES)
    end = dt.datetime(2026, 12, 8, 11, 30, tzinfo=dt.UTC)
    reserves(
        ec2[1],
        BY_TAG,
        reservation("cr-1"),
        reservation("cr-2", EndDate=end),
        reservation("cr-3", InstanceType="m5.large"),
    )
    reserves(ec2[1], [ACTIVE], reservation("cr-1"), reservation("cr-9"))
    found = said(ec2, wanted(capacity=["reserved", "on-demand"], terms=[*TAGGED, {"id": "cr-1"}]))
    assert found.lines == ["gpu: 2 active reservations, 6 of 8 nodes free, the first ends 2026-12-08 11:30 UTC"]


@pytest.mark.parametrize(
    ("capacity", "missing"), [(["reserved"], ["gpu (no reservation)"]), (["reserved", "on-demand"], [])]
)
def test_a_block_is_no_reservation_and_a_pool_of_reserved_capacity_alone_needs_one(ec2, capacity, missing):
    offers(ec2[1], g6_xlarge=ZONES, g5_xlarge=ZONES)
    owner = [ACTIVE, {"Name": "owner-id", "Values": ["1"]}, {"Name": "instance-match-criteria", "Values": ["open"]}]
    reserves(ec2[1], owner, reservation("cr-1", ReservationType="capacity-block"))
    terms = [{"ownerID": "1", "instanceMatchCriteria": "open"}]
    found = said(ec2, wanted(capacity=capacity, terms=terms, reservation_types=["default"]))
    assert "no active reservation of its types and zones is selected" in found.lines[0]
    assert found.missing == missing


def test_reservations_selected_by_what_is_not_known_yet_are_not_asked(ec2):
    offers(ec2[1], g6_xlarge=ZONES, g5_xlarge=ZONES)
    found = said(ec2, wanted(capacity=["reserved"], terms=[{"tags": {"a": object()}}]))
    assert found.lines == ["gpu: its reservations aren't known before deployment"]


@pytest.mark.parametrize(
    ("types", "score", "hint"),
    [
        (TYPES, 2, "; EC2 scores fewer than 3 types low, whatever it has"),
        ([*TYPES, "g4dn.xlarge"], 2, "; name more types, or add on_demand"),
        ([*TYPES, "g4dn.xlarge"], 7, ""),
    ],
)
def test_spot_has_its_best_zones_score(ec2, types, score, hint):
    rows = [{"InstanceType": each, "Location": z} for each in types for z in ZONES]
    ec2[1].add_response("describe_instance_type_offerings", {"InstanceTypeOfferings": rows})
    scores = [{"Score": 1, "AvailabilityZoneId": "euw1-az2"}, {"Score": score, "AvailabilityZoneId": "euw1-az1"}]
    expected = {
        "InstanceTypes": types,
        "TargetCapacity": 8,
        "TargetCapacityUnitType": "units",
        "SingleAvailabilityZone": True,
        "RegionNames": ["eu-west-1"],
    }
    ec2[1].add_response("get_spot_placement_scores", {"SpotPlacementScores": scores}, expected)
    found = said(ec2, wanted(types=types, capacity=["spot"]))
    assert found.lines == [f"gpu: spot placement score {score} of 10 for 8 nodes, best in euw1-az1{hint}"]


def test_who_may_not_ask_gets_the_reason_and_what_was_said_before(ec2):
    offers(ec2[1], g5_xlarge=ZONES)
    ec2[1].add_client_error("get_spot_placement_scores", "UnauthorizedOperation", "not\nyours")
    found = said(ec2, wanted(capacity=["spot"]))
    assert len(found.lines) == 1
    assert "UnauthorizedOperation" in found.problem
    assert "\n" not in found.problem


def test_a_pool_says_what_it_wants_and_its_zones_are_those_of_karpenters_subnets():
    def made(type_, name, inputs):
        return Registration(type_, name, f"urn::{name}", "", True, inputs, frozenset())

    def need(key, *values):
        return {"key": key, "operator": "In", "values": list(values)}

    needs = [
        need("karpenter.sh/capacity-type", "reserved", "spot"),
        need("node.kubernetes.io/instance-type", *TYPES),
        need("karpenter.k8s.aws/capacity-reservation-type", "default"),
    ]
    template = {"spec": {"requirements": needs, "nodeClassRef": {"name": "gpu"}}}
    spec = {"template": template, "limits": {"nvidia.com/gpu": "8"}}
    general = {"template": {"spec": {"requirements": [], "nodeClassRef": {"name": "general"}}}}
    tags = {"karpenter.sh/discovery": "main"}
    plan = Plan(
        [
            made("kubernetes:karpenter.sh/v1:NodePool", "gpu", {"metadata": {"name": "gpu"}, "spec": spec}),
            made("kubernetes:karpenter.sh/v1:NodePool", "general", {"metadata": {"name": "general"}, "spec": general}),
            made(
                "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass",
                "gpu-class",
                {"metadata": {"name": "gpu"}, "spec": {"capacityReservationSelectorTerms": TAGGED}},
            ),
            *[
                made("aws:ec2/subnet:Subnet", zone, {"availabilityZone": zone, "tags": tags})
                for zone in reversed(ZONES)
            ],
            made("aws:ec2/subnet:Subnet", "other", {"availabilityZone": "eu-west-1c", "tags": {}}),
        ],
        {},
    )
    assert wanted_of(plan) == [
        wanted(capacity=["reserved", "spot"], terms=TAGGED, reservation_types=["default"], nodes=8)
    ]


def test_a_pool_of_shared_gpus_wants_as_many_nodes_as_its_limit_says():
    need = {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": TYPES}
    template = {"spec": {"requirements": [need], "nodeClassRef": {"name": "gpu"}}}
    inputs = {"metadata": {"name": "gpu"}, "spec": {"template": template, "limits": {"nodes": "3"}}}
    pool = Registration("kubernetes:karpenter.sh/v1:NodePool", "gpu", "urn::gpu", "", True, inputs, frozenset())
    assert [each.nodes for each in wanted_of(Plan([pool], {}))] == [3]
