"""One command in a process of its own: wall seconds, and the memory of it and all that it started."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_EVERY = 0.02


@dataclass(frozen=True)
class Measured:
    """``peak_mib``: the highest sum of resident memory over all its processes, sampled every 20 ms. Pages that they
    share count once for each, so it is an upper bound."""

    seconds: float
    peak_mib: float
    code: int
    out: str
    err: str


def run(
    command: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None, limit: float = 900.0
) -> Measured:
    """Run ``command`` to its end. What outlives ``limit`` seconds is killed, with its children (code -9).

    Python's bytecode is kept, whatever this shell says: else every run would compile what it imports.
    """
    kept = {key: value for key, value in (env or os.environ).items() if key != "PYTHONDONTWRITEBYTECODE"}
    peak = [0]
    ended = threading.Event()
    began = time.monotonic()
    with subprocess.Popen(
        command, cwd=cwd, env=kept, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        watcher = threading.Thread(target=_watch, args=(child.pid, ended, peak), daemon=True)
        watcher.start()
        try:
            out, err = child.communicate(timeout=limit)
        except BaseException as error:
            for process in family(child.pid):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            out, err = child.communicate()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
        seconds = time.monotonic() - began
        ended.set()
        watcher.join()
    return Measured(seconds, peak[0] / 2**20, child.returncode, out, err)


def family(pid: int) -> list[psutil.Process]:
    """The process and all that it started."""
    try:
        parent = psutil.Process(pid)
        return [*parent.children(recursive=True), parent]
    except psutil.NoSuchProcess:
        return []


def _watch(pid: int, ended: threading.Event, peak: list[int]) -> None:
    while not ended.wait(_EVERY):
        total = 0
        for process in family(pid):
            with suppress(psutil.Error):
                total += process.memory_info().rss
        peak[0] = max(peak[0], total)


def median(runs: Sequence[Measured]) -> Measured:
    """The run in the middle by time, with the highest memory of all."""
    middle = sorted(runs, key=lambda r: r.seconds)[len(runs) // 2]
    seconds = statistics.median(r.seconds for r in runs)
    return Measured(seconds, max(r.peak_mib for r in runs), middle.code, middle.out, middle.err)
