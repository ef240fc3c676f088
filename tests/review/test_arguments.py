"""Findings point at the argument that a person has to change."""

from dataclasses import replace

import pytest

from aistacks_core.snapshot import Plan, Registration
from aistacks_review.arguments import pointed
from aistacks_review.findings import PolicyFinding, Severity, Verdict
from aistacks_review.settings_places import settings_in

PROGRAM = """
import pulumi_aws as aws
import shop
from shop import Cluster, ClusterArgs

logs = aws.cloudwatch.LogGroup(
    "logs",
    skip_destroy=True,
    retention_in_days=7,
)
Cluster(
    "main",
    {
        "version": "1.35",
        "public_access_cidrs": ["0.0.0.0/0"],
        "log_retention_days": 30,
    },
)
shop.Cluster("other", ClusterArgs(
    public_access_cidrs=["0.0.0.0/0"],
    kept=14,
))
Cluster("computed", settings())
outer(
    Cluster("inner", public_access_cidrs=[]),
)
"""
LINES = {
    name: PROGRAM.splitlines().index(line) + 1
    for name, line in {
        "logs": "logs = aws.cloudwatch.LogGroup(",
        "main": "Cluster(",
        "other": 'shop.Cluster("other", ClusterArgs(',
        "computed": 'Cluster("computed", settings())',
        "inner": '    Cluster("inner", public_access_cidrs=[]),',
    }.items()
}


_OPEN = "vpcConfig.publicAccessCidrs: x"


def registered(type_, name, parent="", **more):
    return Registration(
        type_, name, f"urn:pulumi:p::s::{type_}::{name}", parent, ":" not in name, {}, frozenset(), **more
    )


def found(tmp_path, name, message, inputs=None, own=False):
    file = tmp_path / "__main__.py"
    file.write_text(PROGRAM)
    place = {"file": str(file), "line": LINES[name]}
    top = registered("shop:index:Cluster", name, **place)
    kind = "aws:cloudwatch/logGroup:LogGroup" if own else "aws:eks/cluster:Whatever"
    child = replace(registered(kind, name, "" if own else top.urn, **place), inputs=inputs or {})
    finding = PolicyFinding("r", (), "t", Verdict.FAIL, Severity.HIGH, child.urn, message, "f", **place)
    [answer] = pointed([finding], Plan([child] if own else [top, child], {}))
    return answer.argument, PROGRAM.splitlines()[answer.line - 1].strip()


@pytest.mark.parametrize(
    ("name", "message", "argument", "line"),
    [
        (
            "main",
            "vpcConfig.publicAccessCidrs[0]: is open",
            "Cluster(public_access_cidrs=…)",
            '"public_access_cidrs": ["0.0.0.0/0"],',
        ),
        (
            "other",
            "vpcConfig.publicAccessCidrs: x",
            "Cluster(public_access_cidrs=…)",
            'public_access_cidrs=["0.0.0.0/0"],',
        ),
        (
            "inner",
            "vpcConfig.publicAccessCidrs: x",
            "Cluster(public_access_cidrs=…)",
            'Cluster("inner", public_access_cidrs=[]),',
        ),
        ("computed", "vpcConfig.publicAccessCidrs: x", "Cluster(…)", 'Cluster("computed", settings())'),
        ("main", "has no key", "Cluster(…)", "Cluster("),
        ("main", "encryptionConfig: isn't set", "Cluster(…)", "Cluster("),
    ],
)
def test_the_components_caller_and_its_argument(tmp_path, name, message, argument, line):
    assert found(tmp_path, name, message) == (argument, line)


def test_an_argument_of_another_name_is_known_by_its_value(tmp_path):
    told = found(tmp_path, "other", "retentionInDays: is 14, must be 365", {"retentionInDays": 14})
    assert told == ("Cluster(kept=…)", "kept=14,")
    assert found(tmp_path, "other", "retentionInDays: is 1", {"retentionInDays": 1})[0] == "Cluster(…)"


def test_a_resources_own_call(tmp_path):
    told = found(tmp_path, "logs", "retentionInDays: is 7, must be at least 365", own=True)
    assert told == ("LogGroup(retention_in_days=…)", "retention_in_days=7,")
    assert found(tmp_path, "logs", "kmsKeyId: isn't set", own=True) == ("", "logs = aws.cloudwatch.LogGroup(")


