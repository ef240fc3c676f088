"""The cache: whole or not at all, verified before use, one command at a time."""

import json
import shutil
import subprocess
import sys
from collections import namedtuple

import pytest

from aistacks_core import cache, checksums
from aistacks_core.errors import UserError

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def entry(cache_folder, tmp_path):
    source = tmp_path / "got"
    source.write_text("#!/bin/sh\n")
    return cache.store("tool", "v1", source, "download", "v1.0.0")


def test_what_was_stored_is_found_and_can_be_run(entry, cache_folder):
    assert cache.lookup("tool", "v1") == entry
    assert entry.path == cache_folder / "programs" / "tool" / "v1.0.0" / "tool"
    assert entry.path.stat().st_mode & 0o111
    assert (entry.origin, entry.version) == ("download", "v1.0.0")


def test_another_version_is_not_found(entry):
    assert cache.lookup("tool", "v2") is None


def test_a_program_lies_under_the_version_that_it_reports_and_answers_for_each_pin_it_was_got_for(
    entry, tmp_path, cache_folder
):
    source = tmp_path / "got"
    source.write_text("#!/bin/sh\n")
    again = cache.store("tool", "v2", source, "Debian package", "v1.0.0")
    assert [path.name for path in (cache_folder / "programs" / "tool").iterdir()] == ["v1.0.0"]
    assert cache.lookup("tool", "v1") == cache.lookup("tool", "v2") == again
    assert cache.lookup("tool", "v1.0.0") == again


def test_the_pinned_version_itself_comes_before_what_was_got_in_its_place(entry, tmp_path):
    source = tmp_path / "got"
    source.write_text("#!/bin/sh\n")
    right = cache.store("tool", "v1", source, "download", "v1")
    assert cache.lookup("tool", "v1") == right


def test_an_old_folder_named_after_the_pin_goes_where_its_version_says(cache_folder):
    """Debian's etcd 3.4.23 lay in a folder v3.6.16; the engine that was built from the pin lay right."""
    for folder, version in (("v3.6.16", "v3.4.23"), ("v9.9.9", "v9.9.9")):
        home = cache_folder / "programs" / f"tool-{folder}" / folder
        home.mkdir(parents=True)
        (home / f"tool-{folder}").write_text("#!/bin/sh\n")
        digest = checksums.of_file(home / f"tool-{folder}")
        record = {"origin": "Debian package", "version": version, "sha256": digest, "made": "2026-11-30T14:12:45Z"}
        (home / "entry.json").write_text(json.dumps(record))
        found = cache.lookup(f"tool-{folder}", folder)
        assert found.path == home.with_name(version) / f"tool-{folder}"
        assert found.path.is_file()
        assert [path.name for path in home.parent.iterdir()] == [version]
        assert cache.lookup(f"tool-{folder}", folder) == found


@pytest.mark.parametrize("damage", ["changed", "cut", "gone"])
def test_a_corrupt_program_is_said_and_dropped(entry, damage, capsys):
    if damage == "gone":
        entry.path.unlink()
    else:
        entry.path.write_text("#!/bin/sh\nrm -rf\n" if damage == "changed" else "")
    assert cache.lookup("tool", "v1") is None
    assert "the cached tool is corrupt" in capsys.readouterr().err
    assert cache.recorded("tool", "v1") is None


@pytest.mark.parametrize("record", ["{half", "[]", "{}"])
def test_a_broken_record_is_no_entry(entry, record):
    (entry.path.parent / "entry.json").write_text(record)
    assert cache.lookup("tool", "v1") is None
    assert not entry.path.exists()


def test_storing_again_replaces_and_leaves_nothing_half_done(entry, tmp_path, cache_folder):
    source = tmp_path / "got"
    source.write_text("#!/bin/sh\nnewer\n")
    again = cache.store("tool", "v1", source, "Go build", "v1.0.0")
    assert cache.lookup("tool", "v1") == again
    assert [path.name for path in (cache_folder / "programs" / "tool").iterdir()] == ["v1.0.0"]


def test_no_disk_is_one_line_that_says_how_much_is_needed(cache_folder, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, 1 << 29))
    with pytest.raises(UserError, match=r"got 0\.5 GiB free; expected 4 GiB for building pulumi\. Free some"):
        cache.require_free(4, "building pulumi")
    cache.require_free(0.4, "building pulumi")


def test_a_cache_that_can_not_be_made_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AISTACKS_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(UserError, match="expected a folder to cache programs in"):
        cache.folder()


def test_a_second_command_waits_for_the_first(cache_folder):
    other = (
        "import sys, time; from aistacks_core import cache\n"
        "with cache.locked('tool'):\n print('have it', flush=True); sys.stdin.read()\n"
    )
    waiting = "from aistacks_core import cache\nwith cache.locked('tool'): print('mine')\n"
    with subprocess.Popen(
        [sys.executable, "-c", other], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as holder:
        assert holder.stdout.readline() == b"have it\n"
        with subprocess.Popen(
            [sys.executable, "-c", waiting], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as second:
            assert "Waiting for another aistacks command" in second.stderr.readline()
            assert second.poll() is None
            holder.stdin.close()
            assert second.communicate(timeout=60)[0] == "mine\n"


def test_why_a_way_failed_is_remembered_once_a_way(cache_folder):
    assert cache.failures("tool") == []
    cache.remember("tool", "download", "no route")
    cache.remember("tool", "Go build", "no Go")
    cache.remember("tool", "download", "no name")
    assert [(failure.way, failure.reason) for failure in cache.failures("tool")] == [
        ("download", "no name"),
        ("Go build", "no Go"),
    ]


def test_scratch_is_gone_afterwards_even_when_interrupted(cache_folder):
    with pytest.raises(KeyboardInterrupt), cache.scratch("tool") as place:
        (place / "half").write_text("")
        raise KeyboardInterrupt
    assert list((cache_folder / "scratch").iterdir()) == []
