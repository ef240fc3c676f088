"""A review as JSON and back, and documents that somebody made to do harm."""

import json
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path

import jsonschema
import pulumi
import pulumi_aws as aws
import pytest

from aistacks_core.errors import UserError
from aistacks_core.snapshot import UNKNOWN, Opaque
from aistacks_review.compare.changes import ChangeKind, ResourceChange
from aistacks_review.compare.comparison import compare
from aistacks_review.cost.figures import Cost, CostLine, Estimate, Range, Unpriced
from aistacks_review.findings import PolicyFinding, Risk, RiskKind, Severity, Verdict, Waiver
from aistacks_review.record.recorder import record
from aistacks_review.report.document import VERSION, from_document, schema, to_document
from aistacks_review.report.json_values import MOST_TEXT
from aistacks_review.review import Review


def program(secret, size=1):
    aws.ssm.Parameter("key", type="SecureString", value=pulumi.Output.secret(secret), description="x" * size)
    template = aws.ec2.LaunchTemplate("template", name_prefix=secret[:1])
    aws.sqs.Queue("queue", delay_seconds=template.latest_version, tags={"n": secret[-1]})


@pytest.fixture
def review():
    base = record(lambda: program("hidden-1"), symbols=True)
    head = record(lambda: program("other-22", 10_000_000), symbols=True)
    found = compare(base, head)
    waiver = Waiver("s3-logs", "data*", "platform", "why", date.fromisoformat("2027-01-01"))
    fails = ("Logs", Verdict.FAIL, Severity.LOW, "urn:a", "no logs", "add")
    hours, dollars = Range(730, 730, 730), Range(35, 35, 35)
    line = CostLine("urn:a", "NAT gateway, hours", hours, "hours", 0.048, dollars, "page, 2026")
    estimate = Estimate("eu-west-1", [line], [Unpriced("urn:b", "x", "no price")], 3, "2026-11-01")
    return Review(
        "shop",
        "dev",
        head,
        base,
        "abc",
        "def",
        found.changes,
        found.same,
        [Risk(RiskKind.ACCESS, Severity.HIGH, "urn:a", "More.", "Action", certain=False, file="a.py", line=3)],
        [PolicyFinding("s3-logs", ("S3.9",), *fails, waiver=waiver)],
        7,
        Cost(estimate, Estimate("eu-west-1"), 50.0),
        [Opaque("invoke", "aws:ec2/getAmi:getAmi")],
        ["They differ."],
    )


def test_a_document_keeps_its_schema(review):
    document = to_document([review])
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(document, schema())
    assert document["version"] == VERSION


@pytest.mark.parametrize("first", [True, False, None])
@pytest.mark.parametrize("kept", [(False, False), (True, False), (False, True)])
def test_what_happens_to_the_old_one_goes_there_and_back(review, first, kept):
    retained, protected = kept
    queue = next(r for r in review.head.resources if r.name == "queue")
    change = ResourceChange(
        ChangeKind.REPLACE, queue, queue, delete_first=first, retained=retained, protected=protected
    )
    document = to_document([replace(review, changes=[change])])
    jsonschema.validate(document, schema())
    assert document["reviews"][0]["changes"][0].get("delete_first") is first
    (read,) = from_document(json.loads(json.dumps(document)))[0].changes
    assert (read.delete_first, read.retained, read.protected) == (first, retained, protected)


def test_the_order_is_of_replacements_alone(review):
    queue = next(r for r in review.head.resources if r.name == "queue")
    change = ResourceChange(ChangeKind.UPDATE, queue, queue, delete_first=True)
    assert "delete_first" not in to_document([replace(review, changes=[change])])["reviews"][0]["changes"][0]


def test_the_committed_schema_is_the_one_of_the_models():
    committed = json.loads((files("aistacks_review.report") / "schema" / "plan.v1.json").read_text())
    assert committed == schema(), "write it anew: python -m aistacks_review.report.document"


