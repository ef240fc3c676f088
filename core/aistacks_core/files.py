"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
from pathlib import Path
from typing import BinaryIO


def write_atomically(path: Path, content: str | bytes, *, mode: int | None = None) -> None:
    """Put ``content`` (text as UTF-8) at ``path``: whoever reads meanwhile, or after a crash, sees the old or the new.

    When this returns the new one is on the disk.
    ``mode``: permissions of the file, which it has from its first byte on. Default: those of the file that is there,
    else what the process gives new files. Drafts that a killed writer left beside ``path`` are removed.
    """
    data = content.encode() if isinstance(content, str) else content
    if mode is None and path.exists():
        mode = path.stat().st_mode & 0o777
    draft, file = _draft(path, mode)
    try:
        with file:
            file.write(data)
            file.flush()
            # Else a power cut may leave the new name with nothing in it.
            os.fsync(file.fileno())
            if mode is not None:
                draft.chmod(mode)
            draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _sync(path.parent)
    _remove_abandoned(path)


def _sync(folder: Path) -> None:
    """A new name is on the disk only once its folder is."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a file system that can't
            os.fsync(opened)
    finally:
        os.close(opened)


def _draft(path: Path, mode: int | None) -> tuple[Path, BinaryIO]:
    """A new file beside ``path``, locked while its writer lives."""
    while True:
        # No process shares it, and none of two threads.
        draft = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
        opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else mode)
        file = os.fdopen(opened, "wb")
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return draft, file
        # Between its making and its lock another writer took it for abandoned.
        file.close()


def _remove_abandoned(path: Path) -> None:
    """Remove the drafts of ``path`` that no living process holds."""
    ours = re.compile(rf"\.{re.escape(path.name)}\.\d+-[0-9a-f]{{8}}")
    with contextlib.suppress(OSError), os.scandir(path.parent) as beside:
        for entry in beside:
            if not ours.fullmatch(entry.name):
                continue
            with contextlib.suppress(OSError), open(entry.path, "rb") as file:  # noqa: PTH123 (an entry of scandir)
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(entry.path)  # noqa: PTH108
