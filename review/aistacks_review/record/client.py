"""Runs a program's plan in a process of its own, within limits of time and memory, and takes its answer."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from aistacks_core.environments import OLDEST, Environment
from aistacks_core.errors import UserError
from aistacks_core.process_tree import end
from aistacks_core.snapshot import Opaque, Plan

from .level import Level
from .transport import known, loads
from .worker_pool import MARK, Place, bytecode, take

TIMEOUT = 60.0
"""Seconds that a program may take."""
MEMORY = 4 << 30
"""Bytes of address space that it may take."""
_MOST_ANSWER = 512 << 20


class RefusedError(UserError):
    """The program, or a component in it, refused its own settings."""


class MissingPackageError(UserError):
    """The program imports a module that isn't there. ``module``: its first name."""

    module: str


@dataclass(frozen=True)
class Job:
    """One program to plan. ``moved``: take the modules below the first folder from the second instead."""

    program: Path
    project: str
    stack: str
    config: dict[str, str]
    encrypted: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    """Environments of Pulumi ESC that give it more configuration, which can't be read here."""
    settings_file: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    moved: tuple[str, str] | None = None
    root: str = ""
    """Folder from which files are named, in plans and in what is told of mistakes."""
    timeout: float = TIMEOUT
    memory: int = MEMORY
    variables: tuple[str, ...] = ()
    """Names of further variables that the program may see."""
    environment: Environment | None = None
    """The program's own environment. Default: it runs with our packages."""
    by_ours: str = ""
    """Why our own Python runs the program with that environment's packages; empty: that environment's runs it."""


class Running:
    """A plan under way."""

    def __init__(self, job: Job, *, level: Level = Level.EVERYTHING) -> None:
        self.job = job
        self._level = level
        self.notes: list[str] = []
        """What a reader should know of how it was planned: a sentence each. Whole when it has finished."""
        self._start()

    def _start(self) -> None:
        self.job = job = _by_ours_if_it_must(self.job)
        own = job.environment if not job.by_ours else None
        self._host = take(Place(own.folder, own.python) if own else None)
        self._began = time.monotonic()
        self._host.give(json.dumps(self._request()).encode())

    def _request(self) -> dict[str, Any]:
        job = self.job
        return {
            "program": str(job.program),
            "project": job.project,
            "stack": job.stack,
            "config": job.config,
            "encrypted": job.encrypted,
            "environments": job.environments,
            "settings_file": job.settings_file,
            "answers": job.answers,
            "moved": job.moved,
            "ends": self._began + job.timeout,
            "memory": job.memory,
            "symbols": self._level,
            "environment": str(job.environment.folder) if job.environment else "",
            "site_packages": str(job.environment.site_packages) if job.environment and job.by_ours else "",
            "bytecode": bytecode() if job.environment else "",
            "faults": self._host.faults.fileno(),
            "variables": {name: os.environ[name] for name in job.variables if name in os.environ},
        }

    def finish(self) -> Plan:
        """Wait for the plan. Raises ``UserError`` with the one line of a program that can't be planned."""
        try:
            if not self._host.wait(self.job.timeout + 1 - (time.monotonic() - self._began)):
                raise self._too_long()
            answer = self._answered()
        finally:
            self.stop()
        if "unusable" in answer and self.job.environment is not None and not self.job.by_ours:
            return self._again(replace(self.job, by_ours=str(answer["unusable"])), self._level)
        self.notes = [*self.notes, *_told(self.job)]
        if "plan" in answer:
            return replace(loads(answer["plan"], self.job.root), level=int(self._level))
        if answer.get("retry") and self._level:
            return self._with_less(answer["error"])
        if answer.get("missing"):
            missing = MissingPackageError.line(self._relative(answer["error"]))
            missing.module = answer["missing"]
            raise missing
        raise (RefusedError if answer.get("refused") else UserError).line(self._relative(answer["error"]))

    def _again(self, job: Job, level: Level) -> Plan:
        again = Running(job, level=level)
        plan = again.finish()
        self.job, self.notes = again.job, again.notes
        return plan

    def _answered(self) -> dict[str, Any]:
        self._host.answer.seek(0, os.SEEK_END)
        if self._host.answer.tell() > _MOST_ANSWER:
            raise UserError(str(self.job.program), "a plan of over 512 MiB", "a smaller program")
        self._host.answer.seek(0)
        try:
            answer: dict[str, Any] = json.loads(self._host.answer.read(), object_hook=known)
        except ValueError:
            raise self._died() from None
        return answer

    def _relative(self, line: str) -> str:
        return line.replace(f"{self.job.root}/", "") if self.job.root else line

    def _with_less(self, why: str) -> Plan:
        """The program can't do with made-up outputs, so it gets fewer, then none; where it fails again, that is its
        mistake."""
        less = Level(self._level - 1)
        try:
            plan = self._again(self.job, less)
        except (RefusedError, MissingPackageError):
            raise
        except UserError as error:
            # What it says with nothing filled in hides what it said with everything.
            first = self._relative(why)
            if self._level is Level.EVERYTHING and first not in str(error):
                got, expected, rest = str(error).partition("; expected")
                raise UserError.line(f"{got} (with values that stand in: {first}){expected}{rest}") from None
            raise
        if plan.level < less:
            return plan
        which = "every output is" if less is Level.NOTHING else "outputs that aren't strings are"
        note = Opaque("outputs", f"{which} left unknown, for the program fails on made-up ones: {self._relative(why)}")
        return replace(plan, opaque=[note, *plan.opaque])

    def _too_long(self) -> UserError:
        where, _ = self._last_place()
        return UserError(
            where,
            f"no end within {self.job.timeout:g} s",
            "a program that ends",
            "Raise the limit with --timeout if it is only slow.",
        )

    def _died(self) -> UserError:
        code = self._host.process.returncode
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        where, fault = self._last_place()
        return UserError(
            where, f"a process that ended without an answer ({fault or how})", "a program that runs to its end"
        )

    def _last_place(self) -> tuple[str, str]:
        """Where in the program it stood, and which fault it was, as far as the interpreter could tell."""
        self._host.faults.seek(0)
        text = self._host.faults.read(200_000)
        folder = self.job.program if self.job.program.is_dir() else self.job.program.parent
        frames = re.findall(r'File "([^"]+)", line (\d+)', text)
        place = next(
            (f"{file}:{line}" for file, line in frames if file.startswith(f"{folder}/")), str(self.job.program)
        )
        fault = re.search(r"Fatal Python error: ([^\n]+)", text)
        place = self._relative(place)
        return place, fault.group(1) if fault else ""

    def stop(self) -> None:
        """End the process and whatever it started."""
        if self._host.answer.closed:
            return
        end(self._host.process, MARK, self._host.mark)
        self._host.close()


def _by_ours_if_it_must(job: Job) -> Job:
    there = job.environment
    if there is None or job.by_ours:
        return job
    if there.version < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        return replace(job, by_ours=f"its Python {there.version[0]}.{there.version[1]} is older than {oldest}")
    return job if there.starts() else replace(job, by_ours="its Python can't be run on this machine")


def _told(job: Job) -> list[str]:
    """Which Python and which packages ran the program, where they aren't simply ours."""
    if job.environment is None:
        return []
    if not job.by_ours:
        return [f"Planned in the program's own environment: {job.environment.shown}."]
    ours = f"Python {sys.version_info[0]}.{sys.version_info[1]} and pulumi {version('pulumi')}"
    return [f"Planned with the packages of {job.environment.shown}, but with aistacks's own {ours}: {job.by_ours}."]
