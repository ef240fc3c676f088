from datetime import date
from pathlib import Path

import pytest

from aistacks_core.snapshot import Opaque
from aistacks_review.compare.changes import ChangeKind
from aistacks_review.cost.figures import Cost, CostLine, Estimate, Range
from aistacks_review.findings import PolicyFinding, Risk, RiskKind, Severity, Verdict, Waiver
from aistacks_review.report.overview import (
    Level,
    budget_bar,
    conclusion,
    counts,
    groups,
    headline,
    name_of,
    owners,
    place,
    policies,
    revision,
)


def failing(**more):
    return PolicyFinding("r", (), "t", Verdict.FAIL, Severity.HIGH, "urn", "m", "f", **more)


def cost(expected, budget):
    line = CostLine("urn", "x", Range(1, 1, 1), "hours", 1, Range(0, expected, expected), "s")
    return Cost(Estimate("r", [line]), None, budget)


def test_nothing_changes(reviewed):
    assert conclusion(reviewed()).text == "No change"
    said = conclusion(reviewed(opaque=[Opaque("invoke", "x")]))
    assert (said.level, said.text) == (Level.SAME, "No change seen")


def test_a_change_without_risk(reviewed, registration, changed):
    change = changed(ChangeKind.UPDATE, registration("a:b:C", "c"))
    said = conclusion(reviewed([change]))
    assert (said.level, said.text, said.why) == (Level.CHANGES, "Changes", "No risk was found.")
    assert conclusion(reviewed([change], without_base=True)).text == "All new"
    small = Risk(RiskKind.ACCESS, Severity.LOW, "urn", "t", "r")
    assert conclusion(reviewed([change], risks=[small])).why == "1 smaller risk."


def test_a_great_risk_wants_care(reviewed):
    risks = [Risk(RiskKind.DATA_LOSS, Severity.CRITICAL, "urn", "t", "r")] * 2
    said = conclusion(reviewed(risks=[*risks, Risk(RiskKind.EXPOSURE, Severity.HIGH, "urn", "t", "r")]))
    assert said.level is Level.CAREFUL
    assert said.why == "Data loss (2 times) and exposure."


def test_a_refused_step_and_a_disagreement_want_care(reviewed, registration, changed):
    refused = changed(ChangeKind.DELETE, registration("a:b:C", "c"), protected=True)
    assert conclusion(reviewed([refused])).level is Level.CAREFUL
    assert conclusion(reviewed(disagreements=["x"])).level is Level.CAREFUL


def test_policies_and_budget_block(reviewed):
    said = conclusion(reviewed(policies=[failing(), failing(new=False)], cost=cost(120, 100)))
    assert said.level is Level.BLOCKED
    assert said.why == (
        "2 policy checks fail (1 of them new) and the expected cost is $20 over the budget of $100 a month."
    )


def test_what_failed_before_is_not_this_changes_fault(reviewed):
    said = conclusion(reviewed(policies=[failing(new=False)]))
    assert (said.level, said.text, said.why) == (Level.STILL, "Fails as before", "1 policy check fails (as before).")
    over = cost(120, 100)
    assert conclusion(reviewed(cost=Cost(over.head, over.head, 100))).level is Level.STILL
    assert conclusion(reviewed(cost=Cost(over.head, cost(90, 100).head, 100))).level is Level.BLOCKED
    risk = Risk(RiskKind.DATA_LOSS, Severity.CRITICAL, "urn", "t", "r")
    both = conclusion(reviewed(policies=[failing(new=False)], risks=[risk]))
    assert (both.level, both.why) == (Level.CAREFUL, "Data loss. 1 policy check fails (as before).")


def test_what_blocks_is_told_before_what_wants_care(reviewed):
    risk = Risk(RiskKind.DATA_LOSS, Severity.CRITICAL, "urn", "t", "r")
    said = conclusion(reviewed(policies=[failing()], risks=[risk]))
    assert (said.level, said.why) == (Level.BLOCKED, "1 policy check fails. Data loss.")


def test_a_revision_is_short():
    assert revision("0123456789abcdef0123456789abcdef01234567") == "0123456789ab"
    assert revision("0123456789abcdef0123456789abcdef01234567+") == "0123456789ab+"
    assert revision("working tree") == "working tree"


