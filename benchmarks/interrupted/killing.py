"""A command, killed with SIGKILL after a while, and what is left of it on the machine."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

MARK = "AISTACKS_BENCHMARK"
"""Variable that tells the processes of one run from all others."""
_PATIENCE = 15.0


@dataclass(frozen=True)
class Ended:
    """How a command ended. ``code``: negative for a signal."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def traceback(self) -> bool:
        """Whether it told the user of a fault of its own."""
        return "Traceback" in self.out + self.err


def run(
    argv: Sequence[str], cwd: Path, env: Mapping[str, str], *, after: float | None = None, group: bool = False
) -> Ended:
    """Run ``argv``; kill it ``after`` so many seconds, alone or with its process ``group``."""
    began = time.monotonic()
    with (cwd / ".out").open("w+") as out, (cwd / ".err").open("w+") as err:
        child = subprocess.Popen(argv, cwd=cwd, env=env, stdout=out, stderr=err, start_new_session=True)
        try:
            child.wait(after if after is not None else 900)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL) if group else child.kill()
            child.wait()
        seconds = time.monotonic() - began
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read())
    for name in (".out", ".err"):
        (cwd / name).unlink()
    return Ended(child.returncode, texts[0], texts[1], seconds)


def alive(mark: str, place: Path) -> list[str]:
    """Command lines of the processes with that ``mark``, or that name ``place``; those that are ending get a moment."""
    until = time.monotonic() + _PATIENCE
    while (found := _found(mark, place)) and time.monotonic() < until:
        time.sleep(0.2)
    return found


def end(mark: str, place: Path) -> None:
    """End them, so that one run can't disturb the next."""
    for process in _processes(mark, place):
        with suppress(psutil.Error):
            process.kill()


def _found(mark: str, place: Path) -> list[str]:
    lines = []
    for process in _processes(mark, place):
        with suppress(psutil.Error):
            lines.append(" ".join(process.cmdline())[:160])
    return lines


def _processes(mark: str, place: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
                continue
            named = str(place) in " ".join(process.cmdline())
            if named or process.environ().get(MARK) == mark:
                found.append(process)
    return found
