"""Background processes on loopback: started once, found again, stopped for sure.

Each process leads a session of its own, so Ctrl-C in the terminal reaches the command and not the process. A
JSON file in the state folder says which one it is: pid, the kernel's start time of that pid and the boot, so
that a pid that was given to another program since is never taken for ours.
"""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

from aistacks_core.errors import UserError
from aistacks_core.files import write_atomically
from aistacks_core.http_session import answers, local_session
from aistacks_core.process_tree import await_end, family_of, kill

from .state import State

_TAIL_LINES = 6
# Popen objects of this process's own children: they are reaped through them, and give the exit status.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Process:
    """One background process, as its file in ``run/`` tells it.

    ``started`` is the kernel's start time in clock ticks since ``boot``, an id that each boot has anew.
    ``port`` is the main loopback port that it serves, if it serves one.
    """

    name: str
    pid: int
    started: int
    boot: str
    port: int | None
    argv: tuple[str, ...]
    log: str

    def is_running(self) -> bool:
        """Whether this very process lives: same boot, same start time, no zombie."""
        lives = self.boot == _boot_id() and _start_ticks(self.pid) == self.started
        if not lives and (child := _children.get(self.pid)):
            # The leader is a zombie a moment before its threads are gone, and only then can it be reaped.
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=2)
        return lives


def start(
    state: State,
    name: str,
    argv: Sequence[str | Path],
    *,
    port: int | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Process:
    """Start ``argv`` in the background as ``name``, detached, its output in ``logs/<name>.log``.

    Where ``name`` runs already with the same ``argv`` it is left alone and returned; with another one it is
    stopped first. ``env`` is the whole environment (Default: this process's). The log of the run before is
    kept as ``<name>.log.1``. Raises UserError when the program can't be started at all; whether it then stays
    up is ``wait_ready``'s question.
    """
    arguments = tuple(str(word) for word in argv)
    if running := find(state, name):
        if running.argv == arguments:
            return running
        stop(state, name)
    else:
        end_unrecorded(state, name)
    log = state.logs / f"{name}.log"
    if log.exists():
        log.replace(log.with_name(f"{name}.log.1"))
    with _uninterrupted(), log.open("ab") as output:
        try:
            child = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if env is None else dict(env),
                cwd=cwd,
                start_new_session=True,
            )
        except OSError as error:
            raise UserError(name, str(error), "a program that starts", f"It was called as {arguments[0]}.") from error
        _children[child.pid] = child
        process = Process(name, child.pid, _start_ticks(child.pid) or -1, _boot_id(), port, arguments, str(log))
        write_atomically(_record(state, name), json.dumps(asdict(process), indent=1))
    return process


def find(state: State, name: str) -> Process | None:
    """The running process of that name, or None. Forgets one that has died, and ends one whose record is damaged."""
    record = _record(state, name)
    try:
        fields = json.loads(record.read_text())
        process = Process(**{**fields, "argv": tuple(fields["argv"])})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        end_unrecorded(state, name)
        record.unlink(missing_ok=True)
        return None
    if process.is_running():
        return process
    record.unlink(missing_ok=True)
    return None


def end_unrecorded(state: State, name: str = "") -> None:
    """End what was started here and has no record, or a damaged one: what nobody finds would run for ever.

    A command that is killed while it starts something leaves such a process. It is known by where it prints. ``name``:
    Default: whatever prints into this sandbox's logs.
    """
    logs = {str(state.logs / f"{name}.log"), str(state.logs / f"{name}.log.1")}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            printed = str(Path(f"/proc/{process.pid}/fd/1").readlink())
            ours = printed in logs if name else printed.startswith(f"{state.logs}{os.sep}")
            if ours and process.pid != os.getpid():
                family = family_of(process.pid)
                kill(family)
                await_end(family, 5)
                if child := _children.pop(process.pid, None):
                    child.wait(timeout=5)


def running(state: State) -> list[Process]:
    """Every process of this sandbox that lives, by name."""
    if not state.exists():
        return []
    found = (find(state, record.stem) for record in sorted(state.run.glob("*.json")))
    return [process for process in found if process]


def stop(state: State, name: str, timeout: float = 15) -> bool:
    """End the process and everything it started. False where none of that name ran.

    It is asked (SIGTERM) and, after ``timeout`` seconds, made to (SIGKILL).
    """
    process = find(state, name)
    if process is None:
        return False
    family = family_of(process.pid)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    stubborn = await_end(family, timeout)
    kill(stubborn)
    await_end(stubborn, 5)
    if child := _children.pop(process.pid, None):
        child.wait(timeout=5)
    _record(state, name).unlink(missing_ok=True)
    return True


def myself() -> dict[str, Any]:
    """What tells this process from any other, now and after it: ``pid``, ``started`` and ``boot``."""
    return {"pid": os.getpid(), "started": _start_ticks(os.getpid()), "boot": _boot_id()}


def lives(told: Mapping[str, Any]) -> bool:
    """Whether the process that ``myself`` told of lives."""
    return bool(told["boot"] == _boot_id()) and _start_ticks(int(told["pid"])) == told["started"]


def wait_ready(process: Process, probe: str | Callable[[], bool], timeout: float = 60) -> None:
    """Wait until ``probe`` holds: a URL that answers below 400, or a callable that returns True.

    Raises UserError, with the last lines of the log, when the process dies or ``timeout`` seconds pass.
    """
    ready = _answers(probe) if isinstance(probe, str) else probe
    deadline = time.monotonic() + timeout
    pause = 0.02
    while not ready():
        if not process.is_running():
            child = _children.get(process.pid)
            status = f" with status {child.returncode}" if child and child.returncode is not None else ""
            raise UserError(process.name, f"it ended{status}: {tail(process)}", "it to run", f"Log: {process.log}")
        if time.monotonic() > deadline:
            raise UserError(
                process.name,
                f"no answer: {tail(process)}",
                f"ready in {timeout:.0f} s",
                f"Log: {process.log}",
            )
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)


def wait_until(holds: Callable[[], bool], where: str, expected: str, timeout: float = 90) -> None:
    """Wait until ``holds()``. Raises UserError when ``timeout`` seconds pass first."""
    deadline = time.monotonic() + timeout
    pause = 0.02
    while not holds():
        if time.monotonic() > deadline:
            raise UserError(where, f"none after {timeout:.0f} s", expected)
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)


def tail(process: Process, lines: int = _TAIL_LINES) -> str:
    """The last lines of its log, on one line."""
    try:
        text = Path(process.log).read_bytes()[-8192:].decode(errors="replace")
    except FileNotFoundError:
        return "no log"
    return " | ".join(line.strip() for line in text.splitlines()[-lines:] if line.strip()) or "an empty log"


def _answers(url: str) -> Callable[[], bool]:
    def ready() -> bool:
        with local_session() as session:
            return answers(session, url)

    return ready


def _record(state: State, name: str) -> Path:
    return state.run / f"{name}.json"


def _start_ticks(pid: int) -> int | None:
    """Not psutil's ``create_time``: it moves when the clock is set, and the process would pass for another one."""
    try:
        # The command's name stands in parentheses and may hold spaces and parentheses itself.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Keep Ctrl-C back while the body runs: a process must not exist without its record."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept: list[int] = []

    def keep(number: int, _frame: FrameType | None) -> None:
        kept.append(number)

    before = signal.signal(signal.SIGINT, keep)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if kept:
            signal.raise_signal(signal.SIGINT)
