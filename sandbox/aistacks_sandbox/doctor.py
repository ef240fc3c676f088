"""What this machine has for the sandbox, what it lacks, and how to get it."""

import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil
from rich.markup import escape
from rich.table import Table

from aistacks_core import cache, console, python_env
from aistacks_core.errors import UserError

from .parts.table import PARTS, Part
from .programs import go, java, obtain
from .programs.facts import Facts, facts
from .programs.obtain import Program

_GIB = 1 << 30
_DISK_GIB = 8
_MEMORY_GIB = 4
_ENGINE_AND_SERVERS = ("pulumi", "kube-apiserver", "kube-controller-manager", "etcd")
_CLIENTS = {
    "kubectl": (("version", "--client"), "https://kubernetes.io/docs/tasks/tools/"),
    "terraform": (("version",), "https://developer.hashicorp.com/terraform/install"),
    "aws": (("--version",), "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"),
}


class Verdict(StrEnum):
    """How a part stands."""

    FOUND = "found"
    OBTAINABLE = "will be got"
    MISSING = "missing"
    OPTIONAL = "not here"


@dataclass(frozen=True)
class Finding:
    """One part: its verdict, the version or where it is, and what to do when it isn't found."""

    part: str
    verdict: Verdict
    detail: str
    todo: str = ""

    @property
    def found(self) -> bool:
        """Whether it is here now."""
        return self.verdict is Verdict.FOUND


def report() -> list[Finding]:
    """Every part that the sandbox uses, in the order in which it needs them."""
    checks: list[Callable[[], Finding]] = [_machine, _python, _disk, _memory, _go]
    findings = [check() for check in checks]
    findings += [_program(facts(name)) for name in _ENGINE_AND_SERVERS]
    findings += [_part(part) for part in PARTS.values()]
    findings += [_triton_environment(), _models_environment(), _java()]
    findings += [_client(name) for name in _CLIENTS]
    return findings


def doctor() -> int:
    """Print the report. 0 when the sandbox can go up on this machine, else 1."""
    table = Table(box=None, pad_edge=False)
    for heading in ("part", ""):
        table.add_column(heading, no_wrap=True)
    for heading in ("which version, where", "what to do"):
        table.add_column(heading, overflow="fold")
    colours = {Verdict.FOUND: "green", Verdict.OBTAINABLE: "yellow", Verdict.MISSING: "red", Verdict.OPTIONAL: "dim"}
    findings = report()
    for finding in findings:
        verdict = f"[{colours[finding.verdict]}]{finding.verdict}[/]"
        table.add_row(finding.part, verdict, escape(finding.detail), escape(finding.todo))
    console.out.print(table)
    missing = [finding.part for finding in findings if finding.verdict is Verdict.MISSING]
    console.out.print(
        f"\nThe sandbox can't go up here: {', '.join(missing)}." if missing else "\nThe sandbox can go up."
    )
    return 1 if missing else 0


def _machine() -> Finding:
    here = f"{platform.system()} {platform.machine()}, {psutil.cpu_count()} cores"
    if (platform.system(), platform.machine()) == ("Linux", "x86_64"):
        return Finding("machine", Verdict.FOUND, here)
    return Finding("machine", Verdict.MISSING, here, "The sandbox runs on Linux x86-64; components and plan run here.")


def _python() -> Finding:
    where = f"{platform.python_version()}, {'venv' if sys.prefix != sys.base_prefix else 'no venv'} {sys.prefix}"
    if sys.prefix == sys.base_prefix:
        return Finding("Python", Verdict.OPTIONAL, where, "It works without, too; `make .venv` makes one.")
    return Finding("Python", Verdict.FOUND, where)


def _disk() -> Finding:
    folder = cache.folder()
    free = shutil.disk_usage(folder).free / _GIB
    built = all(cache.recorded(name, facts(name).version) or shutil.which(name) for name in _ENGINE_AND_SERVERS)
    needed = 2 if built else _DISK_GIB
    if free >= needed:
        return Finding("disk", Verdict.FOUND, f"{free:.0f} GiB free in {folder}")
    todo = f"{needed} GiB are needed: free some, or point AISTACKS_CACHE_DIR elsewhere."
    return Finding("disk", Verdict.MISSING, f"{free:.1f} GiB free in {folder}", todo)


