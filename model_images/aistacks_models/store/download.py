"""Downloads: parallel, in byte ranges, hashed while they arrive, and resumable.

boto3's own transfers can't resume a partial file, and hashing would be a second pass over it.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from aistacks_core import checksums

from ..aws_errors import as_user_error
from .bucket import THREADS, Bucket, Object, altered

RANGE = 16 << 20
"""Bytes of one range request: a single connection doesn't saturate a network."""
_CHUNK = 1 << 20
_TRIES = 5

Report = Callable[[int], None]
"""Called with the bytes transferred since the last call."""


def receive(
    bucket: Bucket,
    home: str,
    sums: Mapping[str, str],
    objects: Mapping[str, Object],
    folder: Path,
    notes: Path,
    report: Report,
) -> None:
    """Download every file of ``sums`` (path → SHA-256) under the key ``home`` into ``folder``.

    Intact files and finished ranges of an interrupted download aren't fetched again; the folder ``notes`` records
    them. Raises `UserError` naming the first object that doesn't match ``sums``; its file is removed.
    """
    notes.mkdir(parents=True, exist_ok=True)
    with as_user_error(bucket.where), ThreadPoolExecutor(THREADS) as pool, ThreadPoolExecutor(THREADS) as ranges:
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
    if path.exists() and not noted.exists() and path.stat().st_size == there.size and checksums.of_file(path) == sha256:
        report(there.size)
        return
    resumed = noted.exists()
    got = _ranges(bucket, key, there, path, noted, ranges, report)
    if got != sha256 and resumed:
        # After a power cut, the first try's file may have holes.
        noted.unlink()
        got = _ranges(bucket, key, there, path, noted, ranges, lambda _: None)
    noted.unlink()
    if got != sha256:
        path.unlink()
        raise altered(bucket.uri(key), f"sha256 {got}", sha256)


def _ranges(
    bucket: Bucket, key: str, there: Object, path: Path, noted: Path, pool: ThreadPoolExecutor, report: Report
) -> str:
    """Fetch the missing ranges; returns the file's SHA-256. ``noted``: ETag, then starts of ranges, one per line."""
    have = _noted(noted, there.etag)
    step = range_size(bucket, there.size)
    with path.open("r+b" if have else "w+b") as stream, noted.open("ab", buffering=0) as log:
        if not noted.stat().st_size:
            log.write(f"{there.etag}\n".encode())
        os.truncate(stream.fileno(), there.size)
        frontier = _Frontier()

        def get(start: int) -> None:
            length = min(step, there.size - start)
            if start not in have:
                _range(bucket, key, there, stream.fileno(), start, length, frontier.moved)
                log.write(f"{start}\n".encode())
            frontier.moved(start, start + length)
            report(length)

        starts = range(0, there.size, step)
        got = {start: pool.submit(get, start) for start in starts}
        for future in got.values():
            future.add_done_callback(frontier.ended)
        digest = hashlib.sha256()
        try:
            # Follows the bytes as they arrive, so that hashing and transfer overlap.
            for start, future in got.items():
                for at, end in frontier.follow(start, min(start + step, there.size), future):
                    digest.update(os.pread(stream.fileno(), end - at, at))
        finally:
            # Waiting for a cancelled one may never end: a pool that was shut down doesn't notify any more.
            wait([future for future in got.values() if not future.cancel()])
    return digest.hexdigest()


class _Frontier:
    """How many bytes of each range have arrived."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._ends: dict[int, int] = {}

    def moved(self, start: int, end: int) -> None:
        """The range from ``start`` has arrived up to ``end``."""
        with self._changed:
            self._ends[start] = end
            self._changed.notify_all()

    def ended(self, _: Future[None]) -> None:
        """A range has finished or failed."""
        with self._changed:
            self._changed.notify_all()

    def follow(self, start: int, end: int, future: Future[None]) -> Iterator[tuple[int, int]]:
        """Pieces of the range ``start`` to ``end`` as they arrive, in order. Raises the exception of ``future``."""
        done = start
        while done < end:
            with self._changed:
                while self._ends.get(start, start) <= done and not future.done():
                    self._changed.wait()
                now = self._ends.get(start, start)
            if now <= done:
                future.result()
            while done < now:
                piece = min(done + _CHUNK, now)
                yield done, piece
                done = piece
        future.result()


def range_size(bucket: Bucket, size: int) -> int:
    """Bytes of one range request; on loopback the whole file, as one connection is as fast as several."""
    return max(size, 1) if bucket.on_loopback else RANGE


def _range(
    bucket: Bucket, key: str, there: Object, fd: int, start: int, length: int, moved: Callable[[int, int], None]
) -> None:
    from botocore.exceptions import HTTPClientError, IncompleteReadError
    from urllib3.exceptions import HTTPError

    at, end = start, start + length
    for left in range(_TRIES - 1, -1, -1):
        more = {} if end - at == there.size else {"Range": f"bytes={at}-{end - 1}"}
        try:
            # IfMatch: all ranges are of the same object.
            answer = bucket.client.get_object(Bucket=bucket.name, Key=key, IfMatch=there.etag, **more)
            for chunk in answer["Body"].iter_chunks(_CHUNK):
                at += os.pwrite(fd, chunk, at)
                moved(start, at)
            return
        except (HTTPClientError, IncompleteReadError, HTTPError):
            # boto3 retries requests, but not truncated responses.
            if not left or at == end:
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
