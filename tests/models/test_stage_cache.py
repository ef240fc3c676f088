"""Stages that were interrupted at any point: resumed, or made anew from an empty folder."""

import threading
import time

import pytest

from aistacks_core import checksums
from aistacks_models.stage_cache import CHECKPOINT, StageCache

INPUTS = {"model": "tiny"}


@pytest.fixture
def cache(tmp_path):
    return StageCache(tmp_path, "tiny")


def good(folder):
    (folder / "result").write_text("42")


def interrupted(*files):
    def make(folder):
        for name in files:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text("half")
        raise KeyboardInterrupt

    return make


def test_half_written_files_of_an_interrupted_run_are_no_part_of_the_stage(cache, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        cache.stage("train", INPUTS, interrupted("leftover", "tmpabc/part"))
    made = cache.stage("train", INPUTS, good)
    assert sorted(path.name for path in made.folder.iterdir()) == [checksums.SUMS, "inputs.json", "result"]
    undisturbed = StageCache(tmp_path / "other", "tiny").stage("train", INPUTS, good)
    assert made.digest == undisturbed.digest


def test_a_checkpoint_is_what_an_interrupted_run_finds_again(cache):
    with pytest.raises(KeyboardInterrupt):
        cache.stage("train", INPUTS, interrupted(f"{CHECKPOINT}/last.pt", "leftover"))
    seen = []

    def resume(folder):
        seen.extend(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        (folder / CHECKPOINT / "last.pt").unlink()
        good(folder)

    cache.stage("train", INPUTS, resume)
    assert seen == [f"{CHECKPOINT}/last.pt"]


def test_what_was_complete_but_had_no_name_yet_is_not_made_again(cache, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("pathlib.Path.rename", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        cache.stage("train", INPUTS, good)
    made = cache.stage("train", INPUTS, lambda _: pytest.fail("made twice"))
    assert (made.folder / "result").read_text() == "42"
    assert not list(cache.root.glob("*.part"))


def test_a_stage_that_fails_by_itself_leaves_nothing_unless_it_can_resume(cache):
    def wrong(folder):
        (folder / "half").write_text("")
        raise ValueError

    def resumable(folder):
        (folder / CHECKPOINT).mkdir()
        raise ValueError

    for make, left in ((wrong, 0), (resumable, 1)):
        with pytest.raises(ValueError, match=r"^$"):
            cache.stage("train", INPUTS, make)
        assert len(list(cache.root.glob("*.part"))) == left


def test_two_do_not_make_the_same_stage_at_a_time(tmp_path):
    lines, made = [], []

    def slow(folder):
        made.append(folder)
        time.sleep(0.3)
        good(folder)

    caches = [StageCache(tmp_path, "tiny", lines.append) for _ in range(2)]
    threads = [threading.Thread(target=each.stage, args=("train", INPUTS, slow)) for each in caches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert "waiting for another process that builds this model" in lines
    assert "train: cached" in lines
