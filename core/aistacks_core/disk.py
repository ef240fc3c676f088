"""A full disk, told in one line."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from .errors import UserError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_LITTLE = 1 << 20
"""Free bytes below which a disk counts as full."""


def full(error: BaseException, places: Iterable[Path] = ()) -> UserError | None:
    """The one line for an ``error`` that a full disk caused; ``None`` for any other.

    That is an ``OSError`` that says so, or, where a library hides the reason, any error while one of ``places`` has
    no space left. Both are looked for in what led to the error, too.
    """
    chain = list(_chain(error))
    told = next((one for one in chain if isinstance(one, OSError) and one.errno in _FULL), None)
    crowded = next((place for place in places if _free(place) < _LITTLE), None)
    if told is None and crowded is None:
        return None
    named = told.filename if told is not None else None
    where = str(named or crowded or _crowded_by_default() or "the disk")
    got = (told.strerror or "no space").lower() if told is not None else "no space left"
    return UserError(where, got, "free disk space", "Free some, then run the same command again: it goes on from here.")


def _chain(error: BaseException | None) -> Iterable[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _crowded_by_default() -> Path | None:
    # A failed write doesn't say of which file.
    return next((place for place in (Path(), Path(tempfile.gettempdir())) if _free(place.absolute()) < _LITTLE), None)


def _free(place: Path) -> int:
    try:
        there = next(folder for folder in (place, *place.parents) if folder.exists())
        return shutil.disk_usage(there).free
    except (OSError, StopIteration):
        return _LITTLE
