"""Reviews: small ones made by hand, a hostile one, a large one, and real environments compared."""

import copy
from dataclasses import replace
from datetime import date

import pytest

from aistacks_core.snapshot import ABSENT, Opaque, Plan, Registration
from aistacks_review.compare.changes import ChangeKind, PropertyChange, ResourceChange
from aistacks_review.compare.comparison import compare
from aistacks_review.cost.figures import Cost, CostLine, Estimate, Range, Unpriced
from aistacks_review.findings import PolicyFinding, Risk, RiskKind, Severity, Verdict, Waiver
from aistacks_review.review import Review
from recorded import record_environment, settings

BUCKET = "aws:s3/bucket:Bucket"
LAKE = "urn:pulumi:prod::shop::aistacks:index:DataLake::lake"
HOSTILE = [
    "@octocat and @org/team",
    "#123 GH-7 org/repo#5 !8 ~9 %10 &11 $12",
    "https://evil.example/?q=1 http://evil.example www.evil.example",
    "someone@evil.example mailto:someone@evil.example",
    "<!-- aistacks-plan -->",
    "<img src=x onerror=alert(1)><svg/onload=alert(1)>",
    "</code></td></tr></table></details><script>alert(1)</script>",
    "-->]]></pre></style></title></svg><iframe src=//evil.example>",
    "```\n# Heading\n```\n\n~~~\n* item",
    "`a` ``b`` [x](https://evil.example) ![x](https://evil.example/x.png) [x]: https://evil.example",
    "| a | b |\n|---|---|\n| c | d |",
    "\n\n<b>bold</b>\n\n# Heading\n\n",
    "abc\u202egnp.exe\u2066x\u2069 zero\u200bwidth\u200d\ufeff \u00ad soft",
    "\x1b[31mred\x1b]8;;https://evil.example\x07link\x00\x9b",
    "{{ 7 * 7 }} {% raw %} ${jndi:x} [bold red]x[/] [/] \\[",
    "0123456789abcdef0123456789abcdef01234567 deadbeef :tada: $x^2$",
    "' onmouseover='alert(1) \" autofocus onfocus=\"alert(1)",
    "javascript:alert(1) data:text/html,x",
    "lone \ud800 surrogate \U000e0041 \u3164 \u2028 \u0301\u0301\u0301\u0301\u0301",
    "\u05d0\u05d1\u05d2 123",
]


def registration(type_, name, parent="", custom=True, **more):
    urn = more.pop("urn", f"urn:pulumi:prod::shop::{type_}::{name}")
    made = Registration(type_, name, urn, parent, custom, more.pop("inputs", {}), frozenset(more.pop("secrets", ())))
    return replace(made, **more)


def changed(kind, one, *properties, **more):
    before = None if kind is ChangeKind.CREATE else one
    after = None if kind is ChangeKind.DELETE else one
    return ResourceChange(kind, before, after, tuple(properties), more.pop("component", ""), **more)


def reviewed(changes=(), head=(), base=(), environment="prod", **more):
    resources = [change.after for change in changes if change.after] + list(head)
    before = [change.before for change in changes if change.before] + list(base)
    plan = Plan(resources, {})
    old = more.pop("without_base", False)
    return Review("shop", environment, plan, None if old else Plan(before, {}), changes=list(changes), **more)


@pytest.fixture(name="registration")
def _registration():
    return registration


@pytest.fixture(name="changed")
def _changed():
    return changed


@pytest.fixture(name="reviewed")
def _reviewed():
    return reviewed


@pytest.fixture
def hostile():
    return HOSTILE


@pytest.fixture
def lake_review():
    """A lake that loses a bucket, with everything that a review can hold."""
    lake = registration("aistacks:index:DataLake", "lake", custom=False)
    gold = registration(BUCKET, "lake-gold", LAKE, file="/somewhere/stacks/__main__.py", line=12)
    rules = registration("aws:s3/bucketPolicy:BucketPolicy", "lake-bronze-policy", LAKE)
    vpc = registration("aws:ec2/vpc:Vpc", "network-vpc")
    changes = [
        changed(ChangeKind.DELETE, gold, component=LAKE, retained=True, protected=True),
        changed(
            ChangeKind.UPDATE,
            rules,
            PropertyChange("policy", '{"Statement": [{"Action": "s3:Get*"}]}', '{"Statement": [{"Action": "s3:*"}]}'),
            component=LAKE,
        ),
        changed(ChangeKind.REPLACE, vpc, PropertyChange("cidrBlock", "10.0.0.0/16", "10.1.0.0/16", replaces=True)),
        changed(ChangeKind.CREATE, registration(BUCKET, "logs"), PropertyChange("bucket", ABSENT, "logs")),
    ]
    line = CostLine(
        gold.urn,
        "storage, standard",
        Range(100, 200, 400),
        "GB-month",
        0.023,
        Range(2.3, 4.6, 9.2),
        "the price list, 2026-11-20",
        "SKU1",
        "200 GB in each layer",
    )
    nat = CostLine(vpc.urn, "NAT gateway", Range(730, 730, 730), "hours", 0.048, Range(35, 35, 35), "the list", "")
    head = Estimate("eu-west-1", [line, nat], [Unpriced(vpc.urn, "traffic", "nobody knows it")], 7, "2026-11-20")
    place = {"file": "/somewhere/stacks/__main__.py", "line": 12}
    failing = PolicyFinding(
        "s3-tls-only",
        ("S3.5",),
        "Buckets take TLS only",
        Verdict.FAIL,
        Severity.HIGH,
        rules.urn,
        "the policy denies no plain HTTP",
        "Deny aws:SecureTransport false.",
        **place,
    )
    waiver = Waiver("s3-replication", "lake-*", "data-team", "it can be loaded again", date.fromisoformat("2027-03-31"))
    return reviewed(
        changes,
        head=[lake],
        base=[lake],
        same=40,
        risks=[
            Risk(
                RiskKind.DATA_LOSS, Severity.CRITICAL, gold.urn, "The bucket lake-gold is deleted.", "no layer", **place
            ),
            Risk(RiskKind.INTERRUPTION, Severity.MEDIUM, vpc.urn, "The network is recreated.", "cidrBlock", False),
        ],
        policies=[
            failing,
            replace(failing, rule="s3-replication", severity=Severity.LOW, waiver=waiver),
            replace(failing, rule="kms-rotation", verdict=Verdict.UNKNOWN, severity=Severity.MEDIUM),
        ],
        policies_passed=212,
        cost=Cost(head, Estimate("eu-west-1", [line]), 30.0, [vpc.urn]),
        opaque=[Opaque("stack reference", "organisation/shared/prod", "/somewhere/stacks/__main__.py", 3)],
        disagreements=["The cloud has a bucket more."],
        notes=["One part was left out."],
        head_revision="0123456789abcdef0123456789abcdef01234567",
        base_revision="89abcdef0123456789abcdef0123456789abcdef",
    )


