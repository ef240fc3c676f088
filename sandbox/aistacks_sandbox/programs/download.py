"""Official downloads: https only, quick to give up, and nothing unpacked before its checksum is right."""

import hashlib
import http.client
import shutil
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

from aistacks_core import console

from .facts import Download

_CONNECT_SECONDS = 5
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
        got = _save(download.url, archive)
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
    try:
        with _open(url) as answer:
            return str(answer.read(1 << 20).decode())
    except (OSError, http.client.HTTPException, UnicodeDecodeError) as error:
        raise DownloadError(f"{url}: {_reason(error)}") from error


def _save(url: str, path: Path) -> str:
    """Write the file; its sha256. A connection that is lost half-way is an error, not a short file."""
    digest = hashlib.sha256()
    try:
        with _open(url) as answer, path.open("wb") as file:
            announced = answer.headers.get("Content-Length")
            while chunk := answer.read(_CHUNK):
                digest.update(chunk)
                file.write(chunk)
            if announced and file.tell() != int(announced):
                raise DownloadError(f"{url}: lost after {file.tell()} of {announced} bytes")
    except (OSError, http.client.HTTPException) as error:
        raise DownloadError(f"{url}: {_reason(error)}") from error
    return digest.hexdigest()


def _open(url: str) -> http.client.HTTPResponse:
    if not url.startswith("https://"):
        raise DownloadError(f"{url}: not https")
    answer: http.client.HTTPResponse = urllib.request.urlopen(url, timeout=_CONNECT_SECONDS)  # noqa: S310
    return answer


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


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.URLError) and not isinstance(error, urllib.error.HTTPError):
        return str(error.reason)
    return str(error) or type(error).__name__
