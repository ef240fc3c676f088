"""The process that a program is planned in, started as early as can be: it loads Pulumi while we still load ours.

Only what starts at once is imported here.
"""

from __future__ import annotations

import json
import os
import secrets
import select
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

from aistacks_core.pid_namespace import prefix

MARK = "AISTACKS_PLAN"
"""Variable by which whatever came from a process of ours is known."""
_PASSED = (
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"),
    *("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "AISTACKS_CACHE_DIR"),
)
"""Variables that a program gets to see. Everything else, credentials above all, stays with us."""
_SPARE: list[Host] = []
_LIVE: dict[str, Host] = {}
"""The processes that aren't closed yet, by their marks."""
_OURS = ("aistacks_core", "aistacks_catalog", "aistacks_review")
"""What a worker needs of us; of others, only what Pulumi's SDK has with it."""


@dataclass(frozen=True)
class Place:
    """The program's own environment: its folder and its interpreter."""

    folder: Path
    python: Path


class Host:
    """A process that waits for its job. Without one it ends when we do, for then its input ends."""

    def __init__(self, place: Place | None = None) -> None:
        """``place``: run by that interpreter. Default: by ours. Raises ``OSError`` where it can't be started."""
        self.faults: IO[str] = tempfile.TemporaryFile("w+")  # noqa: SIM115 (they live as long as the process)
        self.answer: IO[bytes] = tempfile.TemporaryFile("w+b")  # noqa: SIM115
        self.mark = secrets.token_hex(8)
        _LIVE[self.mark] = self
        _adopt_orphans(adopt=True)
        self.process = subprocess.Popen(
            [*prefix(), *_command(place)],
            stdin=subprocess.PIPE,
            stdout=self.answer,
            stderr=subprocess.DEVNULL,
            pass_fds=[self.faults.fileno()],
            env={**_environment(place), MARK: self.mark},
            start_new_session=True,
        )

    def give(self, job: bytes) -> None:
        """Hand the job over."""
        assert self.process.stdin  # noqa: S101 (it is a pipe)
        try:
            self.process.stdin.write(job)
            self.process.stdin.close()
        except BrokenPipeError:
            return  # It ended before it read; its answer will be missing.

    def wait(self, seconds: float) -> bool:
        """Whether it ended within ``seconds``."""
        if hasattr(os, "pidfd_open"):
            # `Popen.wait` looks twenty times a second.
            handle = os.pidfd_open(self.process.pid)
            try:
                select.select([handle], [], [], max(seconds, 0))
            finally:
                os.close(handle)
            return self.process.poll() is not None
        try:
            self.process.wait(max(seconds, 0))
        except subprocess.TimeoutExpired:
            return False
        return True

    def close(self) -> None:
        """Forget its files. The process must have ended."""
        if self.process.stdin:
            self.process.stdin.close()
        self.answer.close()
        self.faults.close()
        _LIVE.pop(self.mark, None)
        if not _LIVE:
            _adopt_orphans(adopt=False)


def prepare(arguments: list[str]) -> None:
    """Start what the command line ``arguments`` will need, if it is a plan."""
    if arguments[:1] != ["plan"] or {"--help", "-h"} & set(arguments):
        return
    if _has_environment(arguments):
        return
    sides = 2 if any(word.split("=")[0] == "--base" for word in arguments) else 1
    _SPARE.extend(Host() for _ in range(sides))


def take(place: Place | None = None) -> Host:
    """A process that waits, or a new one; in the program's own environment always a new one."""
    if place is not None:
        return Host(place)
    return _SPARE.pop(0) if _SPARE else Host()


def bytecode() -> str:
    """The folder in which bytecode is kept that has no business where its sources lie."""
    from aistacks_core.cache import folder

    return str(folder() / "bytecode")


def end_all() -> None:
    """End every program under way; who waits for one is told that it died."""
    for host in list(_LIVE.values()):
        host.process.kill()


def discard() -> None:
    """End what waits and got no job."""
    while _SPARE:
        from aistacks_core.process_tree import end

        host = _SPARE.pop()
        end(host.process, MARK, host.mark)
        host.close()


def _command(place: Place | None) -> list[str]:
    if place is None:
        return [sys.executable, "-P", "-m", "aistacks_review.record.worker"]
    folders = {name: str(Path(str(import_module(name).__file__)).parents[1]) for name in _OURS}
    inside = Path(folders["aistacks_core"], "aistacks_core", "inside.py")
    return [str(place.python), "-P", str(inside), json.dumps(folders), "aistacks_review.record.worker"]


def _environment(place: Place | None) -> dict[str, str]:
    passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
    # The same order of sets in base and head.
    passed |= {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}
    if place is not None:
        passed.pop("PYTHONHOME", None)
        passed |= {
            "VIRTUAL_ENV": str(place.folder),
            "PATH": f"{place.python.parent}{os.pathsep}{passed.get('PATH', os.defpath)}",
        }
    if place is not None or os.environ.get("PYTHONDONTWRITEBYTECODE"):
        # Bytecode is kept all the same, in our own folder, or every run would compile the SDKs anew.
        passed["PYTHONPYCACHEPREFIX"] = bytecode()
    return passed


def _has_environment(arguments: list[str]) -> bool:
    """Whether the program seems to have an environment of its own, in which what we start now couldn't run."""
    named = [w.partition("=")[2] or n for w, n in pairwise([*arguments, ""]) if w.split("=")[0] == "--project"]
    folder = Path(named[0] if named else ".").absolute()
    for place in (folder, *folder.parents):
        if any(_is_another(place / name) for name in (".venv", "venv")):
            return True
        if (place / ".git").exists():
            break
    active = os.environ.get("VIRTUAL_ENV")
    return bool(active) and _is_another(Path(active or ""))


def _is_another(folder: Path) -> bool:
    return (folder / "pyvenv.cfg").is_file() and folder.resolve() != Path(sys.prefix).resolve()


def _adopt_orphans(*, adopt: bool) -> None:
    """Whether what a program's processes leave behind becomes our child (Linux), so that it can be ended, too.

    Only while a program runs: whatever else we start in the background must not stay ours when it is orphaned.
    """
    if sys.platform == "linux":
        import ctypes

        pr_set_child_subreaper = 36
        library: Any = ctypes.CDLL(None)
        library.prctl(pr_set_child_subreaper, int(adopt), 0, 0, 0)
