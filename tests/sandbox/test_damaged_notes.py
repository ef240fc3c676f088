"""What the sandbox notes of itself, damaged: found again, made anew, and no process that nobody finds."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from aistacks_sandbox import cloud, processes
from aistacks_sandbox.cluster import certificates
from aistacks_sandbox.engine import operations
from aistacks_sandbox.state import State


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state")


@pytest.mark.parametrize("damage", ["", '{"stacks": {"shop/d', "[]"])
def test_what_was_up_is_known_after_its_note_was_damaged(state: State, damage: str) -> None:
    cloud.remember(state, stacks={"shop/dev": {"region": "eu-west-1"}})
    cloud.remember(state, port=1)
    (state.root / "sandbox.json").write_text(damage)
    assert cloud.recall(state)["stacks"] == {"shop/dev": {"region": "eu-west-1"}}
    cloud.remember(state, port=2)
    assert cloud.recall(state) == {"stacks": {"shop/dev": {"region": "eu-west-1"}}, "port": 2}


@pytest.mark.parametrize("damage", ["", '{"name": "sl', "{}"])
def test_a_process_whose_record_is_damaged_is_ended(state: State, damage: str) -> None:
    argv = [sys.executable, "-c", "import time; time.sleep(600)"]
    process = processes.start(state, "sleeper", argv)
    (state.run / "sleeper.json").write_text(damage)
    try:
        assert processes.find(state, "sleeper") is None
        assert not psutil.pid_exists(process.pid) or not process.is_running()
        again = processes.start(state, "sleeper", argv)
        assert again.pid != process.pid
    finally:
        processes.stop(state, "sleeper", timeout=1)


def test_what_a_command_was_starting_when_it_was_killed_is_ended(state: State) -> None:
    """Its record is written after it: in between nobody knows of it."""
    argv = [sys.executable, "-c", "import time; time.sleep(600)"]
    first, other = (processes.start(state, name, argv) for name in ("sleeper", "other"))
    for name in ("sleeper", "other"):
        (state.run / f"{name}.json").unlink()
    second = processes.start(state, "sleeper", argv)
    assert [process.is_running() for process in (first, other, second)] == [False, True, True]
    processes.end_unrecorded(state)
    assert not other.is_running() and not second.is_running()


@pytest.mark.parametrize("name", ["ca.crt", "server.key", "client.crt", "accounts.key", "tokens.csv"])
@pytest.mark.parametrize("damage", ["", "-----BEGIN", None])
def test_keys_of_which_one_is_damaged_are_made_anew(state: State, name: str, damage: str | None) -> None:
    before = certificates.ensure(state.pki).tokens.read_text()
    assert certificates.ensure(state.pki).tokens.read_text() == before
    path = state.pki / name
    path.unlink() if damage is None else path.write_text(damage)
    assert not certificates.whole(state.pki)
    certificates.ensure(state.pki)
    assert certificates.whole(state.pki)


def test_a_wrapper_that_was_cut_off_or_cant_be_run_is_written_again(state: State) -> None:
    operations.plugins(state)
    wrapper = state.bin / "pulumi-resource-aws"
    whole = wrapper.read_text()
    for damage in (
        lambda: wrapper.write_text("#!/b"),
        lambda: wrapper.chmod(0o644),
        lambda: wrapper.write_bytes(b"\xff"),
    ):
        damage()
        operations.plugins(state)
        assert wrapper.read_text() == whole and wrapper.stat().st_mode & 0o111