@pytest.fixture
def hostile_review():
    """Every text that a program's author can choose is hostile."""
    changes, risks, policies, opaque, lines, unpriced, components = [], [], [], [], [], [], []
    for place, text in enumerate(HOSTILE):
        lake = registration(
            f"evil:index:{text}", text, custom=False, urn=f"urn:pulumi:p::s::evil:index:C::{text}{place}"
        )
        one = registration(
            f"evil:index:{text}", text, lake.urn, urn=f"urn:pulumi:p::s::evil:x:Y::{text}", file=text, line=3
        )
        components.append(lake)
        value = {text: [text, {text: text}]}
        properties = (
            PropertyChange(text, text, value, replaces=True),
            PropertyChange("json", f'{{"a": "{place}"}}', '{"a": "</pre>@you"}'),
        )
        changes += [changed(kind, one, *properties, component=lake.urn, reason=text) for kind in ChangeKind]
        risks.append(Risk(RiskKind.ACCESS, Severity.HIGH, one.urn, text, text, file=text, line=1))
        waiver = Waiver(text, text, text, text, date(2030, 1, 1))
        for verdict, by in ((Verdict.FAIL, None), (Verdict.FAIL, waiver), (Verdict.UNKNOWN, None)):
            policies.append(
                PolicyFinding(text, (text,), text, verdict, Severity.LOW, one.urn, text, text, text, 1, waiver=by)
            )
        opaque.append(Opaque(text, text, text, 1))
        lines.append(CostLine(one.urn, text, Range(1, 2, 3), text, 1.0, Range(1, 2, 3), text, text, text))
        unpriced.append(Unpriced(one.urn, text, text))
    return reviewed(
        changes,
        head=components,
        environment=HOSTILE[6],
        risks=risks,
        policies=policies,
        opaque=opaque,
        cost=Cost(Estimate(HOSTILE[5], lines, unpriced, prices_of=HOSTILE[0]), None, 5.0),
        disagreements=list(HOSTILE),
        notes=list(HOSTILE),
        head_revision=HOSTILE[9],
        base_revision=HOSTILE[6],
    )


@pytest.fixture(scope="session")
def large_review():
    """5,000 changes, some of whose values are of 10 MB."""
    huge, other = "x" * 10_000_000, "x" * 9_999_999 + "y"
    lake = registration("aistacks:index:DataLake", "lake", custom=False)
    changes = []
    for place in range(5_000):
        kind = list(ChangeKind)[place % 5]
        one = registration(BUCKET, f"bucket-{place}", LAKE if place % 2 else "")
        pair = (huge, other) if place % 50 == 0 else ("old", {"new": [huge, place]})
        properties = (PropertyChange("acl", *pair), PropertyChange("tags.Name", f"a-{place}", f"b-{place}"))
        changes.append(changed(kind, one, *properties, component=LAKE if place % 2 else ""))
    risks = [Risk(RiskKind.DATA_LOSS, Severity.HIGH, c.urn, huge, huge) for c in changes[:1000]]
    lines = [CostLine(c.urn, "storage", Range(1, 2, 3), "GB", 0.1, Range(1, 2, 3), "the list") for c in changes]
    cost = Cost(Estimate("eu-west-1", lines), None, 1e6)
    made = reviewed(changes, head=[lake], environment=huge, risks=risks, cost=cost, notes=[huge])
    # A function, for a failing test would print a fixture's value, for minutes.
    return lambda: made


@pytest.fixture(scope="session")
def real_reviews():
    """Production with a few lines changed, and the sandbox as it was."""
    table = copy.deepcopy(settings("prod")["config"]["aistacks:environment"])
    before = record_environment("prod", table, symbols=True)
    table["lake"]["layers"] = ["bronze", "silver"]
    table["pools"]["batch"] = {"instance_types": ["g5.xlarge"], "capacity_types": ["spot"], "max_gpus": 8}
    table["warehouse"]["node_type"] = "ra3.16xlarge"
    after = record_environment("prod", table, symbols=True)
    sandbox = record_environment("sandbox", symbols=True)
    made = []
    for name, base, head in (("prod", before, after), ("sandbox", sandbox, sandbox), ("new", None, after)):
        found = compare(base, head)
        made.append(Review("aistacks", name, head, base, changes=found.changes, same=found.same))
    return made
