"""What isn't known is a figure of its own: never nothing, never as before, never a saving, never within the budget."""

import dataclasses

import pytest

from aistacks_core.snapshot import UNKNOWN, Opaque, Plan
from aistacks_review.cost import Assumptions, cost, estimate
from aistacks_review.report.spending import budget_of, change_of, left_out, together

EIP = "aws:ec2/eip:Eip"
NEW = "aws:quantum/thing:Thing"
NAT = "aws:ec2/natGateway:NatGateway"


def plan(*resources, region="us-east-1", opaque=()):
    return Plan(list(resources), {}, list(opaque), region=region)


def compared(head, base, **more):
    return cost(head, base, Assumptions(**more))


def test_a_kind_without_a_rule_is_not_known_and_not_nothing(make):
    found = compared(plan(make(NEW)), plan(make(NEW)))
    assert together(found).expected == "not known"
    assert left_out(found.head) == "and 1 resource not known"
    assert change_of(found) == "as before", "the very same on both sides"


def test_beside_what_is_known_the_total_is_the_least(make):
    found = compared(plan(make(EIP), make(NEW)), plan(make(EIP)))
    assert (together(found).expected, change_of(found)) == ("at least $3.65", "change not known")
    assert left_out(found.head) == "and 1 resource not known"


@pytest.mark.parametrize(
    ("head", "base"),
    [
        ({"size": 2}, {"size": 1}),
        ({"size": UNKNOWN}, {"size": UNKNOWN}),
        ({"deep": [{"size": UNKNOWN}]}, {"deep": [{"size": UNKNOWN}]}),
        (None, {}),
        ({}, None),
    ],
)
def test_what_is_not_known_and_not_the_same_is_never_as_before(make, head, base):
    sides = [plan(*([] if side is None else [make(NEW, inputs=side)])) for side in (head, base)]
    found = compared(*sides)
    assert change_of(found) == "change not known"
    assert together(found).changes == "not known"


def test_what_it_was_made_from_counts_with_it(make):
    def side(size):
        template = make("aws:quantum/shape:Shape", "shape", {"size": size})
        return plan(template, make(NEW, property_dependencies={"shape": (template.urn,)}))

    unclear = {urn.rpartition("::")[2] for urn in compared(side(2), side(1)).unclear}
    assert unclear == {"shape", "it"}
    assert compared(side(1), side(1)).unclear == []


def test_a_renamed_resource_is_the_same(make):
    old = make(NEW, "old")
    new = make(NEW, "new", aliases=(old.urn,))
    assert compared(plan(new), plan(old)).unclear == []


def test_a_region_without_a_price_book_is_no_saving(make):
    found = compared(plan(make(EIP), region="af-south-1"), plan(make(EIP)))
    assert (together(found).expected, change_of(found)) == ("not known", "change not known")
    assert found.change.expected == 0
    back = compared(plan(make(EIP)), plan(make(EIP), region="af-south-1"))
    assert (together(back).expected, change_of(back)) == ("$3.65", "change not known")


def test_one_resource_that_moves_to_such_a_region_is_no_saving_among_others(make):
    stays, away = make(EIP, "stays"), make(EIP, "moves", {"region": "af-south-1"})
    found = compared(plan(stays, away, make(EIP, "new")), plan(stays, make(EIP, "moves")))
    assert found.change.expected == pytest.approx(3.65)
    assert change_of(found) == "+$3.65 of what is known"


def test_a_type_that_has_no_price_any_more_is_no_saving(make):
    of = "aws:ec2/instance:Instance"
    found = compared(
        plan(make(of, inputs={"instanceType": "q9.huge"})), plan(make(of, inputs={"instanceType": "g5.xlarge"}))
    )
    assert found.change.expected == 0
    assert change_of(found) == "change not known"


