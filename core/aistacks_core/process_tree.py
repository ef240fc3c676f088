"""A process and whatever came from it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterable

import psutil

_LONGEST = 10.0
"""Seconds that a killed process may take to be gone; one of many gigabytes takes a while to give them back."""
_EVERY = 0.002


def end(process: subprocess.Popen[bytes], variable: str, mark: str) -> None:
    """Kill ``process`` and what it started; when this returns, none of it works any more.

    What outlived the ones that started it carries ``mark`` in its environment, as ``variable``.
    """
    family = family_of(process.pid)
    kill(family)
    process.wait()
    orphans = [p for p in psutil.Process().children(recursive=True) if _is_marked(p, variable, mark)]
    kill(orphans)
    _await([*family, *orphans])


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


def _await(processes: list[psutil.Process]) -> None:
    """Wait until they are gone: a kill only begins it, and until its end a process has its folder and its files."""
    limit = time.monotonic() + _LONGEST
    for process in processes:
        while _works(process) and time.monotonic() < limit:
            time.sleep(_EVERY)


def _works(process: psutil.Process) -> bool:
    try:
        # A zombie has ended, even if its parent has not collected its exit status.
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