def _memory() -> Finding:
    free = psutil.virtual_memory().available / _GIB
    if free >= _MEMORY_GIB:
        return Finding("memory", Verdict.FOUND, f"{free:.0f} GiB available")
    return Finding(
        "memory", Verdict.MISSING, f"{free:.1f} GiB available", f"{_MEMORY_GIB} GiB are needed: close something."
    )


def _go() -> Finding:
    have, where = go.version(), go.path()
    if have:
        return Finding("Go", Verdict.FOUND, f"{have}, {where}")
    todo = f"Needed only where a program can be had in no other way: {go.INSTALL}"
    return Finding("Go", Verdict.OPTIONAL, "none on PATH", todo)


def _program(row: Facts) -> Finding:
    if found := obtain.find(row.program):
        return Finding(row.program, Verdict.FOUND, _where(found))
    failures = cache.failures(row.program)
    tried = "; ".join(f"{failure.way} failed ({failure.reason})" for failure in failures)
    if row.go is None:
        return Finding(row.program, Verdict.OBTAINABLE, f"not cached; {tried}" if tried else "not cached")
    try:
        go.require(row.go.oldest_go)
    except go.NoGoError as error:
        if any(failure.way == "download" for failure in failures):
            return Finding(row.program, Verdict.MISSING, f"{error}; {tried}", f"Install it: {row.get}")
        return Finding(row.program, Verdict.OBTAINABLE, f"not cached; {error}", "`up` downloads it.")
    minutes = f"`up` downloads or builds it (about {row.go.minutes} min)."
    return Finding(row.program, Verdict.OBTAINABLE, f"not cached; {tried}" if tried else "not cached", minutes)


def _part(part: Part) -> Finding:
    """A part that lets the cluster live: only whoever asks for it needs it."""
    row, name = facts(part.program), f"part {part.name}"
    if found := obtain.find(part.program):
        return Finding(name, Verdict.FOUND, f"{_where(found)}: {part.does}")
    minutes = row.go.minutes if row.go else 1
    todo = f"`up --with {part.name}` gets {part.program} {row.version}, by a build of about {minutes} min."
    return Finding(name, Verdict.OPTIONAL, part.does, todo)


def _triton_environment() -> Finding:
    return _environment("triton", Verdict.MISSING, Verdict.OBTAINABLE, "`up` makes it (about a minute).")


def _models_environment() -> Finding:
    todo = "Only building models needs it: `aistacks models build` makes it (5 GB, with torch)."
    return _environment("models", Verdict.OPTIONAL, Verdict.OPTIONAL, todo)


def _environment(name: str, without_python: Verdict, not_made: Verdict, todo: str) -> Finding:
    part = f"{name} environment"
    try:
        interpreter = python_env.find_interpreter(name)
    except UserError as error:
        return Finding(part, without_python, error.got, error.todo)
    made = sorted((cache.folder() / "envs").glob(f"{name}-*/bin/python"))
    if made:
        return Finding(part, Verdict.FOUND, f"Python {interpreter.version}, {made[-1].parents[1]}")
    return Finding(part, not_made, f"Python {interpreter.version}", todo)


def _java() -> Finding:
    if found := java.find():
        return Finding("Java", Verdict.FOUND, _where(found))
    return Finding("Java", Verdict.OPTIONAL, f"no Java {java.OLDEST}", f"Only TorchServe needs it: {java.INSTALL}")


def _client(name: str) -> Finding:
    arguments, get = _CLIENTS[name]
    where = shutil.which(name)
    version = obtain.program_version(Path(where), arguments) if where else None
    if where and version:
        return Finding(name, Verdict.FOUND, f"{version}, {where}")
    return Finding(name, Verdict.OPTIONAL, "none on PATH", f"Optional: {get}")


def _where(found: Program) -> str:
    return f"{found.version}, {found.origin}, {found.path}"
