"""The stack's own outputs, and a guard that goes: no change of a resource, and yet something changes."""

import pulumi
import pulumi_aws as aws
import pytest

from aistacks_core.snapshot import Opaque
from aistacks_review.compare.comparison import compare
from aistacks_review.findings import PolicyFinding, Risk, RiskKind, Severity, Verdict
from aistacks_review.record.answers import OfflineAnswers
from aistacks_review.record.recorder import record
from aistacks_review.report.document import from_document, to_document
from aistacks_review.report.markdown import markdown
from aistacks_review.report.masking import masked
from aistacks_review.report.page import page
from aistacks_review.report.verdict import conclusion, headline
from aistacks_review.review import INCOMPARABLE

REGION = "eu-west-1"


def plan(**exports):
    def program():
        queue = aws.sqs.Queue("q")
        for name, value in exports.items():
            pulumi.export(name, value(queue) if callable(value) else value)

    return record(program, config={"aws:region": REGION}, answers=OfflineAnswers(REGION), symbols=True)


def told(was, now):
    return compare(plan(**was), plan(**now)).outputs


@pytest.mark.parametrize(
    ("was", "now", "sentences"),
    [
        ({"a": "x"}, {"a": "x"}, []),
        ({"a": lambda q: q.arn}, {"a": lambda q: q.arn}, []),
        ({"a": lambda q: q.arn}, {"a": lambda q: q.url}, ["The stack's output a changes."]),
        ({"a": {"b": [1]}}, {"a": {"b": [2]}}, ["The stack's output a changes."]),
        ({"a": pulumi.Output.secret}, {"a": pulumi.Output.secret}, []),
        ({"a": "x", "b": "y"}, {}, ["The stack's outputs a, b are removed, and a stack that reads one fails."]),
        (
            {"a": "x"},
            {"b": "x"},
            ["The stack's output a is removed, and a stack that reads it fails.", "The stack's output b is new."],
        ),
        ({}, {f"o{i}": i for i in range(7)}, ["The stack's outputs o0, o1, o2, o3, o4 and 2 more are new."]),
    ],
)
def test_what_becomes_of_outputs(was, now, sentences):
    assert told(was, now) == sentences


def test_a_secret_that_changes_is_told_without_it():
    (sentence,) = told({"a": "one-secret-value"}, {"a": lambda _: pulumi.Output.secret("another-secret-value")})
    assert sentence == "The stack's output a changes."


def test_a_rename_with_an_alias_changes_no_output():
    def program(name, **options):
        pulumi.export("arn", aws.sqs.Queue(name, opts=pulumi.ResourceOptions(**options)).arn)

    base, head = (
        record(one, config={"aws:region": REGION}, answers=OfflineAnswers(REGION), symbols=True)
        for one in (lambda: program("old"), lambda: program("new", aliases=[pulumi.Alias(name="old")]))
    )
    assert compare(base, head).outputs == []


def test_without_a_base_none_is_told():
    assert compare(None, plan(a="x")).outputs == []


def test_outputs_alone_are_a_change_in_every_format(reviewed):
    sentence = "The stack's output vpcId is removed, and a stack that reads it fails."
    review = masked(reviewed(outputs=[sentence]))
    assert (review.changed, conclusion(review).text) == (True, "Fine to merge")
    assert conclusion(review).why == "Only the stack's outputs change."
    assert sentence.replace("'", "&#x27;") in markdown([review]) or "vpcId" in markdown([review])
    assert "Outputs of the stack" in page([review])
    assert conclusion(from_document(to_document([review]))[0]).text == "Fine to merge"


def test_a_guard_that_goes_is_a_change(reviewed):
    review = reviewed(risks=[Risk(RiskKind.DATA_LOSS, Severity.MEDIUM, "urn", "t", "protect: true becomes false")])
    assert (review.changed, conclusion(review).text, conclusion(review).why) == (
        True,
        "Fine to merge",
        "1 smaller risk.",
    )


def test_no_worse_is_said_only_of_what_could_be_compared(reviewed):
    failing = [PolicyFinding("r", (), "t", Verdict.FAIL, Severity.HIGH, "urn", "m", "f", new=False)]
    review = reviewed(policies=failing)
    assert headline([review]).text == "Fails as before, and no worse, in"
    review = reviewed(policies=failing, opaque=[Opaque(INCOMPARABLE, "policy of lake")])
    assert headline([review]).text == "Fails as before, though not everything can be compared, in"
