"""An upgrade of somebody's small project, by the real engine in a sandbox that is thrown away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aistacks_sandbox import processes
from aistacks_sandbox.engine import survivors
from aistacks_sandbox.state import State
from aistacks_sandbox.upgrades.changes import summed_up, touched
from aistacks_sandbox.upgrades.rehearsal import module_roots
from aistacks_sandbox.upgrades.scratch import scratch_sandbox

PROGRAM = """
import pulumi_aws as aws
from shapes import KEY
aws.dynamodb.Table("orders", billing_mode="PAY_PER_REQUEST", hash_key=KEY, attributes=[{"name": KEY, "type": "S"}])
aws.sqs.Queue("jobs", name="jobs", delay_seconds=1)
"""
URN = "urn:pulumi:dev::shop::shop:index:Shop$aws:sqs/queue:Queue::jobs"


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path, sandbox: Any) -> Iterator[Path]:
    """A repository whose first commit is tagged v1; `sandbox` skips where the programs can't be had."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {aws:region: eu-west-1}\n")
    (folder / "__main__.py").write_text(textwrap.dedent(PROGRAM))
    (folder / "shapes.py").write_text('KEY = "id"\n')
    # Bytecode is kept under `make test`.
    (folder / ".gitignore").write_text("__pycache__/\n")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "one")
    git(folder, "tag", "v1")
    yield folder
    assert not subprocess.run(["git", "status", "--short"], cwd=folder, capture_output=True, text=True).stdout.count(
        "??"
    )


def test_an_upgrade_that_changes_nothing_that_holds_data_passes(project: Path, command: Callable[..., Any]) -> None:
    (project / "__main__.py").write_text(PROGRAM.replace("delay_seconds=1", "delay_seconds=2"))
    answer = command("upgrade", "check", "--from", "v1", "--json", cwd=project)
    assert answer.code == 0, answer.err
    (told,) = json.loads(answer.out)["environments"]
    assert told["passed"]
    assert told["updated"] == {"aws:sqs/queue:Queue": ["delaySeconds"]}
    assert told["replaced"] == told["deleted"] == {}


def test_one_that_replaces_a_table_doesnt_and_says_which(project: Path, command: Callable[..., Any]) -> None:
    # In a module of the repository: the old one must be run with its own.
    (project / "shapes.py").write_text('KEY = "order"\n')
    answer = command("upgrade", "check", "--from", "v1", "dev", cwd=project)
    assert answer.code == 3, answer.err
    assert "holds data: aws:dynamodb/table:Table orders is replaced" in answer.out


def test_an_old_revision_that_doesnt_come_up_is_a_mistake_and_a_new_one_a_finding(
    project: Path, command: Callable[..., Any]
) -> None:
    (project / "__main__.py").write_text("raise ValueError('not yet')\n")
    answer = command("upgrade", "check", "--from", "v1", cwd=project)
    assert answer.code == 3
    assert "doesn't come up" in answer.out
    git(project, "commit", "-qam", "broken")
    assert "expected one that comes up" in command("upgrade", "check", "--from", "HEAD", cwd=project).mistake


@pytest.mark.parametrize(
    ("words", "mistake"),
    [
        ([], "--from: got nothing"),
        (["--from", "v9"], "--from v9: got"),
        (["--from", "v1", "prod"], "an environment of both revisions"),
        (["--from", "v1", "--changelog", "nowhere.md"], "no such file"),
    ],
)
def test_what_cant_be_compared_is_a_mistake(
    project: Path, command: Callable[..., Any], words: list[str], mistake: str
) -> None:
    assert mistake in command("upgrade", "check", *words, cwd=project).mistake


def test_a_program_in_yaml_is_rehearsed_too(project: Path, command: Callable[..., Any]) -> None:
    store = "{type: 'aistacks:ModelStore', properties: {repositories: [%s], deletionProtection: false}}"
    about = f"name: shop\nruntime: yaml\nresources: {{store: {store}}}\n"
    (project / "Pulumi.yaml").write_text(about % "one")
    git(project, "commit", "-qam", "yaml")
    (project / "Pulumi.yaml").write_text(about % "two")
    answer = command("upgrade", "check", "--from", "HEAD", "--json", cwd=project)
    assert answer.code == 3, answer.err
    (told,) = json.loads(answer.out)["environments"]
    assert any(line.startswith("aws:ecr/repository:Repository") for line in told["stateful"])


def test_what_a_killed_command_left_is_stopped_and_removed_by_the_next(cache_folder: Path) -> None:
    with scratch_sandbox() as used, scratch_sandbox() as other:
        assert used.root.is_dir() or used.root.parents[1].is_dir()
        assert used.root != other.root
        abandoned = used.root.parents[2] / "7-abandoned"
        abandoned.mkdir()
        left = State.of(abandoned)
        process = processes.start(left, "sleeper", [sys.executable, "-c", "import time; time.sleep(60)"])
        at_work = {**os.environ, survivors.VARIABLE: str(left.root)}
        engine = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env=at_work)
        while not survivors.working(left):
            time.sleep(0.05)
        with scratch_sandbox():
            assert survivors.working(left) == []
            engine.wait(10)
            assert not process.is_running()
            assert not abandoned.exists()
            assert used.root.parents[1].is_dir()
    assert not [path for path in (cache_folder / "scratch-sandboxes").iterdir() if path.is_dir()]


def test_what_is_installed_in_place_is_taken_from_the_other_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("repo/lib", "repo/.venv/lib/site-packages", "moved/lib", "elsewhere", "repo/new"):
        (tmp_path / place).mkdir(parents=True)
    places = ["repo/lib", "repo/.venv/lib/site-packages", "elsewhere", "repo/new"]
    monkeypatch.setattr("sys.path", [str(tmp_path / place) for place in places] + [""])
    assert module_roots(tmp_path / "repo", tmp_path / "moved", None) == (tmp_path / "moved" / "lib",)


def test_steps_come_to_changes_by_type_and_name() -> None:
    steps = [
        {"op": op, "urn": URN, "diffs": ["delaySeconds"]} for op in ("create-replacement", "delete", "update", "same")
    ]
    kind = "aws:sqs/queue:Queue"
    assert summed_up(steps) == {
        "replaced": {kind: {"jobs"}},
        "deleted": {kind: {"jobs"}},
        "updated": {kind: {"delaySeconds"}},
    }
    assert touched(steps) == {(kind, "jobs"): {"delaySeconds"}}
