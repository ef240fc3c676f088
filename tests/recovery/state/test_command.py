"""`aistacks state`: what a user sees of the versions, of putting one back, and of locks."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aistacks_recovery.state.versions import versions
from engine_stacks import EngineStack, held
from s3_backends import bucket_url


@pytest.fixture
def call(in_folder: EngineStack, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The command, in the project of the stack in a folder, with its engine on PATH."""
    for name in ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_HOME", "PATH"):
        monkeypatch.setenv(name, in_folder.environ[name])
    return lambda *words: command("state", *words, cwd=in_folder.folder)


def lock(stack: EngineStack, pid: int, host: str) -> None:
    now = datetime.now(UTC).isoformat()
    content = {"pid": pid, "username": "ada", "hostname": host, "timestamp": now}
    stack.store.write(f"{stack.files.locks}/x.json", json.dumps(content).encode())


def both(stack: EngineStack) -> str:
    return next(version.id for version in versions(stack.store, stack.files) if held(version) == {"a", "b"})


def test_versions_are_listed_with_what_they_hold(call: Callable[..., Any], in_folder: EngineStack) -> None:
    answer = call("versions", "dev")
    assert answer.code == 0
    assert "present, whole" in answer.out
    assert both(in_folder) in answer.out
    assert "update succeeded" in answer.out


def test_as_json_they_are_the_same(call: Callable[..., Any]) -> None:
    answer = call("versions", "dev", "--json", "--last", "2")
    (stack,) = json.loads(answer.out)["stacks"]
    assert stack["stack"] == "cloud/dev"
    assert len(stack["versions"]) == 2
    assert [version["present"] for version in stack["versions"]] == [True, False]


def test_an_environment_that_isnt_there_is_a_mistake(call: Callable[..., Any]) -> None:
    assert "no state of cloud/prod" in call("versions", "prod").mistake
    assert "no state" in call("restore", "prod", "--yes").mistake


def test_a_damaged_state_is_told_and_put_back_by_one_command(call: Callable[..., Any], in_folder: EngineStack) -> None:
    path = in_folder.path_of_checkpoint
    was = path.read_bytes()
    path.write_bytes(was[:100])
    told = call("versions", "dev")
    assert told.code == 1
    assert "The present state is damaged" in told.out
    answer = call("restore", "dev", "--yes")
    assert answer.code == 0, answer.err
    assert "damaged: cut off" in answer.out
    assert path.read_bytes() == was
    assert in_folder.names() == {"b"}


def test_attributes_that_are_cut_off_are_told_and_dropped(call: Callable[..., Any], in_folder: EngineStack) -> None:
    path = in_folder.path_of_checkpoint
    was = path.read_bytes()
    path.with_name(f"{path.name}.attrs").write_bytes(b"")
    assert "aistacks state restore drops them" in call("versions", "dev").err
    assert in_folder.run("stack").returncode
    answer = call("restore", "dev")
    assert answer.code == 0, answer.err
    assert "cut off; dropped" in answer.err
    assert path.read_bytes() == was
    assert in_folder.names() == {"b"}


def test_a_version_is_put_back_after_a_plan(call: Callable[..., Any], in_folder: EngineStack) -> None:
    answer = call("restore", "dev", "--version", both(in_folder), "--yes")
    assert answer.code == 0, answer.err
    assert "1 known again" in answer.out
    assert "kept" in answer.out
    assert in_folder.names() == {"a", "b"}
    back = call("restore", "dev", "--before", (datetime.now(UTC) - timedelta(seconds=0)).isoformat(), "--yes")
    assert "which is the present state" in back.mistake


def test_the_plan_as_json_names_what_nobody_would_own(call: Callable[..., Any], in_folder: EngineStack) -> None:
    call("restore", "dev", "--version", both(in_folder), "--yes")
    only_b = next(v.id for v in versions(in_folder.store, in_folder.files) if held(v) == {"b"})
    answer = call("restore", "dev", "--version", only_b, "--yes", "--json")
    told = json.loads(answer.out)
    assert [urn.rpartition("::")[2] for urn in told["plan"]["forgotten"]] == ["a"]
    assert told["engine"] is True


@pytest.mark.parametrize(
    ("words", "mistake"),
    [
        (["--version", "x", "--before", "2026-11-30"], "one of the two"),
        (["--version", "nothing"], "no versions are called"),
        (["--version", "dev"], "several versions are called"),
        (["--before", "yesterday"], "a time such as"),
        (["--before", "2001-01-01"], "a time after"),
        ([], "no choice"),
    ],
)
def test_a_choice_that_is_none_changes_nothing(
    call: Callable[..., Any], in_folder: EngineStack, words: list[str], mistake: str
) -> None:
    was = in_folder.path_of_checkpoint.read_bytes()
    assert mistake in call("restore", "dev", "--yes", *words).mistake
    assert in_folder.path_of_checkpoint.read_bytes() == was


