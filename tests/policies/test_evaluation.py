"""Rules over a whole stack: joins, order, and what is said."""

import time
from datetime import date

import pytest

from aistacks_core.property_values import UNKNOWN
from aistacks_core.symbols import mark
from aistacks_policies import Resource, Stack, evaluate
from aistacks_policies.values import Value, Verdict, either, fail, short_json, unsure, worst

TODAY = date(2026, 11, 24)
BUCKET = "aws:s3/bucket:Bucket"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
ON = {"versioningConfiguration": {"status": "Enabled"}}


def made(token, name, props, outputs=None, **depends):
    return Resource(token, name, f"urn::{token}::{name}", props, depends=depends, outputs=outputs or {})


def versioned(*resources, marks=None):
    results = evaluate(resources, today=TODAY, only={"s3-versioning"}, marks=marks)
    return {r.resource.name: str(r.verdict) for r in results}


def test_a_symbol_tells_which_of_two_buckets_is_meant():
    a, b = made(BUCKET, "a", {}), made(BUCKET, "b", {})
    marks = {mark(r.urn): r.urn for r in (a, b)}
    setting = made(VERSIONING, "v", {"bucket": f"b-{mark(b.urn)}", **ON}, bucket=(a.urn, b.urn))
    assert versioned(a, b, setting, marks=marks) == {"a": "fail", "b": "pass"}


def test_an_unknown_name_that_came_from_one_bucket_is_that_ones():
    a, b = made(BUCKET, "a", {}), made(BUCKET, "b", {})
    setting = made(VERSIONING, "v", {"bucket": UNKNOWN, **ON}, bucket=(b.urn,))
    assert versioned(a, b, setting) == {"a": "fail", "b": "pass"}


def test_an_unknown_name_that_came_from_two_buckets_may_be_either():
    a, b, c = (made(BUCKET, name, {}) for name in "abc")
    setting = made(VERSIONING, "v", {"bucket": UNKNOWN, **ON}, bucket=(a.urn, b.urn))
    assert versioned(a, b, c, setting) == {"a": "unknown", "b": "unknown", "c": "fail"}


def test_an_unknown_name_from_nowhere_may_be_any_buckets():
    a, b = made(BUCKET, "a", {}), made(BUCKET, "b", {})
    assert versioned(a, b, made(VERSIONING, "v", {"bucket": UNKNOWN, **ON})) == {"a": "unknown", "b": "unknown"}


def test_a_name_that_is_spelled_out_is_found_also_among_outputs():
    a, b = made(BUCKET, "a", {"bucket": "one"}), made(BUCKET, "b", {}, {"id": "two"})
    settings = [made(VERSIONING, n, {"bucket": n, **ON}) for n in ("one", "two", "elsewhere")]
    assert versioned(a, b, *settings) == {"a": "pass", "b": "pass"}


def test_what_points_outside_the_stack_is_nobodys():
    assert versioned(made(BUCKET, "a", {}), made(VERSIONING, "v", {"bucket": "elsewhere", **ON})) == {"a": "fail"}


def test_failures_come_first_and_the_worst_on_top():
    resources = [
        made("aws:cloudwatch/logGroup:LogGroup", "logs", {"retentionInDays": 1, "kmsKeyId": UNKNOWN}),
        made("aws:redshift/cluster:Cluster", "w", {"publiclyAccessible": True}),
    ]
    results = evaluate(resources, today=TODAY)
    ranks = [(list(Verdict).index(r.verdict), r.verdict) for r in results]
    order = [r[1] for r in ranks]
    assert order == sorted(order, key=[Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS].index)
    assert results[0].rule.id == "redshift-private"


def test_a_rule_that_breaks_answers_unknown_and_says_so(monkeypatch):
    from dataclasses import replace

    from aistacks_policies import evaluation

    def broken(_resource):
        raise ZeroDivisionError

    rule = replace(evaluation.rules()["logs-kept-a-year"], function=broken)
    monkeypatch.setattr(evaluation, "rules", lambda: {rule.id: rule})
    [found] = evaluate([made("aws:cloudwatch/logGroup:LogGroup", "logs", {})], today=TODAY)
    assert (found.verdict, found.message) == ("unknown", "the rule broke: ZeroDivisionError")


def test_a_long_list_of_findings_is_cut_and_counted():
    ingress = [{"protocol": "tcp", "fromPort": p, "toPort": p, "cidrBlocks": ["0.0.0.0/0"]} for p in range(10)]
    [found] = evaluate(
        [made("aws:ec2/securityGroup:SecurityGroup", "g", {"ingress": ingress})],
        today=TODAY,
        only={"network-no-open-ingress"},
    )
    assert found.message.count("lets the whole internet in") == 3
    assert found.message.endswith("; and 7 more")


def test_a_huge_value_makes_a_short_message():
    [found] = evaluate(
        [made("aws:kms/key:Key", "k", {"enableKeyRotation": "x" * 10_000_000})], today=TODAY, only={"kms-rotation"}
    )
    assert found.verdict == "fail"
    assert len(found.message) < 200


def test_five_thousand_resources_are_judged_in_seconds():
    resources = []
    for i in range(1_000):
        bucket = made(BUCKET, f"b{i}", {})
        resources.append(bucket)
        resources += [
            made(VERSIONING, f"v{i}", {"bucket": UNKNOWN, **ON}, bucket=(bucket.urn,)),
            made(
                "aws:s3/bucketPolicy:BucketPolicy", f"p{i}", {"bucket": UNKNOWN, "policy": "{}"}, bucket=(bucket.urn,)
            ),
            made("aws:cloudwatch/logGroup:LogGroup", f"l{i}", {}),
            made(
                "aws:eks/podIdentityAssociation:PodIdentityAssociation",
                f"a{i}",
                {"namespace": "n", "serviceAccount": f"s{i}", "roleArn": f"arn:aws:iam::1:role/{i}"},
            ),
        ]
    began = time.process_time()
    assert len(evaluate(resources, today=TODAY)) > 10_000
    assert time.process_time() - began < 6


@pytest.mark.parametrize(
    ("raw", "allowed", "truth"),
    [
        ("true", (True,), True),
        ("True", (True,), True),
        (True, (True,), True),
        (1, (True,), False),
        (1.0, (1,), True),
        (UNKNOWN, (1,), None),
        ("zz0123456789abzz", ("x",), None),
        (None, ("x",), False),
        ([], ("x",), False),
        ({}, ({},), True),
    ],
)
def test_equality_has_three_answers(raw, allowed, truth):
    assert Value(raw).equals(*allowed) is truth


def test_below_what_is_unknown_everything_is():
    deep = Value(UNKNOWN, "spec")["a"].at("b.c")
    assert (deep.unknown, deep.path) == (True, "spec.a.b.c")
    assert [v.path for v in Value(UNKNOWN, "list").each()] == ["list[*]"]


def test_a_failure_outweighs_what_is_unknown_and_a_pass_ends_a_choice():
    assert worst([unsure("a"), fail("b")])[0] == "fail"
    assert either(unsure("a"), fail("b")).verdict == "unknown"
    assert either(fail("a"), *worst([])[1], otherwise=fail("c")).what == "c"


def test_values_in_messages_are_short_and_never_break():
    assert short_json("x" * 100).endswith("…")
    assert short_json(UNKNOWN) == "Unknown"
    assert short_json({"a": {1, 2}}) == "dict"


def test_an_empty_stack_has_no_answers():
    assert evaluate([], today=TODAY) == []
    assert Stack([]).of(("x",)) == []
