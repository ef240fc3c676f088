"""`aistacks orphans` from the command line: what it prints, and its exit codes."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import orphan_plants
from aistacks_cli.app import app
from aistacks_core.errors import UserError
from aistacks_recovery.orphans import Report
from orphan_plants import PLANTS

NAME = "shop/dev"


def exported(path, *resources):
    base = {"urn": "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev", "type": "pulumi:pulumi:Stack"}
    path.write_text(json.dumps({"version": 3, "deployment": {"resources": [base, *resources]}}))
    return str(path)


@pytest.fixture
def run(account, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    state = exported(tmp_path / "state.json")

    def call(*words):
        return CliRunner().invoke(app, ["orphans", "--state", state, "--region", "eu-west-1", *words])

    return call


def test_none_some_and_removed(run, account):
    assert run("--json").exit_code == 0
    ours = orphan_plants.ground(account, NAME, "ours", "shop-dev")
    volume, role = PLANTS["volume"](ours), PLANTS["IAM role"](ours)
    done = run("--json", "--cluster", "shop-dev")
    assert done.exit_code == 3
    (table,) = json.loads(done.stdout)
    removed = table.pop("removed")
    report = Report.model_validate(table)
    assert removed == []
    assert {each.id: each.monthly_usd for each in report.items} == {volume: 8.8, role: 0}
    assert (report.orphans, report.monthly_usd) == (2, 8.8)
    shown = run("--cluster", "shop-dev")
    assert f"{NAME}: 2 orphans, at least $8.80 a month" in shown.output

    asked = run("--cluster", "shop-dev", "--remove")
    assert asked.exit_code == 3
    assert "nothing is removed" in asked.output
    done = run("--cluster", "shop-dev", "--remove", "--yes", "--include", volume, "--json")
    assert {each["outcome"] for each in json.loads(done.stdout)[0]["removed"]} == {"removed"}
    assert done.exit_code == 0
    assert run("--cluster", "shop-dev").exit_code == 0


def test_a_program_of_anybodys_is_told_by_its_own_tags(run, account):
    queue = account.client("sqs").create_queue(QueueName="q", tags={"Team": "x"})["QueueUrl"]
    assert json.loads(run("--json").stdout)[0]["items"] == []
    done = run("--json", "--tag", "Team=x")
    assert [each["id"] for each in json.loads(done.stdout)[0]["items"]] == [queue]


def test_what_cant_be_meant_is_refused(run, tmp_path):
    for words in (["--include", "x"], ["--tag", "x"], ["--remove", "--json"], ["dev"]):
        done = run(*words)
        assert isinstance(done.exception, UserError), words
    done = CliRunner().invoke(app, ["orphans", "--state", str(tmp_path / "none.json")])
    assert "pulumi stack export" in str(done.exception)
