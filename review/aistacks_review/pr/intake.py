"""Takes the one document out of an artifact that anybody may have made: a file, a folder or an archive.

Nothing is unpacked and no name from inside is used as a path, so there is nowhere to escape to.
"""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

from aistacks_core.errors import UserError

DOCUMENT = "plan.json"
"""Name of the document in a folder or an archive."""
MOST = 32 << 20
"""Bytes of a document; a plan of 5,000 resources has a few million."""
MOST_ARCHIVE = 16 << 20
"""Bytes of an archive."""
_ARCHIVE = b"PK\x03\x04"


def take(path: Path, most: int = MOST) -> bytes:
    """The document's bytes. ``path`` is the document, a zip archive of it, or a folder that holds it.

    Raises ``UserError`` where it isn't there, is no plain file (a link, a device, a pipe) or has more than ``most``
    bytes.
    """
    if path.is_dir() and not path.is_symlink():
        return _plain(path / DOCUMENT, most)
    data = _plain(path, most)
    # By what it is: a provider may keep an archive under any name.
    if data.startswith(_ARCHIVE) or path.suffix == ".zip":
        return unzipped(_limited(data, str(path), MOST_ARCHIVE), str(path), most)
    return data


def unzipped(archive: bytes, where: str, most: int = MOST) -> bytes:
    """The document in an archive; whatever else is in there is left alone."""
    try:
        with zipfile.ZipFile(BytesIO(archive)) as opened:
            found = [member for member in opened.infolist() if member.filename == DOCUMENT]
            if len(found) != 1:
                raise UserError(where, f"{len(found)} files of that name", f"one {DOCUMENT} in the archive")
            with opened.open(found[0]) as member:
                return _limited(member.read(most + 1), where, most)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zlib.error, ValueError) as error:
        raise UserError(
            where, f"no readable archive ({type(error).__name__})", f"a zip archive with {DOCUMENT}"
        ) from None


def _plain(path: Path, most: int) -> bytes:
    # O_NONBLOCK: a pipe would wait for its writer for ever.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        opened = os.open(path, flags)
    except FileNotFoundError:
        raise UserError(str(path), "no such file", "the document of a plan") from None
    except OSError as error:
        raise UserError(str(path), error.strerror or "not readable", "a plain file, not a link") from None
    with os.fdopen(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise UserError(str(path), "no plain file", "a plain file")
        return _limited(file.read(most + 1), str(path), most)


def _limited(data: bytes, where: str, most: int) -> bytes:
    if len(data) > most:
        raise UserError(where, f"more than {most >> 20} MiB", f"at most {most >> 20} MiB")
    return data