def test_a_budget_holds_only_where_everything_is_known(make):
    known, not_all = plan(make(EIP)), plan(make(EIP), make(NEW))
    assert compared(known, None, budget_usd_per_month=10).within_budget is True
    assert compared(known, None, budget_usd_per_month=1).within_budget is False
    open_ = compared(not_all, None, budget_usd_per_month=10)
    assert open_.within_budget is None
    assert not open_.over_budget
    assert budget_of(open_)[1] == "at least 36 % of the budget of $10; whether it holds isn't known"
    assert compared(not_all, None, budget_usd_per_month=1).within_budget is False
    nothing = compared(plan(make(NEW)), None, budget_usd_per_month=10)
    assert budget_of(nothing) == ("", "whether the budget of $10 holds isn't known")
    assert compared(known, None).within_budget is None


def test_a_component_of_another_process_is_not_known(make):
    vpc = dataclasses.replace(make("awsx:ec2:Vpc"), custom=False, remote=True)
    found = estimate(plan(vpc), Assumptions())
    assert [(u.what, u.reason) for u in found.unpriced] == [
        ("component awsx:ec2:Vpc", "its own program makes what is in it, and that isn't seen here")
    ]
    assert estimate(plan(dataclasses.replace(vpc, remote=False)), Assumptions()).unpriced == []


@pytest.mark.parametrize("type_", ["gcp:sql/databaseInstance:DatabaseInstance", "pulumi-python:dynamic:Resource"])
def test_other_providers_resources_are_not_known(make, type_):
    assert estimate(plan(make(type_)), Assumptions()).unknown == 1


@pytest.mark.parametrize("kind", ["Helm chart", "local manifests", "unchanged resources", "step of an unknown kind"])
def test_a_part_that_may_make_something_is_not_known_and_never_the_same(make, kind):
    part = Opaque(kind, "nginx")
    found = compared(plan(opaque=[part]), plan(opaque=[part]))
    assert (found.head.unknown, together(found).expected) == (1, "not known")
    assert change_of(found) == "change not known"


@pytest.mark.parametrize("kind", ["invoke", "encrypted config", "stack reference", "resource that is read", "warning"])
def test_what_is_only_asked_or_read_costs_nothing_here(kind):
    assert estimate(plan(opaque=[Opaque(kind, "it")]), Assumptions()).complete


def test_use_that_nobody_stated_is_told_by_the_unit_and_in_no_total(make):
    found = compared(plan(make(NAT)), plan(make(NAT)))
    assert found.head.total.low == found.head.total.high == pytest.approx(730 * 0.045)
    (data,) = found.head.unpriced
    assert data.by_use
    assert data.reason == "depends on use, $0.045 a GB; nat_gb in the environment's file says how much"
    assert (found.head.unknown, found.head.by_use) == (0, 1)
    assert left_out(found.head) == "and what 1 resource costs by use"
    assert change_of(found) == "as before"


def test_what_is_by_use_alone_says_so_and_what_is_dark_says_that(make):
    queue = make("aws:sqs/queue:Queue")
    assert together(compared(plan(queue), None)).expected == "by use"
    assert together(compared(plan(queue, make(NEW)), None)).expected == "not known"


def test_small_prices_are_told_by_the_million(make):
    (used,) = estimate(plan(make("aws:sqs/queue:Queue")), Assumptions()).unpriced
    assert used.reason.startswith("depends on use, $0.4 a million requests; ")


def test_stating_the_use_is_no_change_of_so_much(make):
    stated = Assumptions.model_validate({"assumptions": {"nat_gb": 1000}})
    found = cost(plan(make(NAT)), plan(make(NAT)), stated, Assumptions())
    assert found.change.expected == 0
    assert change_of(found) == "change not known"


def test_what_was_by_use_and_is_gone_is_unclear(make):
    found = compared(plan(), plan(make("aws:sqs/queue:Queue")))
    assert change_of(found) == "change not known"
    gateway = compared(plan(), plan(make(NAT)))
    assert change_of(gateway) == "\N{MINUS SIGN}$33 of what is known"


def test_a_change_of_what_a_unit_costs_is_no_as_before(make):
    def side(memory):
        return plan(make("aws:lambda/function:Function", inputs={"memorySize": memory}))

    assert change_of(compared(side(1024), side(128))) == "change not known"
    assert change_of(compared(side(128), side(128))) == "as before"
