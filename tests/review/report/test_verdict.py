"""Whether a change may be merged: three steps, by a threshold of the environment's own."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from aistacks_core.errors import UserError
from aistacks_core.snapshot import Opaque
from aistacks_review.compare.changes import ChangeKind
from aistacks_review.cost.assumptions import read
from aistacks_review.cost.figures import Cost, CostLine, Estimate, Range
from aistacks_review.findings import PolicyFinding, Risk, RiskKind, Severity, Verdict, Waiver
from aistacks_review.report.document import from_document, to_document
from aistacks_review.report.markdown import markdown
from aistacks_review.report.page import page
from aistacks_review.report.sarif import sarif
from aistacks_review.report.verdict import Level, conclusion, headline
from aistacks_review.review import INCOMPARABLE
from aistacks_review.threshold import DEFAULT, Bound, Threshold

UNLIKE = Opaque(INCOMPARABLE, "policy of lake")


def failing(severity=Severity.HIGH, **more):
    return PolicyFinding("r", (), "t", Verdict.FAIL, severity, "urn", "m", "f", **more)


def risk(severity=Severity.CRITICAL, kind=RiskKind.DATA_LOSS):
    return Risk(kind, severity, "urn", "t", "r")


def cost(expected, budget):
    line = CostLine("urn", "x", Range(1, 1, 1), "hours", 1, Range(0, expected, expected), "s")
    return Cost(Estimate("r", [line]), None, budget)


@pytest.fixture
def change(registration, changed):
    return changed(ChangeKind.UPDATE, registration("a:b:C", "c"))


def test_nothing_changes(reviewed):
    assert conclusion(reviewed()).text == "No change"
    said = conclusion(reviewed(opaque=[Opaque("invoke", "x")]))
    assert (said.level, said.text, said.why) == (Level.UNSEEN, "No change seen", "1 part can't be seen.")


def test_what_cannot_be_compared_is_no_change_seen_and_counts_as_one(reviewed):
    review = reviewed(opaque=[UNLIKE, Opaque("invoke", "x")])
    said = conclusion(review)
    assert (said.text, said.why) == ("No change seen", "1 part can't be compared and 1 part can't be seen.")
    assert review.changed
    assert not reviewed(opaque=[Opaque("invoke", "x")]).changed


def test_a_change_beside_what_cannot_be_compared_wants_a_look(reviewed, change):
    said = conclusion(reviewed([change], opaque=[UNLIKE]))
    assert (said.text, said.why) == ("Look closely", "1 part can't be compared.")


def test_a_change_without_risk(reviewed, change):
    said = conclusion(reviewed([change]))
    assert (said.level, said.text, said.why) == (Level.FINE, "Fine to merge", "No risk was found.")
    assert conclusion(reviewed([change], without_base=True)).text == "All new"
    assert conclusion(reviewed([change], risks=[risk(Severity.LOW)])).why == "1 smaller risk."
    unseen = conclusion(reviewed([change], opaque=[Opaque("invoke", "x")]))
    assert unseen.why == "No risk was found. 1 part can't be seen."


def test_what_may_be_replaced_wants_a_look(reviewed, registration, changed):
    said = conclusion(reviewed([changed(ChangeKind.UPDATE, registration("x:y:Z", "z"), may_replace=True)]))
    assert (said.level, said.why) == (Level.CAREFUL, "1 resource may be replaced.")


def test_a_great_risk_wants_care(reviewed):
    risks = [risk(), risk(), risk(Severity.HIGH, RiskKind.EXPOSURE)]
    said = conclusion(reviewed(risks=risks))
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


@pytest.mark.parametrize(
    ("severity", "text", "why"),
    [
        (Severity.CRITICAL, "Must not be merged", "1 policy check fails."),
        (Severity.HIGH, "Must not be merged", "1 policy check fails."),
        (Severity.MEDIUM, "Look closely", "1 policy check fails (medium)."),
        (Severity.LOW, "Fine to merge", "1 policy check fails (low)."),
    ],
)
def test_three_steps_by_default(reviewed, change, severity, text, why):
    review = reviewed([change], policies=[failing(severity)])
    said = conclusion(review)
    assert (said.text, said.why) == (text, why)
    assert review.passed is (text != "Must not be merged")


def test_a_thousand_low_findings_stop_nobody(reviewed, change):
    review = reviewed([change], policies=[failing(Severity.LOW)] * 1000, risks=[risk(Severity.LOW)] * 1000)
    assert review.passed
    assert conclusion(review).why == "1,000 smaller risks and 1,000 policy checks fail (low at worst)."


@pytest.mark.parametrize("bound", list(Bound))
@pytest.mark.parametrize("severity", list(Severity))
def test_an_environments_own_threshold(reviewed, change, bound, severity):
    order = list(Severity)
    reached = bound is not Bound.NEVER and order.index(severity) <= order.index(Severity(bound.value))
    stops = Threshold(block_policies=bound, block_risks=bound, look_policies="never", look_risks="never")
    for found in ({"policies": [failing(severity)]}, {"risks": [risk(severity)]}):
        review = reviewed([change], threshold=stops, **found)
        assert review.passed is not reached
        assert (conclusion(review).text == "Must not be merged") is reached
        looks = replace(review, threshold=Threshold(block_policies="never", look_policies=bound, look_risks=bound))
        assert looks.passed
        assert (conclusion(looks).text == "Look closely") is reached


def test_what_failed_before_is_not_this_changes_fault(reviewed):
    said = conclusion(reviewed(policies=[failing(new=False)]))
    assert (said.level, said.text, said.why) == (Level.STILL, "Fails as before", "1 policy check fails (as before).")
    over = cost(120, 100)
    assert conclusion(reviewed(cost=Cost(over.head, over.head, 100))).level is Level.STILL
    assert conclusion(reviewed(cost=Cost(over.head, cost(90, 100).head, 100))).level is Level.BLOCKED
    both = conclusion(reviewed(policies=[failing(new=False)], risks=[risk()]))
    assert (both.level, both.why) == (Level.CAREFUL, "Data loss. 1 policy check fails (as before).")
    assert conclusion(reviewed(policies=[failing(Severity.MEDIUM, new=False)])).text == "No change"


def test_what_blocks_is_told_before_what_wants_care(reviewed):
    said = conclusion(reviewed(policies=[failing()], risks=[risk()]))
    assert (said.level, said.why) == (Level.BLOCKED, "1 policy check fails. Data loss.")


def test_a_waived_failure_blocks_nothing(reviewed):
    review = reviewed(policies=[failing(waiver=Waiver("r", "*", "o", "w", date.fromisoformat("2030-01-01")))])
    assert conclusion(review).level is Level.SAME


def test_what_cannot_be_planned(reviewed):
    said = conclusion(reviewed(error="boom"))
    assert (said.level, said.why) == (Level.FAILED, "boom")


def test_a_base_that_cannot_be_planned_is_never_all_new(reviewed, change):
    review = reviewed([change], without_base=True, base_error="stacks/__main__.py:3: boom.")
    said = conclusion(review)
    assert (said.text, said.why) == ("Can't be compared", "The base can't be planned: stacks/__main__.py:3: boom.")
    assert not review.passed


def test_the_headline_is_about_the_worst(reviewed, change):
    bad = reviewed(policies=[failing()], environment="prod")
    said = headline([reviewed(environment="dev"), bad])
    assert (said.level, said.why) == (Level.BLOCKED, "prod")
    assert headline([reviewed(environment=str(i)) for i in range(9)]).why == "9 environments"
    assert headline([]).text == "No environment was planned."
    assert headline([reviewed([change]), reviewed([change], without_base=True)]).text.startswith("Fine to merge")
    assert headline([reviewed([change], without_base=True)]).text.startswith("All new")


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ({}, "No change in prod"),
        ({"opaque": [UNLIKE]}, "No change seen"),
        ({"base_error": "boom"}, "Can't be compared"),
        ({"error": "boom"}, "Can't be planned"),
        ({"policies": [failing()]}, "Must not be merged"),
        ({"risks": [risk()]}, "Look closely"),
    ],
)
def test_the_verdict_is_the_first_line_of_every_format(reviewed, found, text):
    review = reviewed(**found)
    lines = markdown([review]).splitlines()
    assert text in lines[2]
    # A page's first words are its heading's; the verdict stands right below.
    body = page([review]).partition('<main id="start" tabindex="-1">')[2]
    assert text in body.strip().splitlines()[0].replace("&#39;", "'")
    document = to_document([review])
    assert list(document)[:2] == ["version", "verdict"]
    assert document["verdict"].startswith(text)
    assert document["reviews"][0]["verdict"]["text"] == text.removesuffix(" in prod")
    code = sarif([review], Path.cwd())
    assert code["properties"]["verdict"].startswith(text)
    assert code["runs"][0]["automationDetails"]["description"]["text"].startswith(text.removesuffix(" in prod"))


def test_a_document_keeps_the_threshold_and_its_own_words_are_not_believed(reviewed, change):
    strict = Threshold(block_policies="low", look_risks="never")
    document = json.loads(
        json.dumps(to_document([reviewed([change], threshold=strict, policies=[failing(Severity.LOW)])]))
    )
    document["verdict"] = document["reviews"][0]["verdict"]["text"] = "Fine to merge"
    [read_again] = from_document(document)
    assert read_again.threshold == strict
    assert conclusion(read_again).text == "Must not be merged"
    del document["reviews"][0]["threshold"], document["reviews"][0]["verdict"], document["verdict"]
    assert from_document(document)[0].threshold == DEFAULT


@pytest.mark.parametrize(
    ("table", "threshold"),
    [
        (None, DEFAULT),
        ("low", Threshold(block_policies="low")),
        ({"block_risks": "critical"}, Threshold(block_risks="critical")),
        ({"block_policies": "never", "look_policies": "low"}, Threshold(block_policies="never", look_policies="low")),
    ],
)
def test_it_is_read_from_the_environments_file(table, threshold):
    assert read({"shop:plan": {"threshold": table}}, "Pulumi.dev.yaml", "shop").threshold == threshold


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("hgih", r"shop:plan\.threshold\.block_policies: got 'hgih'; expected 'never', 'critical', 'high'"),
        ({"block": "high"}, r"threshold\.block: got an unknown key; expected one of block_policies, block_risks"),
        ({"look_risks": 3}, r"threshold\.look_risks: got 3; expected 'never'"),
        ([1], r"shop:plan\.threshold: got \[1\]"),
    ],
)
def test_a_wrong_one_is_refused_in_one_line(table, message):
    with pytest.raises(UserError, match=message):
        read({"shop:plan": {"threshold": table}}, "Pulumi.dev.yaml", "shop")


def test_a_change_cannot_lower_the_bar_that_it_has_to_pass():
    base = Threshold(block_policies="medium", look_risks="low")
    head = Threshold(block_policies="never", block_risks="critical")
    assert base.stricter(head) == head.stricter(base)
    assert base.stricter(head) == Threshold(block_policies="medium", block_risks="critical", look_risks="low")
