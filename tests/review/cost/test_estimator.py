"""Whole estimates: regions, what is left out, and the budget."""

import pytest

from aistacks_catalog.aws.prices.book import PriceBook, load
from aistacks_core.snapshot import UNKNOWN, Plan
from aistacks_review.cost import Assumptions, cost, estimate
from aistacks_review.cost.free import facts, why_free
from aistacks_review.cost.rules import RULES

EIP = "aws:ec2/eip:Eip"
BOOK = load("us-east-1")
ODD = [UNKNOWN, None, [], {}, "x", 3, True, -1, float("nan"), "zz0123456789abzz", [UNKNOWN], {"a": UNKNOWN}]
PROPERTIES = (
    "region",
    "spec",
    "values",
    "vpcEndpointType",
    "subnetIds",
    "version",
    "upgradePolicy",
    "scalingConfig",
    "instanceTypes",
    "launchTemplate",
    "retentionInDays",
    "name",
    "nodeType",
    "numberOfNodes",
    "multiAz",
    "baseCapacity",
    "maxCapacity",
    "loadBalancerType",
    "size",
    "type",
    "iops",
    "throughput",
    "instanceType",
    "rootBlockDevice",
    "ebsBlockDevices",
    "enableKeyRotation",
    "replicas",
    "period",
    "fifoQueue",
    "metadata",
)


def one_book(_):
    return BOOK


def plan(*resources, region="us-east-1"):
    return Plan(list(resources), {}, region=region)


def test_a_resource_may_be_in_another_region_than_the_stack(make):
    provider = make("pulumi:providers:aws", "far", {"region": "eu-central-1"})
    keys = [
        make("aws:kms/key:Key", "home"),
        make("aws:kms/key:Key", "own", {"region": "eu-west-1"}),
        make("aws:kms/key:Key", "theirs", provider=f"{provider.urn}::zz0123456789abzz"),
    ]
    found = estimate(plan(provider, *keys), Assumptions())
    skus = {line.urn.rpartition("::")[2]: line.sku for line in found.lines if line.what == "key"}
    assert len(set(skus.values())) == 3
    assert skus["own"] == "GD24Q3NRUQ5AFYNR"


@pytest.mark.parametrize(
    ("region", "inputs", "reason"),
    [
        ("", {}, "the stack's settings name no region"),
        ("mars-north-1", {}, "there is no price book of mars-north-1"),
        ("af-south-1", {}, "there is no price book of af-south-1"),
        ("us-east-1", {"region": UNKNOWN}, "its region isn't known before deployment"),
        ("../../x", {}, "there is no price book of ../../x"),
    ],
)
def test_without_a_price_book_nothing_is_zero(make, region, inputs, reason):
    found = estimate(plan(make(EIP, inputs=inputs), region=region), Assumptions())
    assert found.lines == []
    assert [u.reason for u in found.unpriced] == [reason]


def test_components_providers_and_free_kinds_are_not_lines(make):
    role = make("aws:iam/role:Role")
    found = estimate(plan(make("pulumi:providers:aws"), role), Assumptions())
    assert (found.lines, found.unpriced, found.free) == ([], [], 1)


def test_the_oldest_price_that_was_used_dates_the_estimate(bill, make, prices):
    assert bill([make(EIP)], prices(vpc__public_IPv4_address=1)).prices_of == "2026-11-24"
    assert bill([], prices()).prices_of == ""


def test_a_line_says_where_its_price_is_from(make):
    line = estimate(plan(make("aws:eks/cluster:Cluster", inputs={"version": "1.35"})), Assumptions()).lines[0]
    assert line.source == "lamngockhuong/aws-price/lib/data/pricing/eks.json@c088797d, 2025-10-28"
    assert line.sku == "7NQQU9V5HATFSKTV"
    assert (line.price, line.unit) == (0.1, "hour")


def test_head_base_and_budget(make):
    head = plan(make(EIP, "a"), make(EIP, "b"))
    small = Assumptions(budget_usd_per_month=7)
    found = cost(head, plan(make(EIP, "a")), small)
    assert found.head.total.expected == pytest.approx(7.3)
    assert found.change.expected == pytest.approx(3.65)
    assert found.over_budget
    assert not cost(head, None, Assumptions(budget_usd_per_month=7.5)).over_budget
    assert cost(head, None, Assumptions()).budget is None
    assert cost(head, None, small).change is None


def test_the_base_may_have_assumed_something_else(make):
    gateway = plan(make("aws:ec2/natGateway:NatGateway"))
    before, after = (Assumptions.model_validate({"assumptions": {"nat_gb": gb}}) for gb in (0, 100))
    assert cost(gateway, gateway, after, before).change.expected == pytest.approx(100 * 0.045)
    assert cost(gateway, gateway, after).change.expected == 0


@pytest.mark.parametrize("type_", RULES)
@pytest.mark.parametrize("odd", ODD)
def test_odd_inputs_never_fault_and_never_cost_less_than_nothing(make, type_, odd):
    assert PROPERTIES
    for name in PROPERTIES:
        found = estimate(plan(make(type_, inputs={name: odd})), Assumptions(), books=one_book)
        assert found.lines or found.unpriced or found.free, name
        for line in found.lines:
            assert 0 <= line.monthly.low <= line.monthly.expected <= line.monthly.high < float("inf"), (name, line)


def test_no_kind_is_both_free_and_charged_for():
    exact = {t for entry in facts()["free"] for t in entry["types"].split() if "*" not in t}
    assert not exact & set(RULES)


def test_each_free_kind_has_a_reason_and_a_source():
    sources = [name for name in ("listed", "setting", "cluster", "state") if f"{name}:" in facts()["source"]]
    for entry in facts()["free"]:
        assert entry["source"] in sources
        assert entry["reason"]
    assert why_free("aws:iam/role:Role") == "IAM has no charge"
    assert why_free("aws:rds/instance:Instance") is None


def test_a_thousand_odd_kinds_are_all_listed(make):
    resources = [make(f"aws:new/thing{n}:Thing{n}") for n in range(1000)]
    assert len(estimate(plan(*resources), Assumptions(), books=PriceBook).unpriced) == 1000


def test_five_thousand_resources_take_less_than_a_second(make, timed):
    kinds = [
        EIP,
        "aws:iam/role:Role",
        "aws:s3/bucket:Bucket",
        "aws:cloudwatch/logGroup:LogGroup",
        "kubernetes:core/v1:Pod",
    ]
    resources = [make(kinds[n % len(kinds)], str(n), {"retentionInDays": 30}) for n in range(5000)]
    found, seconds = timed(lambda: estimate(plan(*resources), Assumptions()))
    assert seconds < 1
    assert len(found.lines) + len(found.unpriced) + found.free > 5000