@pytest.mark.parametrize("text", ["", "def (", "x = 1", "\0"])
def test_a_file_that_says_nothing_keeps_the_declaration(tmp_path, text):
    file = tmp_path / "x.py"
    file.write_text(text)
    one = registered("a:b:C", "c")
    finding = PolicyFinding("r", (), "t", Verdict.FAIL, Severity.LOW, one.urn, "p: m", "f", str(file), 3)
    assert pointed([finding], Plan([one], {})) == [finding]
    assert pointed([replace(finding, file=str(tmp_path / "gone.py"))], Plan([one], {}))[0].line == 3


SETTINGS = """# a comment
config:
  aws:region: eu-west-1
  shop:environment:
    cluster:
      private_access_cidrs: [10.0.0.0/8]
      log_retention_days: 30
    lake:
      log_retention_days: 60
    pools:
      - {max: 3, zone: a}
"""


@pytest.mark.parametrize(
    ("message", "inputs", "argument", "line"),
    [
        ("retentionInDays: is 30", {"retentionInDays": 30}, "shop:environment.cluster.log_retention_days", 7),
        ("retentionInDays: is 60", {"retentionInDays": 60}, "shop:environment.lake.log_retention_days", 9),
        ("accessCidrs[0]: is", {"accessCidrs": ["10.0.0.0/8"]}, "shop:environment.cluster.private_access_cidrs", 6),
        ("retentionInDays: is 5", {"retentionInDays": 5}, "", 0),
        ("has nothing", {"retentionInDays": 30}, "", 0),
        ("other: is 30", {"other": 30}, "", 0),
    ],
)
def test_a_value_of_the_environments_file_is_told_there(tmp_path, message, inputs, argument, line):
    (tmp_path / "__main__.py").write_text(PROGRAM)
    settings = tmp_path / "Pulumi.dev.yaml"
    settings.write_text(SETTINGS)
    place = {"file": str(tmp_path / "__main__.py"), "line": LINES["computed"]}
    top = registered("shop:index:Cluster", "computed", **place)
    child = replace(registered("aws:a/b:C", "c", top.urn, **place), inputs=inputs)
    finding = PolicyFinding("r", (), "t", Verdict.FAIL, Severity.LOW, child.urn, message, "f", **place)
    [told] = pointed([finding], Plan([top, child], {}), settings)
    if line:
        assert (told.argument, told.file, told.line) == (f"Pulumi.dev.yaml: {argument}", str(settings), line)
    else:
        assert (told.argument, told.line) == ("Cluster(…)", LINES["computed"])


@pytest.mark.parametrize("text", ["", "config:", "[1]", "config: {a: [}", "config: 3", "other: 1"])
def test_a_settings_file_that_says_nothing(tmp_path, text):
    (tmp_path / "Pulumi.dev.yaml").write_text(text)
    assert settings_in(tmp_path / "Pulumi.dev.yaml") == settings_in(tmp_path / "gone.yaml") == []


@pytest.mark.parametrize(("name", "line"), [("cluster", 5), ("lake", 7), ("other", 0)])
def test_of_several_the_one_below_the_components_name_is_told(tmp_path, name, line):
    settings = tmp_path / "Pulumi.dev.yaml"
    settings.write_text(
        "config:\n  shop:environment:\n    x: 1\n    cluster:\n      log_retention_days: 30\n    lake:\n"
        "      log_retention_days: 30\n"
    )
    (tmp_path / "__main__.py").write_text(PROGRAM)
    place = {"file": str(tmp_path / "__main__.py"), "line": LINES["computed"]}
    top = registered("shop:index:Cluster", name, **place)
    child = replace(registered("aws:a/b:C", "c", top.urn, **place), inputs={"retentionInDays": 30})
    finding = PolicyFinding("r", (), "t", Verdict.FAIL, Severity.LOW, child.urn, "retentionInDays: is 30", "f", **place)
    [told] = pointed([finding], Plan([top, child], {}), settings)
    assert told.line == (line or LINES["computed"])
