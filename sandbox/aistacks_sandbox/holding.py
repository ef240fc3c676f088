"""One command at a time on one sandbox: who holds it, since when, and waiting for it.

The kernel drops the lock with the process that holds it, however that ends.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from filelock import FileLock, Timeout

from aistacks_core import console
from aistacks_core.errors import UserError
from aistacks_core.files import write_atomically

from . import processes
from .engine import survivors
from .state import State

_LOCK, _HOLDER = "lock", "holder.json"
_EVERY = 0.5


@contextlib.contextmanager
def holding(state: State, verb: str, wait: float = 0) -> Iterator[None]:
    """Hold the sandbox for the command ``verb``; what a killed command left working is brought to its end first.

    Where another command holds it, wait up to ``wait`` seconds. Raises ``UserError`` that says which and since when.
    """
    lock = _acquired(state, verb, wait)
    held = {"verb": verb, "since": datetime.now(UTC).isoformat(timespec="seconds"), **processes.myself()}
    try:
        write_atomically(state.root / _HOLDER, json.dumps(held))
        survivors.end(state)
        yield
    finally:
        # `down` has removed the folder, and who waited for it may have begun another one.
        with contextlib.suppress(OSError, ValueError):
            if json.loads((state.root / _HOLDER).read_text()) == held:
                (state.root / _HOLDER).unlink()
        lock.release()


def _acquired(state: State, verb: str, wait: float) -> FileLock:
    path = state.logs.parent / _LOCK
    lock = FileLock(path)
    with contextlib.suppress(Timeout):
        lock.acquire(timeout=0)
    if not lock.is_locked:
        who = _who(state)
        if not wait:
            raise UserError(str(state.root), f"{who} at work", "one at a time", "Wait for it, or end it.")
        with console.phase(f"Waiting for {who}") as show:
            _await(state, lock, verb, wait, show)
    # `down` removes the folder and the lock in it: one that was waited for may be of a sandbox that is gone.
    probe = FileLock(state.logs.parent / _LOCK)
    with contextlib.suppress(Timeout):
        probe.acquire(timeout=0)
        lock.release()
        return probe
    return lock


def _await(state: State, lock: FileLock, verb: str, wait: float, show: console.Show) -> None:
    began = time.monotonic()
    while True:
        with contextlib.suppress(Timeout):
            lock.acquire(timeout=_EVERY)
            return
        waited = time.monotonic() - began
        show(f"{waited:.0f} s")
        if waited > wait:
            raise UserError(
                f"aistacks {verb}",
                f"{_who(state)} still at work after {waited:.0f} s",
                "one at a time",
                "Wait for it, or end it.",
            )


def _who(state: State) -> str:
    """Which command holds the sandbox, as far as it says."""
    try:
        held = json.loads((state.root / _HOLDER).read_text())
        since = datetime.fromisoformat(held["since"]).astimezone()
        if processes.lives(held):
            return f"another aistacks command (`aistacks {held['verb']}`, pid {held['pid']}, since {since:%H:%M:%S})"
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return "another aistacks command"
