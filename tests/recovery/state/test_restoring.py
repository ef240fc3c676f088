"""Putting a state back, in a folder and in a bucket, and what the real engine says of it afterwards."""

from __future__ import annotations

import json
import os
import random
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aistacks_core.errors import UserError
from aistacks_recovery import locks, restoring
from aistacks_recovery.restoring import difference, mend, restore
from aistacks_recovery.state.copies import Kind, present_key
from aistacks_recovery.state.versions import Version, newest_good, present, versions
from engine_stacks import EngineStack, held


@pytest.fixture(params=["folder", "bucket"])
def kept(request: pytest.FixtureRequest) -> EngineStack:
    found: EngineStack = request.getfixturevalue({"folder": "in_folder", "bucket": "in_bucket"}[request.param])
    return found


def with_both(stack: EngineStack) -> Version:
    return next(version for version in versions(stack.store, stack.files) if held(version) == {"a", "b"})


def test_an_older_state_is_put_back_and_the_engine_takes_it(kept: EngineStack) -> None:
    restore(kept.store, kept.files, with_both(kept), "here")
    assert kept.names() == {"a", "b"}
    assert locks.held(kept.store, kept.files) == []


def test_the_state_that_was_there_is_kept_and_can_be_put_back_itself(kept: EngineStack) -> None:
    before = present(kept.store, kept.files)
    assert before
    key = restore(kept.store, kept.files, with_both(kept), "here")
    assert key.startswith(f"{kept.files.backups}/dev.")
    again = next(v for v in versions(kept.store, kept.files) if any(copy.entry.key == key for copy in v.copies))
    assert again.digest == before.digest
    restore(kept.store, kept.files, again, "here")
    assert kept.names() == {"b"}


def test_what_nobody_would_own_and_what_would_be_known_again_is_told(kept: EngineStack) -> None:
    found = versions(kept.store, kept.files)
    told = difference(found[0], with_both(kept))
    assert told
    assert [urn.rpartition("::")[2] for urn in told.known_again] == ["a"]
    assert not told.forgotten
    assert not told.other
    back = difference(with_both(kept), found[0])
    assert back
    assert [urn.rpartition("::")[2] for urn in back.forgotten] == ["a"]


def test_a_stack_that_somebody_works_on_is_left_alone(kept: EngineStack) -> None:
    content = {"pid": os.getpid(), "username": "ada", "hostname": socket.gethostname()}
    key = f"{kept.files.locks}/x.json"
    content["timestamp"] = datetime.now(UTC).isoformat()
    kept.store.write(key, json.dumps(content).encode())
    was = kept.store.read(present_key(kept.store, kept.files))
    try:
        with pytest.raises(UserError, match="locked by ada"):
            restore(kept.store, kept.files, with_both(kept), "here")
        assert kept.store.read(present_key(kept.store, kept.files)) == was
    finally:
        kept.store.delete(key)


def test_the_engine_waits_for_who_puts_a_state_back(kept: EngineStack) -> None:
    with locks.holding(kept.store, kept.files, "here"):
        refused = kept.run("refresh", "--yes", "--skip-preview")
    assert refused.returncode
    assert "locked by 1 lock" in refused.stdout + refused.stderr
    assert kept.names() == {"b"}


def test_a_restore_that_is_killed_leaves_the_old_state_or_the_new_one(
    in_folder: EngineStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = with_both(in_folder)
    was = in_folder.path_of_checkpoint.read_bytes()

    def dies(*words: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", dies)
    with pytest.raises(KeyboardInterrupt):
        restoring._put_back(in_folder.store, in_folder.files, version, "here")
    assert in_folder.path_of_checkpoint.read_bytes() == was
    assert not list(in_folder.path_of_checkpoint.parent.glob(".*"))


def test_a_state_in_another_compression_is_put_back_in_that_of_the_present_one(in_folder: EngineStack) -> None:
    in_folder.environ["PULUMI_DIY_BACKEND_GZIP"] = "true"
    in_folder.up("b", "c")
    restore(in_folder.store, in_folder.files, with_both(in_folder), "here")
    assert present_key(in_folder.store, in_folder.files).endswith(".gz")
    assert in_folder.names() == {"a", "b"}


def test_a_stack_whose_checkpoint_is_gone_exists_again(in_folder: EngineStack) -> None:
    in_folder.path_of_checkpoint.unlink()
    good = newest_good(in_folder.store, in_folder.files)
    assert good
    assert restore(in_folder.store, in_folder.files, good, "here") == ""
    assert in_folder.names() == {"b"}


def test_a_version_that_is_gone_since_it_was_listed_is_not_guessed(in_folder: EngineStack) -> None:
    version = with_both(in_folder)
    for copy in version.copies:
        in_folder.store.delete(copy.entry.key)
    with pytest.raises(UserError, match="List the versions again"):
        restore(in_folder.store, in_folder.files, version, "here")
    assert in_folder.names() == {"b"}


@pytest.mark.parametrize("seed", range(10))
def test_a_checkpoint_that_is_cut_off_anywhere_is_put_back_from_its_backup_and_said_so(
    kept: EngineStack, seed: int
) -> None:
    key = present_key(kept.store, kept.files)
    was = kept.store.read(key)
    length = random.Random(seed).randrange(len(was))
    kept.store.write(key, was[:length])
    assert kept.run("stack").returncode, f"the engine takes {length} bytes"
    (line,) = mend(kept.store, kept.files, "here")
    assert "was damaged" in line
    assert "put back" in line
    assert kept.store.read(key) == was
    assert kept.names() == {"b"}


def test_a_good_state_is_left_as_it_is(kept: EngineStack) -> None:
    before = len(kept.store.entries(kept.files.backups))
    assert mend(kept.store, kept.files, "here") == []
    assert len(kept.store.entries(kept.files.backups)) == before


def test_attributes_that_are_empty_stop_the_engine_and_are_dropped(in_folder: EngineStack) -> None:
    path = in_folder.path_of_checkpoint
    for beside in (path, path.parents[2] / "meta.yaml"):
        attributes = beside.with_name(f"{beside.name}.attrs")
        attributes.write_bytes(b"")
        assert in_folder.run("stack").returncode
        assert "EOF" in in_folder.run("stack").stderr
        (line,) = mend(in_folder.store, in_folder.files, "here")
        assert str(beside) in line
        assert in_folder.names() == {"b"}


def test_where_no_copy_is_good_nothing_is_changed_and_it_is_said(in_folder: EngineStack) -> None:
    root = Path(in_folder.url.removeprefix("file://")) / ".pulumi"
    for path in [*root.rglob("*.json"), *root.rglob("*.bak")]:
        path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(UserError, match="nothing was changed"):
        mend(in_folder.store, in_folder.files, "here")
    assert len(in_folder.path_of_checkpoint.read_bytes()) == 20


def test_of_damaged_copies_the_newest_good_one_is_taken(in_folder: EngineStack) -> None:
    in_folder.path_of_checkpoint.write_bytes(b"")
    for version in versions(in_folder.store, in_folder.files):
        if held(version) == {"b"}:
            for copy in version.copies:
                if copy.kind is not Kind.PRESENT:
                    in_folder.store.write(copy.entry.key, b'{"version":3,')
    mend(in_folder.store, in_folder.files, "here")
    assert in_folder.names() == {"a", "b"}
