"""A view of the machine in which other processes don't exist, for the half that runs somebody's program."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_ALONE = ("--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc")
_PASSED = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "AISTACKS_CACHE_DIR", "PYTHONDONTWRITEBYTECODE")


@cache
def prefix() -> tuple[str, ...]:
    """Words before a command that give it process numbers of its own (Linux's ``unshare``), so that it can't read
    another process's variables or memory. Empty where the machine doesn't let us."""
    program = shutil.which("unshare")
    if program is None:
        return ()
    words = (program, *_ALONE)
    try:
        done = subprocess.run([*words, "true"], capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return words if done.returncode == 0 else ()


def bare_environment(home: Path) -> Mapping[str, str]:
    """What a job without secrets gets to see."""
    return {**{k: os.environ[k] for k in _PASSED if k in os.environ}, "HOME": str(home), "GIT_TERMINAL_PROMPT": "0"}
