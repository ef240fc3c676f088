from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from aistacks_review.compare.changes import ChangeKind
from aistacks_review.findings import PolicyFinding, Severity, Verdict, Waiver
from aistacks_review.report.markdown import markdown
from aistacks_review.report.overview import (
    alike,
    budget_bar,
    counts,
    groups,
    name_of,
    owners,
    place,
    policies,
    revision,
    spot,
)
from aistacks_review.report.page import page


def test_a_revision_is_short():
    assert revision("0123456789abcdef0123456789abcdef01234567") == "0123456789ab"
    assert revision("0123456789abcdef0123456789abcdef01234567+") == "0123456789ab+"
    assert revision("working tree") == "working tree"


def test_a_waived_failure_is_told_apart(reviewed):
    waiver = Waiver("r", "*", "o", "w", date.fromisoformat("2030-01-01"))
    failing = PolicyFinding("r", (), "t", Verdict.FAIL, Severity.HIGH, "urn", "m", "f", waiver=waiver)
    assert [len(part) for part in policies(reviewed(policies=[failing]))] == [0, 1, 0]


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


def test_findings_of_one_rule_under_one_component_are_one(reviewed, registration):
    lake = registration("aistacks:index:DataLake", "lake", custom=False)
    inside = [registration("a:b:C", f"lake-{i}", lake.urn) for i in range(3)]
    outside = [registration("a:b:C", f"o-{i}") for i in range(2)]
    one = PolicyFinding("r", (), "t", Verdict.FAIL, Severity.HIGH, "", "m", "f")
    findings = [replace(one, urn=r.urn) for r in (*inside, *outside)]
    review = reviewed(head=[lake, *inside, *outside], policies=findings)
    kinds = alike(review, findings)
    assert [(k.first.urn, len(k.others), k.owner) for k in kinds] == [
        (inside[0].urn, 2, "DataLake lake"),
        (outside[0].urn, 0, ""),
        (outside[1].urn, 0, ""),
    ]
    assert len(alike(review, [findings[0], replace(findings[1], new=False), replace(findings[2], rule="q")])) == 3
    text = markdown([review])
    assert text.count("<code>r</code>") == 3
    assert "and 2 more resources of" in text
    for made in (text, page([review])):
        assert all(f"<code>lake-{i}</code>" in made for i in range(3))


def test_a_finding_says_argument_and_line():
    one = PolicyFinding("r", (), "t", Verdict.FAIL, Severity.HIGH, "", "m", "f", "stacks/x.py", 3, argument="A(b=…)")
    assert spot(one) == "A(b=…) at stacks/x.py:3"
    assert spot(replace(one, argument="")) == "stacks/x.py:3"
    assert spot(replace(one, file="", argument="")) == ""
