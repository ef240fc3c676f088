"""A process and whatever came from it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterable

import psutil

_LONGEST = 10.0
"""Seconds that a killed process may take to be gone; one of many gigabytes takes a while to give them back."""
_COLLECTED = 0.5
"""Seconds in which whoever collects exit statuses does so."""
_FIRST, _LAST = 0.002, 0.05
"""Seconds between two looks."""


def end(process: subprocess.Popen[bytes], variable: str, mark: str) -> None:
    """Kill ``process`` and what it started; when this returns, none of it works any more.

    What outlived the ones that started it carries ``mark`` in its environment, as ``variable``.
    """
    family = family_of(process.pid)
    kill(family)
    process.wait()
    orphans = [p for p in psutil.Process().children(recursive=True) if _is_marked(p, variable, mark)]
    kill(orphans)
    await_end([*family, *orphans])


def family_of(pid: int) -> list[psutil.Process]:
    """The process and all that descend from it, itself first; none where there is no such process."""
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _is_marked(process: psutil.Process, variable: str, mark: str) -> bool:
    try:
        return process.environ().get(variable) == mark
    except psutil.Error:
        return False


def kill(processes: Iterable[psutil.Process]) -> None:
    """Begin the end of those that are still there."""
    for process in processes:
        try:
            process.kill()
        except psutil.Error:
            continue


def await_end(processes: Iterable[psutil.Process], seconds: float = _LONGEST) -> list[psutil.Process]:
    """Wait until they have ended, for ``seconds`` at most; those that haven't.

    Signals only begin it, and until its end a process has its folder and its files. A zombie has ended: where nobody
    collects its exit status, as in a container whose first process doesn't, it stays for ever. Where somebody does,
    that takes a moment, which is waited for, too.
    """
    given = list(processes)
    left = _left(given, seconds, _works)
    if not left:
        _left(given, _COLLECTED, psutil.Process.is_running)
    return left


def _left(
    processes: list[psutil.Process], seconds: float, holds: Callable[[psutil.Process], bool]
) -> list[psutil.Process]:
    limit = time.monotonic() + seconds
    left, pause = processes, _FIRST
    while (left := [process for process in left if holds(process)]) and time.monotonic() < limit:
        time.sleep(pause)
        pause = min(pause * 1.5, _LAST)
    return left


def _works(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
