"""What is done with a stack's records before the engine works on it again; no engine, no cloud."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aistacks_core.errors import UserError
from aistacks_recovery import integrity
from aistacks_sandbox.engine import esc, journal, operations, settling, workspace
from aistacks_sandbox.engine.saved_state import Saved
from aistacks_sandbox.engine.workspace import Workspace
from aistacks_sandbox.state import State

VERSION = "v3.259.0"
STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
PROVIDER = "urn:pulumi:dev::shop::pulumi:providers:random::default"
ENV = {
    "AWS_ACCESS_KEY_ID": "sandbox",
    "AWS_SECRET_ACCESS_KEY": "sandbox",
    "AWS_REGION": "eu-west-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AISTACKS_SANDBOX_KUBECONFIG": "nowhere",
}


def pet(name: str, **more: Any) -> dict[str, Any]:
    kind = "random:index/randomPet:RandomPet"
    urn = f"urn:pulumi:dev::shop::{kind}::{name}"
    return {"urn": urn, "custom": True, "type": kind, "parent": STACK, "provider": f"{PROVIDER}::1", **more}


def content(*resources: dict[str, Any], at: str = "2026-11-30T12:00:00Z") -> dict[str, Any]:
    head = [
        {"urn": STACK, "custom": False, "type": "pulumi:pulumi:Stack"},
        {"urn": PROVIDER, "custom": True, "type": "pulumi:providers:random", "id": "1"},
    ]
    manifest = {"time": at, "magic": integrity.magic(VERSION), "version": VERSION}
    latest = {"manifest": manifest, "resources": [*head, *resources], "metadata": {}}
    return {"version": 3, "checkpoint": {"stack": "organization/shop/dev", "latest": latest}}


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    found = Saved(State(tmp_path / "state"), "shop", "dev")
    found.write(content(pet("a", id="a"), pet("b", id="b")))
    return found


def settle(saved: Saved, *, adopt: bool = True) -> None:
    folder = saved.state.workspace / "shop"
    settling.settle(saved.state, Workspace(folder, folder, "shop", "dev"), ENV, adopt=adopt)


def names(saved: Saved) -> list[str]:
    return [each["urn"].rpartition("::")[2] for each in saved.read()["checkpoint"]["latest"]["resources"]]


def bak(saved: Saved, text: dict[str, Any]) -> None:
    saved.file.with_name("dev.json.bak").write_text(json.dumps(text))


def test_records_in_order_stay_as_they_are(saved: Saved, capsys: pytest.CaptureFixture[str]) -> None:
    before = saved.file.read_bytes()
    settle(saved)
    assert saved.file.read_bytes() == before and capsys.readouterr().err == ""


def test_a_new_stack_has_no_records(tmp_path: Path) -> None:
    new = Saved(State(tmp_path / "state"), "shop", "dev")
    settle(new)
    assert not new.file.exists()


def test_a_state_cut_off_anywhere_is_taken_from_its_backup_and_said(
    saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = saved.file.read_bytes()
    backup = content(pet("a", id="a"), at="2026-11-30T11:59:59Z")
    dice = random.Random(11)
    for size in [0, 1, len(whole) - 1, *(dice.randrange(len(whole)) for _ in range(50))]:
        bak(saved, backup)
        saved.file.write_bytes(whole[:size])
        settle(saved)
        assert names(saved) == ["shop-dev", "default", "a"], size
        assert [
            bool(each.get("refreshBeforeUpdate")) for each in saved.read()["checkpoint"]["latest"]["resources"]
        ] == [
            False,
            False,
            True,
        ]
        (line,) = [line for line in capsys.readouterr().err.splitlines() if "was" in line and "taken from" in line]
        assert "the engine's state of shop/dev was" in line and "backup of 2026-11-30 11:59:59 UTC" in line
        assert saved.file.with_name("dev.json.damaged").read_bytes() == whole[:size]


@pytest.mark.parametrize(
    "text",
    ["null", "{}", "[]", '"x"', '{"version": 3, "checkpoint": {}}', "\0" * 400, '{"version": 3, "checkpoint": null}'],
)
def test_what_the_engine_would_take_for_an_empty_stack_is_damage(saved: Saved, text: str) -> None:
    bak(saved, content(pet("a", id="a")))
    saved.file.write_text(text)
    settle(saved)
    assert names(saved)[-1] == "a"


def test_whoever_only_reads_a_damaged_state_is_told(saved: Saved) -> None:
    saved.file.write_text("{}")
    folder = saved.state.workspace / "shop"
    with pytest.raises(
        operations.OperationError, match=r"^shop/dev: the engine's state is no state of a stack; the next"
    ):
        operations.operate(saved.state, "export", workspace.Workspace(folder, folder, "shop", "dev"), ENV, "Reading")
    assert saved.file.read_text() == "{}"


def test_a_state_that_breaks_the_engines_rules_is_damage(saved: Saved) -> None:
    bak(saved, content(pet("a", id="a")))
    broken = content(pet("b", id="b"))
    broken["checkpoint"]["latest"]["resources"].reverse()
    saved.write(broken)
    settle(saved)
    assert names(saved)[-1] == "a"


def test_the_newest_whole_backup_is_taken(saved: Saved) -> None:
    """The engine's is of its last write but one; ours of the end of the last operation, which may be later."""
    saved.keep()
    bak(saved, content(pet("old", id="old"), at="2026-11-30T10:00:00Z"))
    saved.file.write_text("")
    settle(saved)
    assert names(saved) == ["shop-dev", "default", "a", "b"]
    bak(saved, content(pet("new", id="new"), at="2026-11-30T13:00:00Z"))
    saved.file.unlink()
    settle(saved)
    assert names(saved)[-1] == "new"


