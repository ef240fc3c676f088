"""Gets AWS's offer files: by the region's index, kept in part when a connection is lost and gone on with."""

from __future__ import annotations

import http.client
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aistacks_core import cache
from aistacks_core.errors import UserError
from aistacks_core.loopback import is_loopback

_SECONDS = 30
_CHUNK = 1 << 20
_INDEX_AT_MOST = 4 << 20
_AGAIN = "Run the command again: it goes on from where it stopped."
_PATH = re.compile(r"/offers/v1\.0/aws/\w+/(\d{8,20})/[a-z0-9-]+/index\.json")
Show = Callable[[int, int], None]
"""Told how many bytes there are, of how many; 0 where that isn't known."""


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
    except (OSError, http.client.HTTPException) as error:
        raise UserError(url, _reason(error), "an offer file", _AGAIN) from error
    part.replace(done)
    return done


def _current(code: str, region: str, endpoint: str) -> str:
    url = f"{endpoint}/offers/v1.0/aws/{code}/current/region_index.json"
    try:
        with _open(url) as answer:
            index: Any = json.loads(answer.read(_INDEX_AT_MOST))
    except (OSError, http.client.HTTPException) as error:
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
    answered = isinstance(error, urllib.error.HTTPError)
    return "" if answered else "Without a network, prices can be read from files: --from FOLDER."


def _save(url: str, part: Path, show: Show) -> None:
    there = part.stat().st_size if part.is_file() else 0
    try:
        answer = _open(url, there)
    except urllib.error.HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE or not there:
            raise
        # What is there isn't the beginning of this file: begin again.
        error.close()
        part.unlink()
        there, answer = 0, _open(url)
    with answer:
        if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
            there = 0
        announced = int(answer.headers.get("Content-Length") or 0)
        total = there + announced if announced else 0
        with part.open("ab" if there else "wb") as file:
            while chunk := answer.read(_CHUNK):
                file.write(chunk)
                there += len(chunk)
                show(there, total)
    if total and there < total:
        raise OSError(f"the connection was lost after {there:,} of {total:,} bytes")


def _open(url: str, after: int = 0) -> Any:
    request = urllib.request.Request(url)  # noqa: S310 (check_endpoint has seen the scheme)
    if after:
        request.add_header("Range", f"bytes={after}-")
    return urllib.request.urlopen(request, timeout=_SECONDS)  # noqa: S310


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        return f"the answer {error.code} {error.reason}"
    if isinstance(error, http.client.IncompleteRead):
        return "a connection that was lost"
    return str(getattr(error, "reason", "") or error or type(error).__name__)
