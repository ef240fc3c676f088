"""Where a stand-in's bugs are told in full; the user sees one line that names this file."""

from __future__ import annotations

import os
import traceback as tracebacks
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

_package = ["provider"]


def name(package: str) -> None:
    """Say whose log this process writes."""
    _package[0] = package


def path() -> Path:
    """The log file: in ``$AISTACKS_SANDBOX_LOGS``. Default: the user's log folder."""
    folder = os.environ.get("AISTACKS_SANDBOX_LOGS")
    return (Path(folder) if folder else platformdirs.user_log_path("aistacks")) / f"provider-{_package[0]}.log"


def traceback(title: str, error: BaseException, redacted: Callable[[str], str]) -> Path:
    """Append the traceback of ``error``, as ``redacted`` gives it, and give the file."""
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as log:
        log.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {title}\n")
        log.write(redacted("".join(tracebacks.format_exception(error))) + "\n")
    return file