def test_a_stack_that_was_removed_isnt_missing(saved: Saved) -> None:
    saved.keep()
    saved.file.unlink()
    saved.keep()
    settle(saved)
    assert not saved.file.exists() and not saved.copy.exists()


def kept_by_the_engine(saved: Saved, folder: str, name: str, text: str) -> None:
    file = saved.state.backend / ".pulumi" / folder / "shop" / "dev" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_where_all_backups_are_damaged_the_engines_older_copies_stand_in(
    saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    for at, name in ((1796000000, "older"), (1796000100, "newer")):
        text = json.dumps(content(pet(name, id=name)))
        kept_by_the_engine(saved, "history", f"dev-{at}000000000.checkpoint.json", text)
    kept_by_the_engine(saved, "history", "dev-1796000200000000000.checkpoint.json", "{")
    saved.keep()
    for file in (saved.file, saved.copy, saved.file.with_name("dev.json.bak")):
        file.write_text('{"version": 3')
    settle(saved)
    assert names(saved)[-1] == "newer"
    assert "taken from the engine's copy of 2026-11-30" in capsys.readouterr().err


def test_where_no_copy_is_whole_nothing_is_begun_anew(saved: Saved) -> None:
    """An empty state would make everything a second time, and own nothing of the first."""
    saved.keep()
    saved.copy.write_text("{")
    saved.file.write_text("")
    saved.file.with_name("dev.json.bak").write_text("")
    begin(saved, {"begun": pet("late")})
    with pytest.raises(UserError, match=r"^shop/dev: got an engine's state that is empty, and no whole copy of it"):
        settle(saved)
    assert saved.file.read_text() == "" and saved.journal.exists()


def test_a_second_interruption_loses_nothing_of_the_first(saved: Saved) -> None:
    """No operation has ended yet, and the journal of the first one goes when the second begins."""
    begin(saved, {"begun": pet("a")}, {"ended": pet("a")["urn"], "id": "a"})
    settle(saved)
    assert not saved.journal.exists()
    begin(saved, {"begun": pet("late")}, {"ended": pet("late")["urn"], "id": "late-1"})
    saved.file.write_text("")
    saved.file.with_name("dev.json.bak").write_text("")
    settle(saved)
    assert sorted(names(saved)) == ["a", "b", "default", "late", "shop-dev"]


def test_the_first_operation_on_a_full_disk_leaves_the_journal(saved: Saved) -> None:
    """The engine's every write was cut off, and so was its copy at the end of the operation."""
    head = content()["checkpoint"]["latest"]["resources"]
    begin(saved, *({"begun": each} for each in head), {"ended": PROVIDER, "id": "1"}, {"begun": pet("a", id="a")})
    kept_by_the_engine(saved, "history", "dev-1796000000000000000.checkpoint.json", "{")
    for file in (saved.file, saved.file.with_name("dev.json.bak")):
        file.write_text('{"version": 3')
    settle(saved)
    assert names(saved) == ["shop-dev", "default", "a"]


def begin(saved: Saved, *lines: dict[str, Any]) -> None:
    saved.journal.parent.mkdir(parents=True, exist_ok=True)
    saved.journal.write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_what_the_backup_doesnt_know_is_taken_from_the_journal(saved: Saved) -> None:
    bak(saved, content(pet("a", id="a")))
    late = pet("late")
    begin(saved, {"begun": late}, {"ended": late["urn"], "id": "late-1"}, {"begun": pet("b")})
    saved.file.write_text("")
    settle(saved)
    # Of "b" it isn't known that it was made, and a package without a cloud makes nothing that could be found.
    assert sorted(names(saved)) == ["a", "default", "late", "shop-dev"]
    assert {each["id"] for each in saved.read()["checkpoint"]["latest"]["resources"][2:]} == {"a", "late-1"}
    assert not saved.journal.exists()


def test_without_any_backup_the_journal_is_all_there_is(saved: Saved) -> None:
    head = content()["checkpoint"]["latest"]["resources"]
    late = pet("late")
    lines = [{"begun": {k: v for k, v in each.items() if k != "id"}} for each in head]
    begin(saved, *lines, {"ended": PROVIDER, "id": "1"}, {"begun": late}, {"ended": late["urn"], "id": "late-1"})
    saved.file.write_text("")
    settle(saved)
    assert names(saved) == ["shop-dev", "default", "late"]
    assert saved.read()["checkpoint"]["stack"] == "organization/shop/dev"


def test_a_creation_whose_provider_died_is_looked_for_though_the_engine_forgot_it(saved: Saved) -> None:
    late = pet("late")
    begin(saved, {"begun": late}, {"ended": late["urn"], "id": "late-1"})
    settle(saved)
    assert sorted(names(saved)) == ["a", "b", "default", "late", "shop-dev"]


def test_a_cloud_that_does_not_answer_is_none_in_which_nothing_is(saved: Saved) -> None:
    kind = "aws:sqs/queue:Queue"
    urn = f"urn:pulumi:dev::shop::{kind}::work"
    begin(saved, {"begun": {**pet("work"), "urn": urn, "type": kind, "provider": "", "inputs": {"name": "work"}}})
    before = saved.file.read_bytes()
    with pytest.raises(UserError, match=r"Could not connect"):
        settle(saved)
    assert saved.file.read_bytes() == before and journal.begun(saved.journal)


def test_a_preview_repairs_and_adopts_nothing(saved: Saved) -> None:
    begin(saved, {"begun": pet("late")}, {"ended": pet("late")["urn"], "id": "late-1"})
    before = saved.file.read_bytes()
    settle(saved, adopt=False)
    assert saved.file.read_bytes() == before and saved.journal.exists()


def test_the_journal_tells_what_failed_from_what_lost_its_provider(tmp_path: Path) -> None:
    class Made:
        def __init__(self, name: str) -> None:
            self.urn, self.type, self.custom, self.inputs = name, "t", True, {"n": name}
            self.parent, self.provider, self.protect, self.id = "p", "q", False, f"{name}-id"

    file = tmp_path / "j" / "dev.jsonl"
    notes = journal.Journal(file)
    for name in ("made", "refused", "lost", "flying"):
        notes.begun("create", Made(name))
    notes.begun("update", Made("other"))
    notes.ended("create", Made("made"))
    notes.said("refused", "rpc error: code = Unknown desc = AlreadyExists")
    notes.failed("refused")
    notes.said("lost", "rpc error: code = Unavailable desc = error reading from server: EOF")
    notes.failed("lost")
    with file.open("a") as cut_off:
        cut_off.write('{"begun": {"urn": "half')
    assert [(each["urn"], each.get("id")) for each in journal.begun(file)] == [
        ("made", "made-id"),
        ("lost", None),
        ("flying", None),
    ]
    assert journal.begun(tmp_path / "none") == []


def test_a_journal_that_finds_no_room_loses_no_more_than_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What hears the engine's events may not end with it."""
    made = type("Made", (), {"urn": "made", "type": "t", "custom": True, "inputs": {}, "id": "made-1"})()
    file = tmp_path / "j" / "dev.jsonl"
    notes = journal.Journal(file)
    notes.begun("create", made)
    opened = Path.open

    class Full:
        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def write(self, text: str) -> None:
            with opened(file, "a") as cut_off:
                cut_off.write(text[:9])
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(Path, "open", lambda *_, **__: Full())
        notes.begun("create", type("Other", (), {"urn": "other", "type": "t", "custom": True, "inputs": {}})())
    notes.ended("create", made)
    assert [(each["urn"], each.get("id")) for each in journal.begun(file)] == [("made", "made-1")]


def test_what_a_killed_engine_left_half_written_of_its_own_is_made_anew(saved: Saved) -> None:
    home = saved.state.pulumi_home
    (home / "workspaces").mkdir()
    halves = [home / "credentials.json", home / "workspaces" / "shop-1-workspace.json"]
    for half in halves:
        half.write_text('{"stacks": ')
    whole = home / "workspaces" / "shop-2-workspace.json"
    whole.write_text("{}")
    layout = saved.state.backend / ".pulumi" / "meta.yaml"
    for damage in ("", "vers", None):
        layout.unlink(missing_ok=True) if damage is None else layout.write_text(damage)
        settle(saved)
        assert layout.read_text() == "version: 1\n"
    assert [path.exists() for path in [*halves, whole]] == [False, False, True]


@pytest.mark.parametrize("damage", ["", "config:\n  a: [", "a: b: c"])
def test_a_half_written_copy_of_the_settings_costs_no_secret(saved: Saved, tmp_path: Path, damage: str) -> None:
    """The engine writes its salt into the copy in place; the state has it, too."""
    state = saved.read()
    state["checkpoint"]["latest"]["secrets_providers"] = {"type": "passphrase", "state": {"salt": "v1:salt"}}
    saved.write(state)
    project = tmp_path / "project"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (project / "__main__.py").write_text("")
    made = workspace.prepare(saved.state, project, "dev", settings_required=False)
    copy = made.folder / "Pulumi.dev.yaml"
    copy.write_text(damage)
    esc.drop(made.folder, "dev")
    assert not copy.exists() or damage == ""
    copy.write_text(damage)
    workspace.prepare(saved.state, project, "dev", settings_required=False)
    assert "encryptionsalt: v1:salt" in copy.read_text()


def lock(saved: Saved, pid: int, host: str = "") -> Path:
    folder = saved.state.backend / ".pulumi" / "locks" / "organization" / "shop" / "dev"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "1.json"
    told = {"pid": pid, "username": "me", "hostname": host or socket.gethostname(), "timestamp": "2999-01-01T00:00:00Z"}
    file.write_text(json.dumps(told))
    return file


def test_the_lock_of_a_dead_process_is_dropped_and_said(saved: Saved, capsys: pytest.CaptureFixture[str]) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    file = lock(saved, child.pid)
    settle(saved, adopt=False)
    assert not file.exists() and f"pid {child.pid}" in capsys.readouterr().err


def test_what_was_cut_off_among_the_locks_is_dropped(saved: Saved) -> None:
    """The engine takes a draft for a lock, and an empty file of attributes stops it with EOF."""
    file = lock(saved, 1)
    file.write_text('{"pid": 1')
    drafts = [file.with_name("1.json.17ab.tmp"), file.with_name("1.json.attrs"), saved.file.with_name("dev.json.attrs")]
    for draft in drafts:
        draft.write_text("")
    settle(saved)
    assert not any(path.exists() for path in [file, *drafts])


@pytest.mark.parametrize("host", ["", "elsewhere"])
def test_the_lock_of_somebody_who_works_is_refused(saved: Saved, host: str) -> None:
    file = lock(saved, os.getpid(), host)
    todo = "`aistacks state unlock` drops the lock" if host else "Wait until it ends"
    with pytest.raises(UserError, match=rf"shop/dev: got locked by me@.*\(pid {os.getpid()}\).*{todo}"):
        settle(saved)
    assert file.exists()
