"""Who holds a stack, and whether he lives."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from aistacks_core.errors import UserError
from aistacks_recovery import locks
from aistacks_recovery.locks import Holder, held, holding, refuse_unless_free
from aistacks_recovery.state.file_store import FileStore
from aistacks_recovery.state.layout import StackFiles, files_of

FILES = StackFiles("cloud", "dev")
HERE = socket.gethostname()


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path)


def lock(store: FileStore, pid: int, host: str = HERE, since: datetime | None = None, name: str = "one") -> None:
    # As Go writes it: nine digits, the zone.
    when = (since or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S.%f") + "123Z"
    content = {"pid": pid, "username": "ada", "hostname": host, "timestamp": when}
    store.write(f"{FILES.locks}/{name}.json", json.dumps(content).encode())


def only(store: FileStore) -> locks.Lock:
    (found,) = held(store, FILES)
    return found


def gone() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_stack_without_a_lock_is_free(store: FileStore) -> None:
    assert held(store, FILES) == []
    refuse_unless_free(store, FILES, "here")


def test_the_lock_of_a_process_that_runs_is_alive_and_says_who_holds_it_since_when(store: FileStore) -> None:
    lock(store, os.getpid(), since=datetime.now(UTC))
    found = only(store)
    assert found.holder is Holder.LIVES
    assert (found.user, found.host, found.pid) == ("ada", HERE, os.getpid())
    assert timedelta(0) <= found.age() < timedelta(minutes=1)


def test_the_lock_of_a_process_that_is_gone_is_dead(store: FileStore) -> None:
    lock(store, gone())
    assert only(store).holder is Holder.DEAD


def test_a_process_that_has_ended_and_that_nobody_collected_is_dead(store: FileStore) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    try:
        while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
            pass
        lock(store, process.pid)
        assert only(store).holder is Holder.DEAD
    finally:
        process.wait()


def test_a_number_that_another_process_has_since_is_dead(store: FileStore) -> None:
    lock(store, os.getpid(), since=datetime.now(UTC) - timedelta(days=400))
    found = only(store)
    assert found.holder is Holder.DEAD
    assert "another process" in found.reason


def test_a_clock_that_was_set_forward_kills_no_engine(store: FileStore, tmp_path: Path) -> None:
    """Where the clock jumps, the kernel's start times jump along, and every process seems younger than its lock."""
    engine = tmp_path / "pulumi"
    engine.write_bytes(Path("/bin/sleep").resolve().read_bytes())
    engine.chmod(0o755)
    process = subprocess.Popen([str(engine), "60"])
    try:
        lock(store, process.pid, since=datetime.now(UTC) - timedelta(days=1))
        assert only(store).holder is Holder.LIVES
    finally:
        process.kill()
        process.wait()


def test_of_another_machines_process_nothing_is_known(store: FileStore) -> None:
    lock(store, gone(), host="elsewhere")
    found = only(store)
    assert found.holder is Holder.UNKNOWN
    assert HERE in found.reason
    assert "h ago" not in found.shown


def test_how_long_an_old_lock_is_held_is_told_in_hours(store: FileStore) -> None:
    lock(store, gone(), host="elsewhere", since=datetime.now(UTC) - timedelta(hours=27, minutes=5))
    assert "27 h ago" in only(store).shown


def test_in_a_shared_bucket_a_host_that_many_are_called_is_unknown(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "localhost")
    lock(store, gone(), host="localhost")
    assert only(store).holder is Holder.DEAD
    monkeypatch.setattr(FileStore, "shared", property(lambda _: True))
    assert only(store).holder is Holder.UNKNOWN


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": 1}', b'{"pid": "x", "username": "a"}', b"\xff"])
def test_a_lock_that_was_not_written_to_its_end_is_told_and_not_guessed(store: FileStore, content: bytes) -> None:
    store.write(f"{FILES.locks}/one.json", content)
    found = only(store)
    assert found.holder is Holder.UNKNOWN
    assert "damaged" in found.shown


@pytest.mark.parametrize(
    ("lives", "host", "todo"),
    [
        (True, HERE, "Wait until it ends"),
        (False, HERE, "state unlock dev` drops"),
        (False, "elsewhere", "Look whether"),
    ],
)
def test_what_is_to_be_done_depends_on_whether_the_holder_lives(
    store: FileStore, lives: bool, host: str, todo: str
) -> None:
    lock(store, os.getpid() if lives else gone(), host)
    with pytest.raises(UserError, match=todo):
        refuse_unless_free(store, FILES, "here")


def test_who_restores_holds_the_stack_meanwhile_and_no_longer(store: FileStore) -> None:
    with holding(store, FILES, "here"):
        assert only(store).holder is Holder.LIVES
        with pytest.raises(UserError, match="Wait until it ends"), holding(store, FILES, "there"):
            raise AssertionError
        assert only(store).pid == os.getpid()
    assert held(store, FILES) == []


def test_of_two_that_begin_at_once_neither_goes_on(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    free = locks.refuse_unless_free

    def another_comes(*words: object) -> None:
        free(*words)  # type: ignore[arg-type]
        lock(store, os.getpid(), name="another")

    monkeypatch.setattr(locks, "refuse_unless_free", another_comes)
    with pytest.raises(UserError, match="locked by ada"), holding(store, FILES, "here"):
        raise AssertionError
    assert [each.user for each in held(store, FILES)] == ["ada"]


def test_a_backend_from_before_projects_has_its_locks_elsewhere(store: FileStore) -> None:
    assert files_of(store, "cloud", "dev") == FILES
    store.write(".pulumi/stacks/dev.json", b"{}")
    old = files_of(store, "cloud", "dev")
    assert (old.locks, old.checkpoint) == (".pulumi/locks/dev", ".pulumi/stacks/dev.json")
    store.write(".pulumi/meta.yaml", b"version: 1\n")
    assert files_of(store, "cloud", "dev") == FILES
    store.write(".pulumi/meta.yaml", b"version: 7\n")
    with pytest.raises(UserError, match="version 7"):
        files_of(store, "cloud", "dev")
