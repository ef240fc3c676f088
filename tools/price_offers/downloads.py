"""Gets AWS's offer files: by the region's index, kept in part when a connection is lost and gone on with."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from aistacks_core import cache
from aistacks_core.errors import UserError
from aistacks_core.http_session import public_session, reason
from aistacks_core.loopback import is_loopback

_SECONDS = 30
_CHUNK = 1 << 20
_INDEX_AT_MOST = 4 << 20
_AGAIN = "Run the command again: it goes on from where it stopped."
_PATH = re.compile(r"/offers/v1\.0/aws/\w+/(\d{8,20})/[a-z0-9-]+/index\.json")
Show = Callable[[int, int], None]
"""Told how many bytes there are, of how many; 0 where that isn't known."""


class _StatusError(OSError):
    """An answer that isn't the file."""

    def __init__(self, answer: requests.Response) -> None:
        super().__init__(f"the answer {answer.status_code} {answer.reason}")
        self.status = answer.status_code


def folder() -> Path:
    """Where downloads are kept until they are read."""
    path = cache.folder() / "offers"
    path.mkdir(exist_ok=True)
    return path


def check_endpoint(endpoint: str) -> str:
    """The endpoint without a slash at its end. Prices that anybody on the way could change are refused."""
    parts = urllib.parse.urlsplit(endpoint)
    if (parts.scheme == "https" and parts.hostname) or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return endpoint.rstrip("/")
    raise UserError("--endpoint", repr(endpoint), "an https:// address, or http:// on this machine")


def offer_file(code: str, region: str, endpoint: str, into: Path, show: Show) -> Path:
    """Download the current offer file of a service in a region, as CSV; its path in the folder ``into``. One that is
    there already isn't got again. Raises ``UserError`` in one line, with what there is kept."""
    path = _current(code, region, endpoint)
    version = _PATH.fullmatch(path)
    if version is None:
        raise UserError(f"{endpoint}: {code}", repr(path)[:120], "the address of a version of the offer file")
    done = into / f"{code}-{version[1]}-{region}.csv"
    if done.is_file():
        return done
    part = done.with_suffix(".part")
    url = endpoint + path.removesuffix(".json") + ".csv"
    try:
        _save(url, part, show)
    except OSError as error:
        raise UserError(url, _reason(error), "an offer file", _AGAIN) from error
    part.replace(done)
    return done


def _current(code: str, region: str, endpoint: str) -> str:
    url = f"{endpoint}/offers/v1.0/aws/{code}/current/region_index.json"
    try:
        with public_session() as session, _open(session, url) as answer:
            index: Any = json.loads(answer.raw.read(_INDEX_AT_MOST))
    except (OSError, HTTPError) as error:
        raise UserError(url, _reason(error), "the price list's index of regions", _todo(error)) from error
    except ValueError as error:
        raise UserError(url, f"no JSON ({error})", "the price list's index of regions", _AGAIN) from error
    if not isinstance(index, dict) or not isinstance(index.get("regions"), dict):
        raise UserError(url, "no table of regions", "the price list's index, format v1.0")
    entry = index["regions"].get(region)
    found = entry.get("currentVersionUrl") if isinstance(entry, dict) else None
    if not isinstance(found, str):
        raise UserError(url, f"no region {region}", f"one that {code} has: {', '.join(sorted(index['regions'])[:40])}")
    return found


def _todo(error: Exception) -> str:
    answered = isinstance(error, _StatusError)
    return "" if answered else "Without a network, prices can be read from files: --from FOLDER."


def _save(url: str, part: Path, show: Show) -> None:
    there = part.stat().st_size if part.is_file() else 0
    with public_session() as session:
        try:
            answer = _open(session, url, there)
        except _StatusError as error:
            if error.status != requests.codes.range_not_satisfiable or not there:
                raise
            # What is there isn't the beginning of this file: begin again.
            part.unlink()
            there, answer = 0, _open(session, url)
        with answer:
            if answer.status_code != requests.codes.partial_content:
                there = 0
            announced = int(answer.headers.get("Content-Length") or 0)
            total = there + announced if announced else 0
            with part.open("ab" if there else "wb") as file:
                for chunk in _chunks(answer):
                    file.write(chunk)
                    there += len(chunk)
                    show(there, total)


def _chunks(answer: requests.Response) -> Iterator[bytes]:
    """What has come, as it comes: where the connection is lost, everything until then."""
    try:
        while chunk := answer.raw.read1(_CHUNK):
            yield chunk
    except HTTPError as error:
        raise OSError("a connection that was lost") from error


def _open(session: requests.Session, url: str, after: int = 0) -> requests.Response:
    headers = {"Range": f"bytes={after}-"} if after else {}
    answer = session.get(url, headers=headers, stream=True, timeout=_SECONDS)
    if not answer.ok:
        answer.close()
        raise _StatusError(answer)
    return answer


def _reason(error: Exception) -> str:
    return reason(error) if isinstance(error, requests.RequestException) else str(error) or type(error).__name__
