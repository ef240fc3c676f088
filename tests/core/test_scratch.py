"""Scratch folders and drafts: those of the living stay, those of killed processes go with the next one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aistacks_core import cache, disk
from aistacks_core.files import write_atomically
from aistacks_core.scratch import scratch_in

HOLDS = """
import sys, time
from pathlib import Path
from aistacks_core.scratch import scratch_in
end = (lambda path: None) if sys.argv[3] == "own" else None
with scratch_in(Path(sys.argv[1]), sys.argv[2], end) as path:
    (path / "half").write_text("")
    print(path, flush=True)
    time.sleep(600)
"""
DRAFTS = """
import sys, time
from pathlib import Path
from aistacks_core import files
path = Path(sys.argv[1])
draft, file = files._draft(path, None)
file.write(b"half")
file.flush()
print(draft, flush=True)
time.sleep(600)
"""


@pytest.fixture
def holding():
    """Starts a process and gives what it prints and its end by SIGKILL."""
    started = []

    def start(code, *words):
        child = subprocess.Popen([sys.executable, "-c", code, *map(str, words)], stdout=subprocess.PIPE, text=True)
        started.append(child)

        def kill():
            child.send_signal(signal.SIGKILL)
            child.wait()

        return child.stdout.readline().strip(), kill

    yield start
    for child in started:
        child.kill()
        child.wait()
        child.stdout.close()


def test_a_killed_process_folder_goes_and_a_living_ones_stays(holding, tmp_path):
    place = tmp_path / "scratch"
    dead, kill = holding(HOLDS, place, "tool", "any")
    living, _ = holding(HOLDS, place, "tool", "any")
    kill()
    with scratch_in(place, "other") as path:
        assert not Path(dead).exists()
        assert (Path(living) / "half").exists()
        assert list(path.iterdir()) == []
    names = {entry.name for entry in place.iterdir()}
    assert names == {Path(living).name, f"{Path(living).name}.lock"}


def test_what_a_killed_process_started_is_ended_before_its_folder_goes(holding, tmp_path):
    place = tmp_path / "scratch"
    dead, kill = holding(HOLDS, place, "trial", "own")
    kill()
    with scratch_in(place, "other"):
        assert (Path(dead) / "half").exists(), "only its own kind knows what to end"
    ended = []
    with scratch_in(place, "trial", lambda path: ended.append((str(path), path.is_dir()))):
        assert ended == [(dead, True)]
        assert not Path(dead).exists()
    assert list(place.iterdir()) == []


def test_a_folder_of_an_earlier_version_goes_when_it_is_old(tmp_path):
    place = tmp_path / "scratch"
    for name, age in (("tool-old", 3 * 86400), ("tool-new", 60)):
        (place / name).mkdir(parents=True)
        os.utime(place / name, (time.time() - age,) * 2)
    with scratch_in(place, "tool"):
        pass
    assert [entry.name for entry in place.iterdir()] == ["tool-new"]


def test_a_killed_writers_draft_goes_and_a_living_ones_stays(holding, tmp_path):
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text("before")
    beside = tmp_path / ".Pulumi.dev.yaml.swp"
    beside.write_text("an editor's")
    dead, kill = holding(DRAFTS, path)
    living, _ = holding(DRAFTS, path)
    kill()
    write_atomically(path, "after")
    assert path.read_text() == "after"
    assert not Path(dead).exists()
    assert Path(living).exists()
    assert beside.exists()


def test_a_program_is_stored_without_leaving_drafts_where_programs_lie(cache_folder, tmp_path, monkeypatch):
    (tmp_path / "got").write_text("#!/bin/sh\n")
    monkeypatch.setattr("pathlib.Path.rename", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        cache.store("tool", "v1", tmp_path / "got", "download", "v1")
    assert [entry.name for entry in (cache_folder / "programs" / "tool").iterdir()] == []


@pytest.mark.parametrize("number", [27, 28, 122])
def test_a_full_disk_is_told_as_one(number, tmp_path):
    told = disk.full(OSError(number, os.strerror(number), str(tmp_path / "note")))
    assert f"{tmp_path / 'note'}: got {os.strerror(number).lower()}; expected free disk space" in str(told)
    hidden = RuntimeError("enforce fail at inline_container.cc")
    hidden.__context__ = OSError(number, os.strerror(number))
    assert disk.full(hidden) is not None
    assert disk.full(OSError(13, "Permission denied")) is None
    assert disk.full(RuntimeError("a bug"), [tmp_path]) is None
