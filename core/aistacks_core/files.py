"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_atomically(path: Path, content: str | bytes, *, mode: int | None = None) -> None:
    """Put ``content`` (text as UTF-8) at ``path``: whoever reads meanwhile, or after a crash, sees the old or the new.

    ``mode``: permissions of the file, which it has from its first byte on. Default: those of the file that is there,
    else what the process gives new files.
    """
    data = content.encode() if isinstance(content, str) else content
    if mode is None and path.exists():
        mode = path.stat().st_mode & 0o777
    # No process shares it, and none of two threads.
    draft = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else mode)
        with os.fdopen(opened, "wb") as file:
            file.write(data)
        if mode is not None:
            draft.chmod(mode)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
