"""Folders for half-made things: each belongs to a living command, and the next command removes those of dead ones."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

_LOCK = ".lock"
_OWN = ".own.lock"
"""Of a folder that only its own kind may remove."""
_OLD = 24 * 3600
"""Seconds after which a folder without a lock, which an earlier version made, counts as abandoned."""


@contextlib.contextmanager
def scratch_in(place: Path, what: str, end: Callable[[Path], None] | None = None) -> Iterator[Path]:
    """An empty folder ``<what>-…`` in ``place``, gone afterwards.

    A killed command's folder stays; this removes it, for its lock went with the command. ``end``: called before that
    with such a folder, to stop what the dead command started in it. One that was made with ``end`` waits for the next
    call with the same ``what``. Default: nothing to stop, and any call removes it.
    """
    place.mkdir(exist_ok=True)
    _remove_abandoned(place, what, end)
    path = place / f"{what}-{secrets.token_hex(8)}"
    held = FileLock(path.with_name(path.name + (_OWN if end else _LOCK)))
    # The folder is made when the lock is held, so that nobody takes it for abandoned.
    with held:
        try:
            path.mkdir(mode=0o700)
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)
            Path(held.lock_file).unlink(missing_ok=True)


def _remove_abandoned(place: Path, what: str, end: Callable[[Path], None] | None) -> None:
    for path in sorted(place.iterdir()):
        if path.is_dir():
            _remove_if_abandoned(path, what, end)
        elif path.name.endswith(_LOCK) and not path.with_name(_folder(path.name)).exists():
            # Of a command that was killed before it made its folder; a living one makes it at once.
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _OLD:
                    path.unlink()


def _remove_if_abandoned(path: Path, what: str, end: Callable[[Path], None] | None) -> None:
    own = path.with_name(path.name + _OWN)
    if own.exists() and not (end and path.name.startswith(f"{what}-")):
        return
    lock = own if own.exists() else path.with_name(path.name + _LOCK)
    try:
        if not lock.exists() and time.time() - path.stat().st_mtime < _OLD:
            return
        with FileLock(lock, blocking=False):
            # Another command may have removed it meanwhile.
            if path.exists():
                if end and lock == own:
                    end(path)
                shutil.rmtree(path, ignore_errors=True)
            lock.unlink(missing_ok=True)
    except (Timeout, OSError):
        return


def _folder(lock: str) -> str:
    return lock.removesuffix(_OWN).removesuffix(_LOCK)
