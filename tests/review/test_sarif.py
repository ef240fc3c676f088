"""SARIF 2.1.0. The whole document was held against the standard's own schema when it was written; here its parts."""

import json
from dataclasses import replace
from datetime import date

import jsonschema
import pytest

from aistacks_core.snapshot import Plan
from aistacks_policies import rules
from aistacks_review.findings import PolicyFinding, Severity, Verdict, Waiver
from aistacks_review.report.sarif import sarif
from aistacks_review.review import Review

EMPTY = Plan([], {})
URN = "urn:pulumi:prod::shop::aws:s3/bucket:Bucket::lake"
FINDING = PolicyFinding(
    "s3-tls-only",
    ("S3.5",),
    "Buckets refuse requests without TLS",
    Verdict.FAIL,
    Severity.HIGH,
    URN,
    "has no policy",
    "Deny it.",
    "/repo/stacks/__main__.py",
    12,
)
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
SHAPE = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name", "rules"],
                                "properties": {
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": [
                                                "id",
                                                "shortDescription",
                                                "fullDescription",
                                                "help",
                                                "defaultConfiguration",
                                            ],
                                            "properties": {
                                                "shortDescription": TEXT,
                                                "fullDescription": TEXT,
                                                "help": TEXT,
                                                "defaultConfiguration": {
                                                    "properties": {"level": {"enum": ["error", "warning", "note"]}}
                                                },
                                            },
                                        },
                                    }
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["ruleId", "message", "locations", "partialFingerprints"],
                            "properties": {
                                "message": TEXT,
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "kind": {"enum": ["fail", "open"]},
                                "baselineState": {"enum": ["new", "unchanged"]},
                                "partialFingerprints": {"additionalProperties": {"type": "string", "minLength": 1}},
                                "suppressions": {
                                    "items": {
                                        "required": ["kind"],
                                        "properties": {
                                            "kind": {"enum": ["external", "inSource"]},
                                            "status": {"enum": ["accepted"]},
                                        },
                                    }
                                },
                                "locations": {
                                    "minItems": 1,
                                    "items": {
                                        "properties": {
                                            "physicalLocation": {
                                                "required": ["artifactLocation"],
                                                "properties": {
                                                    "artifactLocation": {
                                                        "properties": {
                                                            "uri": {
                                                                "type": "string",
                                                                "pattern": r"^(?!/)(?!\.\.)[^ \\]+$",
                                                            }
                                                        }
                                                    },
                                                    "region": {
                                                        "properties": {"startLine": {"type": "integer", "minimum": 1}}
                                                    },
                                                },
                                            }
                                        }
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}


@pytest.fixture
def repo(tmp_path):
    root = tmp_path / "repo"
    (root / "stacks").mkdir(parents=True)
    (root / "stacks" / "__main__.py").write_text("\n" * 20)
    return root


def written(root, *findings, **review):
    here = [replace(f, file=f.file.replace("/repo", str(root))) for f in findings]
    document = sarif([Review("shop", "prod", EMPTY, None, policies=here, **review)], root)
    jsonschema.validate(document, SHAPE)
    assert json.loads(json.dumps(document)) == document
    return document["runs"][0]


def place(run):
    return run["results"][0]["locations"][0].get("physicalLocation")


def test_a_failure_has_the_line_that_declared_the_resource(repo):
    run = written(repo, FINDING)
    [result] = run["results"]
    assert (result["ruleId"], result["kind"], result["level"]) == ("s3-tls-only", "fail", "error")
    assert result["message"]["text"] == "lake: has no policy. Deny it."
    assert place(run) == {
        "artifactLocation": {"uri": "stacks/__main__.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 12},
    }
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["id"] == "s3-tls-only"
    assert "Deny s3:* to *" in rule["help"]["text"]
    assert rule["properties"]["security-severity"] == "8.0"
    assert "S3.5" in rule["properties"]["tags"]


def test_every_rule_of_the_pack_is_described(repo):
    assert [r["id"] for r in written(repo)["tool"]["driver"]["rules"]] == list(rules())


@pytest.mark.parametrize(
    ("severity", "level"), [("critical", "error"), ("high", "error"), ("medium", "warning"), ("low", "note")]
)
def test_a_severity_is_a_level(repo, severity, level):
    assert written(repo, replace(FINDING, severity=Severity(severity)))["results"][0]["level"] == level


def test_what_is_unknown_is_open_and_has_no_level(repo):
    [result] = written(repo, replace(FINDING, verdict=Verdict.UNKNOWN))["results"]
    assert (result["kind"], result["level"]) == ("open", "none")


def test_what_is_waived_is_suppressed_with_owner_and_reason(repo):
    waiver = Waiver("s3-tls-only", "lake", "ops", "a trial", date.fromisoformat("2027-01-01"))
    [result] = written(repo, replace(FINDING, waiver=waiver))["results"]
    assert result["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "ops, until 2027-01-01: a trial"}
    ]


def test_against_a_base_each_result_is_new_or_not(repo):
    run = written(repo, FINDING, replace(FINDING, new=False))
    assert "baselineState" not in run["results"][0]
    here = [FINDING, replace(FINDING, new=False)]
    document = sarif([Review("shop", "prod", EMPTY, EMPTY, policies=here)], repo)
    assert [r["baselineState"] for r in document["runs"][0]["results"]] == ["new", "unchanged"]


def test_a_fingerprint_outlives_a_moved_line_and_tells_environments_apart(repo):
    prints = [
        written(repo, finding)["results"][0]["partialFingerprints"]["aistacks/v1"]
        for finding in (FINDING, replace(FINDING, line=99), replace(FINDING, urn=URN.replace("prod", "dev")))
    ]
    assert prints[0] == prints[1] != prints[2]


@pytest.mark.parametrize(
    "file",
    [
        "/etc/passwd",
        "../secret.py",
        "/repo/../outside.py",
        "/repo/stacks/../../outside.py",
        "stacks/../../x",
        "",
        "a\0b",
        ".",
    ],
)
def test_a_file_outside_the_root_is_not_told(repo, file):
    run = written(repo, replace(FINDING, file=file))
    assert place(run) is None
    assert "passwd" not in json.dumps(run["results"])
    assert run["results"][0]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == URN


def test_a_link_that_leads_out_of_the_root_is_not_told(repo, tmp_path):
    (tmp_path / "outside.py").write_text("")
    (repo / "linked.py").symlink_to(tmp_path / "outside.py")
    (repo / "loop.py").symlink_to(repo / "loop.py")
    assert place(written(repo, replace(FINDING, file="/repo/linked.py"))) is None
    assert place(written(repo, replace(FINDING, file="/repo/loop.py"))) is None


def test_names_of_files_are_quoted(repo):
    (repo / "a b#c?.py").write_text("")
    run = written(repo, replace(FINDING, file="/repo/a b#c?.py", line=0))
    assert place(run) == {"artifactLocation": {"uri": "a%20b%23c%3F.py", "uriBaseId": "%SRCROOT%"}}


def test_a_hostile_message_is_one_short_line_without_links(repo):
    message = "[click](https://evil.example)\n" + "x" * 10_000
    [result] = written(repo, replace(FINDING, message=message))["results"]
    text = result["message"]["text"]
    assert len(text) <= 1000
    assert "\n" not in text
    assert "](" not in text


def test_an_environment_that_could_not_be_planned_says_so(repo):
    run = written(repo, error="stacks/__main__.py:3: boom")
    assert run["invocations"] == [
        {
            "executionSuccessful": False,
            "toolExecutionNotifications": [{"level": "error", "message": {"text": "stacks/__main__.py:3: boom"}}],
        }
    ]


def test_each_environment_is_a_run_of_its_own(repo):
    document = sarif([Review("shop", name, EMPTY, None) for name in ("dev", "prod")], repo)
    assert [r["automationDetails"]["id"] for r in document["runs"]] == ["aistacks/shop/dev", "aistacks/shop/prod"]
    assert sarif([], repo)["runs"] == []
