"""A sandbox that nobody else uses and that is thrown away."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from aistacks_core import cache
from aistacks_core.process_tree import await_end, kill

from .. import processes
from ..engine import survivors
from ..state import State

_LOCK = "in-use"
_SECONDS = 3


@contextmanager
def scratch_sandbox() -> Iterator[State]:
    """The state of a sandbox in a folder of its own; afterwards its processes are stopped and the folder is gone.

    Those of commands that were killed are stopped and removed first.
    """
    parent = cache.folder() / "scratch-sandboxes"
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # One at a time, so that none takes another's new folder for an abandoned one.
    with FileLock(parent / _LOCK):
        _remove_abandoned(parent)
        folder = parent / f"{os.getpid()}-{secrets.token_hex(4)}"
        folder.mkdir(mode=0o700)
        # Held while this process lives, however it ends.
        lock = FileLock(folder / _LOCK)
        lock.acquire()
    try:
        (folder / "Pulumi.yaml").write_text("name: scratch\nruntime: python\n")
        yield State.of(folder)
    finally:
        _remove(folder)
        lock.release()


def _remove_abandoned(parent: Path) -> None:
    for folder in sorted(path for path in parent.iterdir() if path.is_dir()):
        lock = FileLock(folder / _LOCK, blocking=False)
        try:
            lock.acquire()
        except (Timeout, OSError):
            continue
        _remove(folder)
        lock.release()


def _remove(folder: Path) -> None:
    state = State.of(folder)
    # An engine outlives a command that was killed, and would write its state anew.
    left = survivors.working(state)
    kill(left)
    await_end(left, _SECONDS)
    for process in reversed(processes.running(state)):
        processes.stop(state, process.name, timeout=_SECONDS)
    shutil.rmtree(folder, ignore_errors=True)
