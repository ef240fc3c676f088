"""Files on their way from a bucket: in parallel and in ranges, hashed while they arrive, and resumable.

boto3's own transfers can't go on with half a file, and the hash would be a second pass over it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from .bucket import THREADS, Bucket, Object, altered
from .failures import told

RANGE = 32 << 20
"""Bytes of one request; smaller files are got whole."""
_CHUNK = 1 << 20
_TRIES = 5

Report = Callable[[int], None]
"""Called with the bytes that arrived since the last call."""


def receive(
    bucket: Bucket,
    home: str,
    sums: Mapping[str, str],
    objects: Mapping[str, Object],
    folder: Path,
    notes: Path,
    report: Report,
) -> None:
    """Bring every file of ``sums`` (path → SHA-256) from below the key ``home`` into ``folder``.

    What is there already and right isn't got again, nor is what arrived of a file that was cut off; the folder
    ``notes`` remembers it. Raises `ModelError` naming the first object that isn't what ``sums`` says; its file is
    gone then.
    """
    notes.mkdir(parents=True, exist_ok=True)
    with told(bucket.where), ThreadPoolExecutor(THREADS) as pool, ThreadPoolExecutor(THREADS) as ranges:
        files = [
            pool.submit(_file, bucket, home + name, objects[name], folder / name, digest, notes, ranges, report)
            for name, digest in sums.items()
        ]
        try:
            for done in files:
                done.result()
        except BaseException:
            for each in (pool, ranges):
                each.shutdown(wait=False, cancel_futures=True)
            raise


def _file(
    bucket: Bucket,
    key: str,
    there: Object,
    path: Path,
    sha256: str,
    notes: Path,
    ranges: ThreadPoolExecutor,
    report: Report,
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    noted = notes / hashlib.sha256(key.encode()).hexdigest()
    if path.exists() and not noted.exists() and path.stat().st_size == there.size and _hash(path) == sha256:
        report(there.size)
        return
    resumed = noted.exists()
    got = _ranges(bucket, key, there, path, noted, ranges, report)
    if got != sha256 and resumed:
        # What a power cut left of the first try may be holes.
        noted.unlink()
        got = _ranges(bucket, key, there, path, noted, ranges, lambda _: None)
    noted.unlink()
    if got != sha256:
        path.unlink()
        raise altered(bucket.uri(key), f"sha256 {got}", sha256)


def _ranges(
    bucket: Bucket, key: str, there: Object, path: Path, noted: Path, pool: ThreadPoolExecutor, report: Report
) -> str:
    """Get what ``noted`` doesn't have; the file's SHA-256. ``noted``: the object's tag, then starts, a line each."""
    have = _noted(noted, there.etag)
    with path.open("r+b" if have else "w+b") as stream, noted.open("ab", buffering=0) as log:
        if not noted.stat().st_size:
            log.write(f"{there.etag}\n".encode())
        os.truncate(stream.fileno(), there.size)

        def get(start: int) -> None:
            length = min(RANGE, there.size - start)
            if start not in have:
                _range(bucket, key, there, stream.fileno(), start, length)
                log.write(f"{start}\n".encode())
            report(length)

        starts = range(0, there.size, RANGE)
        # One range is got right here: the pool is for files of several.
        got: list[Future[None]] = [pool.submit(get, start) for start in starts] if len(starts) > 1 else []
        digest = hashlib.sha256()
        try:
            for i, start in enumerate(starts):
                get(start) if not got else got[i].result()
                _add(digest, stream.fileno(), start, min(RANGE, there.size - start))
        finally:
            for future in got:
                future.cancel()
            wait(got)
    return digest.hexdigest()


def _range(bucket: Bucket, key: str, there: Object, fd: int, start: int, length: int) -> None:
    from botocore.exceptions import HTTPClientError, IncompleteReadError
    from urllib3.exceptions import HTTPError

    whole = length == there.size
    more = {} if whole else {"Range": f"bytes={start}-{start + length - 1}"}
    for left in range(_TRIES - 1, -1, -1):
        at = start
        try:
            # The tag: all ranges are of one and the same object.
            answer = bucket.client.get_object(Bucket=bucket.name, Key=key, IfMatch=there.etag, **more)
            for chunk in answer["Body"].iter_chunks(_CHUNK):
                at += os.pwrite(fd, chunk, at)
            return
        except (HTTPClientError, IncompleteReadError, HTTPError):
            # boto3 tries a request again, but not an answer that broke off.
            if not left:
                raise


def _noted(noted: Path, etag: str) -> set[int]:
    try:
        first, *lines = noted.read_text().splitlines()
    except (FileNotFoundError, ValueError):
        return set()
    if first != etag:
        noted.unlink()
        return set()
    return {int(line) for line in lines if line.isdigit()}


def _add(digest: Any, fd: int, start: int, length: int) -> None:
    for at in range(start, start + length, _CHUNK):
        digest.update(os.pread(fd, min(_CHUNK, start + length - at), at))


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
