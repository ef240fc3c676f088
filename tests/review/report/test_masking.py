"""One redaction for every format: canaries in many places, and none of them comes out."""

import base64
import io
import json
import re
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest
from rich.console import Console

from aistacks_core.redaction import HIDDEN, SECRET
from aistacks_core.snapshot import Opaque
from aistacks_review.compare.changes import ChangeKind, PropertyChange
from aistacks_review.compare.comparison import compare
from aistacks_review.compare.disagreements import disagreements
from aistacks_review.findings import Waiver
from aistacks_review.record.recorder import record
from aistacks_review.report.document import from_document, to_document
from aistacks_review.report.markdown import markdown
from aistacks_review.report.masking import masked
from aistacks_review.report.page import page
from aistacks_review.report.sarif import sarif
from aistacks_review.report.terminal import show
from aistacks_review.review import Review
from aistacks_review.reviewing import judged

KEY = "MIIEcanarykeycanarykeycanarykeycanarykeycanary"


def program(canary, key):
    """A canary in each of its places; it is marked secret once, for itself."""

    def run():
        code = base64.b64encode
        pem = f"-----BEGIN RSA PRIVATE KEY-----\n{key}\n{key[::-1]}\n-----END RSA PRIVATE KEY-----\n"
        aws.ssm.Parameter("marked", type="SecureString", value=pulumi.Output.secret(canary))
        aws.ssm.Parameter("pem", type="SecureString", value=pulumi.Output.secret(pem))
        aws.ssm.Parameter("copied", type="String", value=f"the copy {canary} here", description=f"d {canary}")
        aws.ssm.Parameter("quoted", type="String", value=quote(f"x {canary}/y", safe=""))
        aws.ssm.Parameter("hex", type="String", value=f"id:{canary.encode().hex()}")
        for shift in range(3):
            aws.ssm.Parameter(f"b{shift}", type="String", value=code(f"{'x' * shift}{canary} tail".encode()).decode())
        aws.ssm.Parameter("twice", type="String", value=json.dumps({"a": json.dumps({"b": f'"{canary}"'})}))
        aws.rds.Instance("typed", instance_class="db.t3.micro", engine="mysql", password=f"rds-{canary}")
        aws.sqs.Queue("own", name=f"q-{canary}", opts=pulumi.ResourceOptions(additional_secret_outputs=["name"]))
        aws.ec2.LaunchTemplate("plain", user_data=f"#!/bin/sh\nexport password=ud1-{canary[::-1]}\n")
        aws.ec2.LaunchTemplate("coded", user_data=code(f"#!\npassword: ud2-{canary[::-1]}\n".encode()).decode())
        aws.ec2.LaunchTemplate("key", user_data=f"write_files:\n- content: |\n    {key}\n    {key[::-1]}\n")
        aws.lambda_.Function(
            "named", role="r", environment={"variables": {"API_TOKEN": f"lam-{canary[::-1]}", "SAFE": f"see {canary}"}}
        )
        aws.ecs.TaskDefinition(
            "listed",
            family="f",
            container_definitions=json.dumps(
                [{"name": "c", "environment": [{"name": "DB_SECRET_1", "value": f"ecs-{canary[::-1]}"}]}]
            ),
        )
        aws.ssm.Parameter("address", type="String", value=f"postgres://admin:url-{canary[::-1]}@db.internal/x")
        aws.s3.BucketPolicy(
            "policy",
            bucket="b",
            policy=json.dumps(
                {
                    "Statement": [
                        {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{canary}"}
                    ]
                }
            ),
        )
        aws.s3.Bucket("tagged", tags={f"tag-{canary}": canary, "Owner": f"{canary}@x"})
        kubernetes.core.v1.Secret(
            "kept", string_data={"a": f"k8s-{canary}"}, data={"b": code(b"k8s2-" + canary.encode()).decode()}
        )
        kubernetes.core.v1.ConfigMap("open", data={"config": f"token k8s-{canary}", "x": f"k8s2-{canary}"})
        kubernetes.apps.v1.Deployment(
            "pods",
            spec={
                "selector": {"matchLabels": {"a": "b"}},
                "template": {
                    "metadata": {"labels": {"a": "b"}},
                    "spec": {
                        "containers": [
                            {
                                "name": "c",
                                "image": f"r/{canary}",
                                "env": [{"name": "db_password_x", "value": f"env-{canary[::-1]}"}],
                            }
                        ]
                    },
                },
            },
        )
        aws.iam.RolePolicy(
            "grant",
            role="r",
            policy=json.dumps(
                {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": f"arn:aws:s3:::{canary}/*"}]}
            ),
        )
        aws.ec2.SecurityGroup(
            "open",
            ingress=[
                {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["0.0.0.0/0"], "description": canary}
            ],
        )
        aws.sns.Topic(f"named-{canary}")
        pulumi.log.warn(f"warned of {canary}")
        pulumi.export("out", canary)

    return run


def reviewed(base, head, **more):
    found = compare(base, head)
    waivers = [Waiver("ec2-no-secrets-in-user-data", "plain", "ops", f"password=why-{HEAD}", date(2099, 1, 1))]
    return judged(Review("shop", "prod", head, base, changes=found.changes, same=found.same, **more), waivers, None)


HEAD, BASE = 'Canary-Head/7+é"qrstuv', 'Canary-Base/9+ü"wxyz12'
CORES = ("Canary-Head", "Canary-Base", "daeH-yranaC", "esaB-yranaC", KEY[:20], KEY[::-1][:20], KEY.lower()[:20])


@pytest.fixture(scope="module")
def plans():
    return record(program(BASE, KEY.lower()), symbols=True), record(program(HEAD, KEY), symbols=True)


def formats(review):
    console = Console(file=io.StringIO(), width=200)
    show([review], console)
    document = to_document([review])
    again = from_document(json.loads(json.dumps(document)))
    return {
        "terminal": console.file.getvalue(),
        "json": json.dumps(document, ensure_ascii=False),
        "markdown": markdown([review], limit=10_000_000),
        "html": page([review]),
        "sarif": json.dumps(sarif([review], Path.cwd()), ensure_ascii=False),
        "comment": markdown(again, limit=10_000_000),
        "comment's page": page(again),
    }


def leaks(text):
    """Cores that stand in ``text`` in whatever form."""
    forms = [text, re.sub(r"\s+", "", text), *_decoded(text)]
    found = {core for core in CORES for form in forms if core.lower() in form.lower()}
    return found | {core for core in CORES if core.encode().hex() in text.lower()}


def _decoded(text):
    for word in set(re.findall(r"[A-Za-z0-9+/_-]{8,}", text)):
        for start in range(4):
            part = word[start:].replace("-", "+").replace("_", "/")
            yield base64.b64decode(part[: len(part) - len(part) % 4]).decode("latin-1")


def test_the_canaries_are_there_to_be_found(plans):
    _, head = plans
    assert len(head.resources) >= 20
    inputs = json.dumps([r.inputs for r in head.resources], default=str, ensure_ascii=False)
    assert {"Canary-Head", "daeH-yranaC", KEY[:20]} <= leaks(inputs)


@pytest.mark.parametrize("sides", ["changed", "new", "gone", "both"])
def test_no_format_shows_a_canary(plans, sides):
    base, head = plans
    pair = {"changed": (base, head), "new": (None, head), "gone": (head, type(head)([], {})), "both": (head, head)}
    more = {
        "notes": [f"a note of {HEAD}"],
        "disagreements": [f"In the cloud x is '{HEAD}', and {HEAD[:-4]}…"],
        "base_error": f"boom at {HEAD}",
    }
    review = reviewed(*pair[sides], **more)
    review.opaque.append(Opaque("invoke", f"aws:x with {HEAD!r}"))
    assert {name: leaks(text) for name, text in formats(review).items() if leaks(text)} == {}


def test_an_error_line_shows_none(plans):
    _, head = plans
    review = Review("shop", "prod", head, None, error=f"ValueError: {HEAD} is no number; postgres://a:hunter2x@h")
    for name, text in formats(review).items():
        assert not leaks(text), name
        assert "hunter2x" not in text


def test_what_differs_only_in_a_secret_still_changes(plans):
    review = masked(reviewed(*plans))
    changed = {c.name: c for c in review.changes if c.kind is ChangeKind.UPDATE}
    assert changed["marked"].properties[0].secret
    [listed] = [p for p in changed["b1"].properties if p.path == "value"]
    assert listed.secret
    assert listed.before == listed.after == SECRET
    text = markdown([review], limit=10_000_000)
    assert f"value: {SECRET}" in text


def test_a_comment_does_not_repeat_what_it_says_holds_a_secret():
    def run(word):
        return lambda: aws.ec2.LaunchTemplate("t", user_data=f"#!/bin/sh\npassword={word}\n")

    first, second = record(run("hunter2hunter2")), record(run("another3another3"))
    told = formats(reviewed(None, second))
    assert [name for name, text in told.items() if "holds what looks like a password" not in text] == []
    for name, text in {**told, **formats(reviewed(first, second))}.items():
        assert "hunter2" not in text and "another3" not in text, name


def test_a_name_that_tells_hides_its_value_in_json_and_so_in_a_comment_too(reviewed_by_hand):
    document = json.dumps(to_document([reviewed_by_hand]))
    assert "swordfish" not in document
    assert HIDDEN in document
    assert "swordfish" not in markdown(from_document(json.loads(document)))
    assert HIDDEN in markdown(from_document(json.loads(document))).replace("&#x27;", "'")


@pytest.fixture
def reviewed_by_hand(registration, changed, reviewed):
    one = registration("x:y:Z", "z", inputs={"adminPassword": "swordfish", "roleCredentials": "arn:aws:iam::1:role/x"})
    properties = [
        PropertyChange("adminPassword", "swordfish1", "swordfish"),
        PropertyChange("note", "", "is swordfish"),
    ]
    return reviewed([changed(ChangeKind.UPDATE, one, *properties)])


def test_an_arn_is_no_secret_whatever_it_stands_under(registration, changed, reviewed):
    arn = "arn:aws:iam::111122223333:role/caller"
    one = registration("aws:apigateway/integration:Integration", "i", inputs={"credentials": arn})
    review = reviewed([changed(ChangeKind.UPDATE, one, PropertyChange("credentials", "arn:aws:x", arn))])
    assert arn in json.dumps(to_document([review]))


def test_what_is_not_secret_stays_and_names_hold_together(plans):
    review = masked(reviewed(*plans))
    urns = {r.urn for r in review.head.resources}
    assert {c.urn for c in review.changes if c.after} <= urns
    assert "named-(secret)" in {r.name for r in review.head.resources}
    text = json.dumps(to_document([reviewed(None, plans[1])]))
    for words in ("export password=(secret)", "d (secret)", "0.0.0.0/0"):
        assert words in text
    assert masked(review) is review


def test_a_variable_whose_name_tells_is_masked(registration, changed, reviewed, monkeypatch):
    monkeypatch.setenv("REGISTRY_TOKEN", "variable-canary")
    monkeypatch.setenv("PLAIN", "ordinary")
    one = registration("x:y:Z", "z")
    review = reviewed([changed(ChangeKind.UPDATE, one, PropertyChange("a", "", "variable-canary ordinary"))])
    shown = masked(review, ("REGISTRY_TOKEN", "PLAIN", "MISSING"))
    assert shown.changes[0].properties[0].after == "(secret) ordinary"


def test_a_preview_and_a_plan_that_disagree_tell_no_secret(plans):
    base, head = plans
    ours, theirs = compare(base, head).changes, compare(head, base).changes
    review = reviewed(base, head, disagreements=disagreements(ours, theirs))
    assert review.disagreements
    assert not {name: leaks(text) for name, text in formats(review).items() if leaks(text)}


def test_ten_thousand_texts_take_less_than_two_seconds(registration, changed, reviewed, timed):
    changes = []
    for number in range(10_000):
        one = registration("a:b:C", f"r{number}", inputs={"password": f"secret-{number % 100}"}, secrets=["password"])
        values = [PropertyChange(f"p{i}", f"value {number} " * 4, {"deep": [f"other {number} " * 4]}) for i in range(3)]
        changes.append(changed(ChangeKind.UPDATE, one, *values))
    review = reviewed(changes)
    _, seconds = timed(lambda: masked(review))
    assert seconds < 2