def test_a_waived_failure_blocks_nothing(reviewed):
    review = reviewed(policies=[failing(waiver=Waiver("r", "*", "o", "w", date.fromisoformat("2030-01-01")))])
    assert conclusion(review).level is Level.SAME
    assert [len(part) for part in policies(review)] == [0, 1, 0]


def test_what_cannot_be_planned(reviewed):
    said = conclusion(reviewed(error="boom"))
    assert (said.level, said.why) == (Level.FAILED, "boom")


def test_the_headline_is_about_the_worst(reviewed):
    bad = reviewed(policies=[failing()], environment="prod")
    said = headline([reviewed(environment="dev"), bad])
    assert (said.level, said.why) == (Level.BLOCKED, "prod")
    assert headline([reviewed(environment=str(i)) for i in range(9)]).why == "9 environments"
    assert headline([]).text == "No environment was planned."


def test_changes_by_component_losses_first(lake_review):
    found = groups(lake_review)
    assert [group.title for group in found] == ["DataLake lake", "outside any component"]
    assert found[0].summary == "1 bucket deleted, 1 bucket policy changed"
    assert [change.kind for change in found[1].changes] == [ChangeKind.REPLACE, ChangeKind.CREATE]


def test_a_component_that_nobody_registered_has_its_urns_name():
    assert name_of("urn:pulumi:s::p::x:y:Outer$x:y:Inner::deep", {}) == "Inner deep"
    assert name_of("", {}) == "outside any component"
    assert name_of("odd", {}) == "outside any component"


def test_owners_are_the_outermost_components(reviewed, registration):
    outer = registration("x:y:Outer", "o", custom=False)
    inner = registration("x:y:Inner", "i", outer.urn, custom=False)
    deep = registration("a:b:C", "deep", inner.urn)
    alone = registration("a:b:C", "alone")
    child = registration("a:b:C", "child", alone.urn)
    looped = registration("a:b:C", "looped", "urn:pulumi:prod::shop::a:b:C::looped")
    found = owners(reviewed(head=[outer, inner, deep, alone, child, looped]))
    assert found[deep.urn] == found[inner.urn] == found[outer.urn] == outer.urn
    assert found[alone.urn] == found[child.urn] == found[looped.urn] == ""


def test_owners_whatever_the_order(reviewed, registration):
    outer = registration("x:y:Outer", "o", custom=False)
    middle = registration("a:b:C", "m", outer.urn)
    deep = registration("a:b:C", "deep", middle.urn)
    assert set(owners(reviewed(head=[deep, middle, outer])).values()) == {outer.urn}


def test_a_chain_of_thousands_of_parents(reviewed, registration, timed):
    chain = [registration("x:y:Top", "0", custom=False)]
    for number in range(1, 20_000):
        chain.append(registration("a:b:C", str(number), chain[-1].urn))
    review = reviewed(head=chain[::-1])
    found, seconds = timed(lambda: owners(review))
    assert set(found.values()) == {chain[0].urn}
    assert seconds < 1


def test_counts_leave_out_renames_if_there_are_none(lake_review):
    assert [(sign.value, number) for sign, number, _ in counts(lake_review)] == [
        ("create", 1),
        ("update", 1),
        ("replace", 1),
        ("delete", 1),
    ]


def test_a_place_tells_nothing_of_the_machine():
    assert place(str(Path.cwd() / "stacks" / "x.py"), 3) == "stacks/x.py:3"
    assert place("/elsewhere/tree/stacks/x.py", 3) == "stacks/x.py:3"
    assert place("stacks/x.py", 0) == "stacks/x.py"
    assert place("", 3) == ""


@pytest.mark.parametrize(
    ("expected", "budget", "bar", "words"),
    [
        (50, 100, "▰▰▰▰▰▱▱▱▱▱", "50 % of the budget of $100"),
        (120, 100, "▰" * 10, "120 % of the budget of $100"),
        (0, 100, "▱" * 10, "0 % of the budget of $100"),
        (0.1, 100, "▱" * 10, "less than 1 % of the budget of $100"),
        (5, 0, "▰" * 10, "the budget is $0"),
        (5, None, "", ""),
        (float("nan"), 100, "", "unknown, of the budget of $100"),
        (float("inf"), 100, "", "unknown, of the budget of $100"),
    ],
)
def test_the_budgets_bar(expected, budget, bar, words):
    assert budget_bar(expected, budget) == (bar, words)