def test_without_a_yes_and_a_terminal_nothing_is_changed(call: Callable[..., Any], in_folder: EngineStack) -> None:
    was = in_folder.path_of_checkpoint.read_bytes()
    assert "nobody to ask" in call("restore", "dev", "--version", both(in_folder)).mistake
    assert in_folder.path_of_checkpoint.read_bytes() == was


def test_while_somebody_works_on_the_stack_nothing_is_put_back(
    call: Callable[..., Any], in_folder: EngineStack
) -> None:
    lock(in_folder, os.getpid(), socket.gethostname())
    assert "locked by ada" in call("restore", "dev", "--version", both(in_folder), "--yes").mistake
    assert "one of a dead process" in call("unlock", "dev", "--yes").mistake
    assert in_folder.store.entries(in_folder.files.locks)


def test_a_dead_processs_lock_is_dropped(call: Callable[..., Any], in_folder: EngineStack) -> None:
    lock(in_folder, 2**22 + 1, socket.gethostname())
    assert in_folder.run("refresh", "--yes", "--skip-preview").returncode
    assert "locked by ada" in call("versions", "dev").out
    answer = call("unlock", "dev")
    assert answer.code == 0
    assert "dropped the lock of ada" in answer.out
    assert in_folder.run("refresh", "--yes", "--skip-preview").returncode == 0
    assert "nobody holds it" in call("unlock", "dev").out


def test_a_dead_processs_lock_doesnt_stand_before_a_restore(call: Callable[..., Any], in_folder: EngineStack) -> None:
    lock(in_folder, 2**22 + 1, socket.gethostname())
    assert call("restore", "dev", "--version", both(in_folder), "--yes").code == 0
    assert in_folder.names() == {"a", "b"}


def test_another_machines_lock_is_asked_about(call: Callable[..., Any], in_folder: EngineStack) -> None:
    lock(in_folder, 7, "elsewhere")
    assert "nobody to ask" in call("unlock", "dev").mistake
    assert "Look whether it still works" in call("restore", "dev", "--version", both(in_folder), "--yes").mistake
    assert call("unlock", "dev", "--yes").code == 0


def test_a_bucket_without_versions_is_told_with_the_command_that_turns_them_on(
    call: Callable[..., Any], in_folder: EngineStack, s3_endpoint: str, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = bucket_url(s3_endpoint, "no-versions", versioned=False)
    s3.put_object(
        Bucket="no-versions",
        Key=f"team/{in_folder.files.checkpoint}",
        Body=in_folder.path_of_checkpoint.read_bytes(),
    )
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    answer = call("versions", "dev")
    assert "aws s3api put-bucket-versioning --bucket no-versions" in answer.err
    assert answer.code == 0


def test_a_bucket_that_isnt_there_is_one_line(
    call: Callable[..., Any], in_bucket: EngineStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", in_bucket.url.replace("s3://states/", "s3://elsewhere/"))
    assert "NoSuchBucket" in call("versions", "dev").mistake


def test_pulumi_cloud_keeps_its_own_versions(call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "https://api.pulumi.com")
    for verb in ("versions", "restore", "unlock"):
        assert "Pulumi Cloud" in call(verb, "dev").mistake


def test_without_an_environment_it_is_the_sandboxs(
    call: Callable[..., Any], command: Callable[..., Any], in_folder: EngineStack, tmp_path: Path
) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "Pulumi.yaml").write_text("name: cloud\nruntime: python\n")
    assert "no sandbox here" in command("state", "versions", cwd=tmp_path / "project").mistake
    home = tmp_path / "project" / ".aistacks" / "sandbox"
    shutil.copytree(Path(in_folder.url.removeprefix("file://")), home / "backend")
    (home / "workspace" / "cloud").mkdir(parents=True)
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        shutil.copy(in_folder.folder / name, home / "workspace" / "cloud")
    (home / "backend" / ".pulumi" / "stacks" / "cloud" / "dev.json").write_bytes(b"")
    assert command("state", "versions", cwd=tmp_path / "project").code == 1
    answer = command("state", "restore", "--yes", cwd=tmp_path / "project")
    assert answer.code == 0, answer.err
    assert command("state", "versions", cwd=tmp_path / "project").code == 0
    assert "one of cloud/dev" in command("state", "restore", "--stack", "a/b", cwd=tmp_path / "project").mistake