def test_a_document_that_was_written_before_there_were_models_is_still_one():
    written = json.loads((Path(__file__).parent / "documents" / "plan.v1.json").read_text())
    jsonschema.validate(written, schema())
    document = to_document(from_document(written))
    # What came later: it follows from the rest, or has a default.
    del document["verdict"]
    for review in document["reviews"]:
        del review["verdict"], review["threshold"]
        for finding in review["policies"]["findings"]:
            del finding["argument"]
        if cost := review["cost"]:
            del cost["unclear"], cost["within_budget"]
            for one in cost["head"]["unpriced"] + (cost["base"] or {"unpriced": []})["unpriced"]:
                del one["by_use"]
    assert document == written


def test_what_comes_back_says_the_same(review):
    text = json.dumps(to_document([review]))
    (back,) = from_document(json.loads(text))
    assert json.dumps(to_document([back])) == text
    assert [(c.kind, c.name) for c in back.changes] == [(c.kind, c.name) for c in review.changes]
    assert back.cost.change == review.cost.change
    assert back.policies == review.policies
    assert back.risks == review.risks
    delay = next(p for c in back.changes if c.name == "queue" for p in c.properties if p.path == "delaySeconds")
    assert delay.after is UNKNOWN


def test_secrets_are_not_in_it(review):
    text = json.dumps(to_document([review]))
    assert "hidden" not in text
    assert "other-2" not in text


def test_huge_values_are_cut(review):
    text = json.dumps(to_document([review]))
    assert len(text) < 40_000
    (key,) = [c for c in to_document([review])["reviews"][0]["changes"] if c["name"] == "key"]
    (value,) = [p["after"] for p in key["properties"] if p["path"] == "description"]
    assert len(value) <= MOST_TEXT
    assert value.endswith("x… (9,996,040 more characters)")


def test_kinds_travel(review):
    (back,) = from_document(to_document([review]))
    template = next(c for c in back.changes if c.name == "template")
    assert template.kind is ChangeKind.REPLACE


def spoiled(document, path, value):
    spot = document
    for step in path[:-1]:
        spot = spot[step]
    spot[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (["version"], "aistacks.plan/9", "version: got 'aistacks.plan/9'"),
        (["reviews"], {}, "reviews"),
        (["reviews", 0, "changes", 0, "kind"], "explode", "kind"),
        (["reviews", 0, "same"], -1, "same"),
        (["reviews", 0, "surprise"], 1, "reviews[0]"),
        (["reviews", 0, "environment"], "x" * 10_000, "environment"),
        (["reviews", 0, "risks", 0, "severity"], None, "severity"),
        (["reviews", 0, "passed"], 1, "reviews[0].passed: got 1"),
        (["reviews", 0, "same"], True, "reviews[0].same: got True"),
        (["reviews", 0, "risks", 0, "line"], "3", "reviews[0].risks[0].line: got '3'"),
        (["reviews", 0, "policies", "findings", 0, "waiver", "expires"], "soon", "waiver.expires: got 'soon'"),
        (["reviews", 0, "policies", "findings", 0, "waiver", "expires"], 20_000, "waiver.expires: got 20000"),
        (["reviews", 0, "cost", "budget"], float("nan"), "budget: got nan"),
        (["reviews", 0, "notes"], ["x"] * 20_001, "reviews[0].notes"),
        (["reviews", 0, "cost", "head", "lines", 0, "monthly", "low"], "1", "low"),
    ],
)
def test_what_is_no_document_is_refused_by_its_path(review, path, value, line):
    with pytest.raises(UserError) as told:
        from_document(spoiled(to_document([review]), path, value), "plan.json")
    assert str(told.value).startswith("plan.json: ")
    assert line in str(told.value)


def test_what_is_nested_too_deep_is_refused_before_anything_is_made():
    deep = {"version": VERSION, "reviews": []}
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(UserError, match="nested too deep"):
        from_document(deep, "plan.json")
