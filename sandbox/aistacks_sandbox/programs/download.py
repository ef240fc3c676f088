"""Official downloads: https only, quick to give up, and nothing unpacked before its checksum is right."""

import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

import requests

from aistacks_core import console
from aistacks_core.checksums import of_file
from aistacks_core.http_session import public_session, reason

from .facts import Download

_SECONDS = 5
"""To connect, and to wait for more."""
_CHUNK = 1 << 20


class DownloadError(Exception):
    """Why a download gave nothing, in one line."""


def fetch(download: Download, program: str, into: Path) -> Path:
    """Download, verify and unpack ``program`` into the folder ``into``; its path. Raises DownloadError."""
    name = download.url.rsplit("/", 1)[1]
    # Small, so that a machine that can't reach the host knows it at once.
    expected = _checksum(_text(download.checksums), name, download.checksums)
    archive = into / name
    with console.phase(f"Downloading {name}"):
        _save(download.url, archive)
    got = of_file(archive)
    if got != expected:
        raise DownloadError(f"{download.url} has sha256 {got}, but {download.checksums} says {expected}")
    if download.member is None:
        return archive
    return _unpack(archive, download.member, into / f"{program}.unpacked")


def _checksum(listing: str, name: str, where: str) -> str:
    for line in listing.splitlines():
        words = line.split()
        if words and (len(words) == 1 or words[-1].lstrip("*") == name) and len(words[0]) == 64:
            return words[0].lower()
    raise DownloadError(f"{where} has no sha256 of {name}")


def _text(url: str) -> str:
    return b"".join(_content(url)).decode(errors="replace")


def _save(url: str, path: Path) -> None:
    with path.open("wb") as file:
        for part in _content(url):
            file.write(part)


def _content(url: str) -> Iterator[bytes]:
    """What is answered, in parts. A connection that is lost half-way is an error, not a short file."""
    if not url.startswith("https://"):
        raise DownloadError(f"{url}: not https")
    try:
        with public_session() as session, session.get(url, stream=True, timeout=_SECONDS) as answer:
            if not answer.ok:
                raise DownloadError(f"{url}: the answer {answer.status_code} {answer.reason}")
            yield from answer.iter_content(_CHUNK)
    except requests.RequestException as error:
        raise DownloadError(f"{url}: {reason(error)}") from error


def _unpack(archive: Path, member: str, target: Path) -> Path:
    try:
        with tarfile.open(archive) as tar:
            source = tar.extractfile(member)
            if source is None:
                raise DownloadError(f"{archive.name}: {member} is no file")
            with source, target.open("wb") as file:
                shutil.copyfileobj(source, file)
    except (tarfile.TarError, KeyError) as error:
        raise DownloadError(f"{archive.name}: {error}") from error
    return target
