"""The versions of a state that the real engine wrote, in a folder and in a bucket."""

from __future__ import annotations

import itertools
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aistacks_recovery.restoring import restore
from aistacks_recovery.state.checkpoint import compressed_as, uncompressed
from aistacks_recovery.state.copies import Kind
from aistacks_recovery.state.document import to_document
from aistacks_recovery.state.versions import Version, newest_good, present, version_at, versions
from engine_stacks import EngineStack, held
from s3_backends import bucket_url


def names(urns: tuple[str, ...] | None) -> set[str] | None:
    return None if urns is None else {urn.rpartition("::")[2] for urn in urns}


@pytest.fixture(params=["folder", "bucket"])
def kept(request: pytest.FixtureRequest) -> EngineStack:
    found: EngineStack = request.getfixturevalue({"folder": "in_folder", "bucket": "in_bucket"}[request.param])
    return found


def test_each_state_is_listed_once_newest_first_with_what_it_holds(kept: EngineStack) -> None:
    found = versions(kept.store, kept.files)
    held_by_turns = [held(version) for version in found]
    collapsed = [each for each, before in zip(held_by_turns, [None, *held_by_turns], strict=False) if each != before]
    assert collapsed[:3] == [{"b"}, {"a", "b"}, {"a"}]
    assert [version.present for version in found] == [True, *[False] * (len(found) - 1)]
    assert len({version.id for version in found}) == len(found)
    assert all(newer.since >= older.since for newer, older in itertools.pairwise(found))


def test_what_changed_against_the_one_before_is_told(kept: EngineStack) -> None:
    found = versions(kept.store, kept.files)
    changed = [(names(v.added), names(v.removed)) for v in found if v.added or v.removed]
    assert changed[:2] == [(set(), {"a"}), ({"b"}, set())]


def test_the_operation_that_wrote_it_is_told(kept: EngineStack) -> None:
    assert {version.operation for version in versions(kept.store, kept.files)} == {"update succeeded"}


def test_of_what_was_interrupted_no_operation_is_told(in_folder: EngineStack) -> None:
    for entry in in_folder.store.entries(in_folder.files.history):
        if ".history.json" in entry.key:
            in_folder.store.delete(entry.key)
    assert {version.operation for version in versions(in_folder.store, in_folder.files)} == {""}


def test_only_as_many_as_asked_for_are_read_and_the_last_ones_changes_are_known(kept: EngineStack) -> None:
    every = versions(kept.store, kept.files)
    few = versions(kept.store, kept.files, limit=2)
    assert few == every[:2]
    assert few[1].added is not None


def test_the_state_at_a_time_is_the_one_that_was_written_last_before(in_folder: EngineStack) -> None:
    """In a bucket, too, but its times are whole seconds, in which the engine writes several."""
    found = versions(in_folder.store, in_folder.files)
    both = next(version for version in found if held(version) == {"a", "b"})
    assert held(version_at(found, both.since)) == {"a", "b"}
    assert held(version_at(found, found[0].copies[0].when)) == {"b"}
    assert version_at(found, min(v.since for v in found) - timedelta(days=1)) is None


def test_no_value_of_the_state_is_in_the_document(kept: EngineStack) -> None:
    for version in versions(kept.store, kept.files):
        document = to_document(version)
        assert set(document) == {
            "id", "present", "since", "size", "good", "damage", "resources", "pending", "engine", "operation", "added",
            "removed", "copies",
        }  # fmt: skip
        assert document["resources"] == len(held(version) or ())


def test_a_present_state_that_is_damaged_is_said_so_and_the_newest_good_one_is_the_same_as_before(
    in_folder: EngineStack,
) -> None:
    was = in_folder.path_of_checkpoint.read_bytes()
    in_folder.path_of_checkpoint.write_bytes(was[: len(was) // 2])
    found = versions(in_folder.store, in_folder.files)
    assert found[0].present
    assert (found[0].checkpoint, found[0].damage) == (None, "cut off, or no JSON")
    good = newest_good(in_folder.store, in_folder.files)
    assert held(good) == {"b"}
    assert good
    assert {copy.kind for copy in good.copies} == {Kind.HISTORY, Kind.BACKUP}


def test_a_stack_that_was_removed_has_no_present_state_but_its_versions(in_folder: EngineStack) -> None:
    in_folder.path_of_checkpoint.unlink()
    assert present(in_folder.store, in_folder.files) is None
    assert not any(version.present for version in versions(in_folder.store, in_folder.files))
    assert held(newest_good(in_folder.store, in_folder.files)) == {"b"}


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_of_two_that_differ_by_compression_the_one_written_last_is_present(in_folder: EngineStack, suffix: str) -> None:
    was = in_folder.path_of_checkpoint.read_bytes()
    key = in_folder.files.checkpoint + suffix
    in_folder.store.write(key, compressed_as(suffix, was.replace(b'"b"', b'"c"')))
    now = present(in_folder.store, in_folder.files)
    assert now
    assert now.copies[0].entry.key == key


def test_every_write_is_kept_where_the_engine_was_told_so(in_folder: EngineStack) -> None:
    in_folder.environ["PULUMI_RETAIN_CHECKPOINTS"] = "true"
    in_folder.up("b", "c")
    kinds = {copy.kind for version in versions(in_folder.store, in_folder.files) for copy in version.copies}
    assert Kind.RETAINED in kinds


@pytest.mark.parametrize(("variable", "suffix"), [("GZIP", ".gz"), ("ZSTD", ".zst")])
def test_what_the_engine_compressed_is_read(in_folder: EngineStack, variable: str, suffix: str) -> None:
    in_folder.environ[f"PULUMI_DIY_BACKEND_{variable}"] = "true"
    in_folder.up("b", "c")
    found = versions(in_folder.store, in_folder.files)
    assert held(found[0]) == {"b", "c"}
    assert found[0].id == f"dev.json{suffix}"
    assert uncompressed(in_folder.store.read(f"{in_folder.files.checkpoint}{suffix}"))
    assert found[0].operation == "update succeeded"
    assert {"a", "b"} in [held(version) for version in found]
    assert restore(in_folder.store, in_folder.files, newest_of(found, {"a", "b"}), "here")
    assert in_folder.names() == {"a", "b"}


def newest_of(found: list[Version], names: set[str]) -> Version:
    return next(version for version in found if held(version) == names)


def test_a_bucket_without_versions_has_the_engines_own_copies(s3_endpoint: str, tmp_path: Path, s3: Any) -> None:
    stack = EngineStack(tmp_path / "program", bucket_url(s3_endpoint, "unversioned", versioned=False))
    stack.up("a")
    found = versions(stack.store, stack.files)
    assert held(found[0]) == {"a"}
    assert stack.store.versions(stack.files.checkpoint) is None
    assert {copy.kind for version in found for copy in version.copies} >= {Kind.PRESENT, Kind.HISTORY, Kind.BACKUP}
