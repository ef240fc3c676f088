"""`aistacks policies list` and `show`."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from aistacks_cli.policies import policies
from aistacks_core.errors import UserError
from aistacks_policies import rules


def run(*words):
    app = typer.Typer()
    app.add_typer(policies, name="policies")
    result = CliRunner().invoke(app, ["policies", *words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_the_list_has_every_rule_with_its_sources():
    out = run("list").output
    assert all(rule.id in out for rule in rules().values())
    assert "CKV_AWS_145" in out


def test_the_list_as_json_has_every_part():
    table = json.loads(run("list", "--json").output)
    assert [r["id"] for r in table] == list(rules())
    assert set(table[0]) == {"id", "severity", "sources", "title", "description", "fix", "types", "scope"}


def test_the_docs_have_the_table_that_the_command_makes():
    page = (Path(__file__).parents[2] / "docs" / "policies.md").read_text()
    assert run("list", "--markdown").output.strip() in page


def test_one_rule_is_shown_whole():
    out = run("show", "s3-tls-only").output
    rule = rules()["s3-tls-only"]
    assert rule.title in out and rule.description in out and rule.fix in out
    assert "aws:s3/bucket:Bucket" in out
    assert json.loads(run("show", "s3-tls-only", "--json").output)["sources"] == ["S3.5"]


def test_an_unknown_rule_names_what_is_near():
    with pytest.raises(UserError, match="Perhaps s3-tls-only"):
        run("show", "s3-tls-onyl")
    with pytest.raises(UserError, match=r"RULE: got '\[red\]'"):
        run("show", "[red]")
