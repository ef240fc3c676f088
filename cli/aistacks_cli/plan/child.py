"""Runs a program's plan in a process of its own, within limits of time and memory, and takes its answer."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from aistacks.errors import UserError

from .registration import Opaque, Plan
from .transport import known, loads

TIMEOUT = 60.0
"""Seconds that a program may take."""
MEMORY = 4 << 30
"""Bytes of address space that it may take."""
_MARK = "AISTACKS_PLAN"
_MOST_ANSWER = 512 << 20
_PASSED = (
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"),
    *("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "AISTACKS_CACHE_DIR"),
)
"""Variables that a program gets to see. Everything else, credentials above all, stays with us."""


@dataclass(frozen=True)
class Job:
    """One program to plan. ``moved``: take the modules below the first folder from the second instead."""

    program: Path
    project: str
    stack: str
    config: dict[str, str]
    encrypted: tuple[str, ...] = ()
    answers: dict[str, Any] = field(default_factory=dict)
    moved: tuple[str, str] | None = None
    root: str = ""
    """Folder from which files are named, in plans and in what is told of mistakes."""
    timeout: float = TIMEOUT
    memory: int = MEMORY
    variables: tuple[str, ...] = ()
    """Names of further variables that the program may see."""


class Running:
    """A plan under way."""

    def __init__(self, job: Job, *, symbols: bool = True) -> None:
        self.job = job
        self._symbols = symbols
        self._faults = tempfile.TemporaryFile("w+")  # noqa: SIM115 (lives as long as the process)
        self._answer = tempfile.TemporaryFile("w+b")  # noqa: SIM115
        self._began = time.monotonic()
        self._mark = secrets.token_hex(8)
        _adopt_orphans()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "aistacks_cli.plan.host"],
            stdin=subprocess.PIPE,
            stdout=self._answer,
            stderr=subprocess.DEVNULL,
            pass_fds=[self._faults.fileno()],
            env={**_environment(job.variables), _MARK: self._mark},
            start_new_session=True,
        )
        assert self._process.stdin  # noqa: S101 (it is a pipe)
        try:
            self._process.stdin.write(json.dumps(self._request()).encode())
            self._process.stdin.close()
        except BrokenPipeError:
            pass  # It ended before it read; `finish` says so.

    def _request(self) -> dict[str, Any]:
        job = self.job
        return {
            "program": str(job.program),
            "project": job.project,
            "stack": job.stack,
            "config": job.config,
            "encrypted": job.encrypted,
            "answers": job.answers,
            "moved": job.moved,
            "timeout": job.timeout,
            "memory": job.memory,
            "symbols": self._symbols,
            "faults": self._faults.fileno(),
        }

    def finish(self) -> Plan:
        """Wait for the plan. Raises ``UserError`` with the one line of a program that can't be planned."""
        try:
            left = self.job.timeout + 1 - (time.monotonic() - self._began)
            self._process.wait(max(left, 0.1))
            answer = self._answered()
        except subprocess.TimeoutExpired:
            raise self._too_long() from None
        finally:
            self.stop()
        if "plan" in answer:
            return loads(answer["plan"], self.job.root)
        if answer.get("retry") and self._symbols:
            return self._without_symbols(answer["error"])
        raise UserError.line(self._named(answer["error"]))

    def _answered(self) -> dict[str, Any]:
        self._answer.seek(0, os.SEEK_END)
        if self._answer.tell() > _MOST_ANSWER:
            raise UserError(str(self.job.program), "a plan of over 512 MiB", "a smaller program")
        self._answer.seek(0)
        try:
            answer: dict[str, Any] = json.loads(self._answer.read(), object_hook=known)
        except ValueError:
            raise self._died() from None
        return answer

    def _named(self, line: str) -> str:
        return line.replace(f"{self.job.root}/", "") if self.job.root else line

    def _without_symbols(self, why: str) -> Plan:
        """The program can't do with made-up outputs, so it gets none; where it fails again, that is its mistake."""
        plan = Running(self.job, symbols=False).finish()
        note = Opaque(
            "outputs", f"every output is left unknown, for the program fails on made-up ones: {self._named(why)}"
        )
        return Plan(plan.resources, plan.exports, [note, *plan.opaque], plan.region, plan.default_tags)

    def _too_long(self) -> UserError:
        where, _ = self._last_place()
        return UserError(
            where,
            f"no end within {self.job.timeout:g} s",
            "a program that ends",
            "Raise the limit with --timeout if it is only slow.",
        )

    def _died(self) -> UserError:
        code = self._process.returncode
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        where, fault = self._last_place()
        return UserError(
            where, f"a process that ended without an answer ({fault or how})", "a program that runs to its end"
        )

    def _last_place(self) -> tuple[str, str]:
        """Where in the program it stood, and which fault it was, as far as the interpreter could tell."""
        self._faults.seek(0)
        text = self._faults.read(200_000)
        folder = self.job.program if self.job.program.is_dir() else self.job.program.parent
        frames = re.findall(r'File "([^"]+)", line (\d+)', text)
        own = next((f"{file}:{line}" for file, line in frames if file.startswith(f"{folder}/")), str(self.job.program))
        fault = re.search(r"Fatal Python error: ([^\n]+)", text)
        own = self._named(own)
        return own, fault.group(1) if fault else ""

    def stop(self) -> None:
        """End the process and whatever it started."""
        if self._answer.closed:
            return
        for process in _family(self._process.pid):
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        self._process.wait()
        _reap_orphans(self._mark)
        self._answer.close()
        self._faults.close()


def _environment(more: tuple[str, ...]) -> dict[str, str]:
    passed = {name: os.environ[name] for name in (*_PASSED, *more) if name in os.environ}
    # The same order of sets in base and head; and bytecode is kept, or every run compiles the SDKs anew.
    passed |= {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}
    if os.environ.get("PYTHONDONTWRITEBYTECODE"):
        from ..tools.cache import folder

        passed["PYTHONPYCACHEPREFIX"] = str(folder() / "bytecode")
    return passed


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _adopt_orphans() -> None:
    """What a program's processes leave behind becomes our child (Linux), so that it can be ended, too."""
    if sys.platform == "linux":
        import ctypes

        pr_set_child_subreaper = 36
        ctypes.CDLL(None).prctl(pr_set_child_subreaper, 1, 0, 0, 0)


def _reap_orphans(mark: str) -> None:
    """End what a program started and what outlived it: it carries the program's mark in its environment."""
    for process in psutil.Process().children(recursive=True):
        try:
            if process.environ().get(_MARK) == mark:
                process.kill()
                process.wait(1)
        except psutil.Error:
            continue
