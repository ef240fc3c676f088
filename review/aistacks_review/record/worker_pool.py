"""The process that a program is planned in, started as early as can be: it loads Pulumi while we still load ours.

Only what starts at once is imported here.
"""

from __future__ import annotations

import os
import secrets
import select
import subprocess
import sys
import tempfile
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
_LIVE: set[str] = set()
"""Marks of the processes that aren't closed yet."""


class Host:
    """A process that waits for its job. Without one it ends when we do, for then its input ends."""

    def __init__(self) -> None:
        self.faults: IO[str] = tempfile.TemporaryFile("w+")  # noqa: SIM115 (they live as long as the process)
        self.answer: IO[bytes] = tempfile.TemporaryFile("w+b")  # noqa: SIM115
        self.mark = secrets.token_hex(8)
        _LIVE.add(self.mark)
        _adopt_orphans(adopt=True)
        self.process = subprocess.Popen(
            [*prefix(), sys.executable, "-P", "-m", "aistacks_review.record.worker"],
            stdin=subprocess.PIPE,
            stdout=self.answer,
            stderr=subprocess.DEVNULL,
            pass_fds=[self.faults.fileno()],
            env={**_environment(), MARK: self.mark},
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
        _LIVE.discard(self.mark)
        if not _LIVE:
            _adopt_orphans(adopt=False)


def prepare(arguments: list[str]) -> None:
    """Start what the command line ``arguments`` will need, if it is a plan."""
    if arguments[:1] != ["plan"] or {"--help", "-h"} & set(arguments):
        return
    sides = 2 if any(word.split("=")[0] == "--base" for word in arguments) else 1
    _SPARE.extend(Host() for _ in range(sides))


def take() -> Host:
    """A process that waits, or a new one."""
    return _SPARE.pop(0) if _SPARE else Host()


def discard() -> None:
    """End what waits and got no job."""
    while _SPARE:
        from aistacks_core.process_tree import end

        host = _SPARE.pop()
        end(host.process, MARK, host.mark)
        host.close()


def _environment() -> dict[str, str]:
    passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
    # The same order of sets in base and head.
    passed |= {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}
    if os.environ.get("PYTHONDONTWRITEBYTECODE"):
        # Bytecode is kept all the same, in our own folder, or every run would compile the SDKs anew.
        from aistacks_core.cache import folder

        passed["PYTHONPYCACHEPREFIX"] = str(folder() / "bytecode")
    return passed


def _adopt_orphans(*, adopt: bool) -> None:
    """Whether what a program's processes leave behind becomes our child (Linux), so that it can be ended, too.

    Only while a program runs: whatever else we start in the background must not stay ours when it is orphaned.
    """
    if sys.platform == "linux":
        import ctypes

        pr_set_child_subreaper = 36
        library: Any = ctypes.CDLL(None)
        library.prctl(pr_set_child_subreaper, int(adopt), 0, 0, 0)
