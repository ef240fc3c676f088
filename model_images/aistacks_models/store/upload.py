"""Uploads: parallel, each with a SHA-256 that the store checks, and resumable.

boto3's own transfers restart a large file from the beginning, and overwrite.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aistacks_core.errors import UserError

from ..aws_errors import as_user_error, code
from .bucket import THREADS, Bucket, altered, from_base64, to_base64

PART = 16 << 20
"""Bytes of a part; files of up to two parts are sent in one request."""
_MOST_PARTS = 10_000
_TRIES = 3
_CONFLICT = "ConditionalRequestConflict"
_MIB = 1 << 20

Report = Callable[[int], None]
"""Called with the bytes transferred since the last call."""


@dataclass(frozen=True)
class Sending:
    """A file for ``key``. ``overwrite``: an existing object; otherwise it must have the same content."""

    file: Path
    key: str
    sha256: str
    overwrite: bool = False


def send(bucket: Bucket, files: Iterable[Sending], report: Report) -> None:
    """Upload ``files``. Raises `UserError` when the store refuses one; finished uploads are kept."""
    with as_user_error(bucket.where), ThreadPoolExecutor(THREADS) as pool:
        try:
            # Large files one after the other, as the parts of one already fill the pool.
            small = []
            for each in files:
                if each.file.stat().st_size <= 2 * PART:
                    small.append(pool.submit(_whole, bucket, each, report))
                else:
                    _in_parts(bucket, each, pool, report)
            for done in small:
                done.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def abort_all(bucket: Bucket, below: str) -> None:
    """Abort the multipart uploads under the prefix ``below``, whose package is complete or removed.

    Killed publishers left them, and their parts cost as much as objects. One that lives is told so by its next part,
    and finds the object. Without permission they stay for the bucket's lifecycle rule.
    """
    with as_user_error(bucket.where):
        try:
            pages = bucket.client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket.name, Prefix=below)
            found = [(item["Key"], item["UploadId"]) for page in pages for item in page.get("Uploads", [])]
            for key, upload in found:
                _abort(bucket, key, upload)
        except bucket.client.exceptions.ClientError as error:
            if code(error) not in ("AccessDenied", "403"):
                raise


def _abort(bucket: Bucket, key: str, upload: str) -> None:
    try:
        bucket.client.abort_multipart_upload(Bucket=bucket.name, Key=key, UploadId=upload)
    except bucket.client.exceptions.ClientError as error:
        if code(error) != "NoSuchUpload":
            raise


def same(bucket: Bucket, key: str, file: Path, sha256: str) -> bool:
    """Whether the object has the file's content, by the store's checksum, or else by reading it."""
    there = bucket.checksum(key)
    if there is None:
        return bucket.sha256(key) == sha256
    return there in (sha256, parts_checksum(file))


def part_size(size: int) -> int:
    """Part size for a file of ``size`` bytes: `PART`, or more to stay below the maximum number of parts."""
    least = -(-size // _MOST_PARTS)
    return max(PART, -(-least // _MIB) * _MIB)


def parts_checksum(file: Path) -> str:
    """SHA-256, in hex, of the concatenated SHA-256s of the file's parts: S3's checksum of a multipart upload."""
    whole = hashlib.sha256()
    size = part_size(file.stat().st_size)
    with file.open("rb") as stream:
        while data := stream.read(size):
            whole.update(hashlib.sha256(data).digest())
    return whole.hexdigest()


def _whole(bucket: Bucket, each: Sending, report: Report) -> None:
    with each.file.open("rb") as body:
        try:
            words = {"Key": each.key, "Body": body, "ChecksumSHA256": to_base64(each.sha256)}
            bucket.create(bucket.client.put_object, each.overwrite, **words)
        except bucket.client.exceptions.ClientError as error:
            _there_already(bucket, each, error)
    report(each.file.stat().st_size)


def _in_parts(bucket: Bucket, each: Sending, pool: ThreadPoolExecutor, report: Report) -> None:
    for _ in range(_TRIES):
        upload, arrived = _begun(bucket, each.key)
        try:
            return _one_upload(bucket, each, pool, report, upload, arrived)
        except bucket.client.exceptions.ClientError as error:
            # Another publisher resumed and finished the same upload first, or one is just at it: S3 then wants a new
            # upload (API Reference, CompleteMultipartUpload, If-None-Match).
            if code(error) not in ("NoSuchUpload", _CONFLICT):
                raise
            if code(error) == _CONFLICT:
                _abort(bucket, each.key, upload)
            if "" in bucket.objects(each.key) and same(bucket, each.key, each.file, each.sha256):
                return None
    raise UserError(
        bucket.uri(each.key), "multipart uploads that other clients ended", "one that can finish", "Try again."
    )


def _one_upload(
    bucket: Bucket,
    each: Sending,
    pool: ThreadPoolExecutor,
    report: Report,
    upload: str,
    arrived: dict[int, dict[str, Any]],
) -> None:
    size = each.file.stat().st_size
    step = part_size(size)
    target = {"Bucket": bucket.name, "Key": each.key, "UploadId": upload}
    with each.file.open("rb") as stream:

        def put(number: int, start: int) -> tuple[dict[str, Any], bytes]:
            data = os.pread(stream.fileno(), step, start)
            digest = hashlib.sha256(data)
            checksum = to_base64(digest.hexdigest())
            part = arrived.get(number, {})
            if not _is(part, data, checksum):
                part = bucket.client.upload_part(**target, PartNumber=number, Body=data, ChecksumSHA256=checksum)
            report(len(data))
            return {"PartNumber": number, "ETag": part["ETag"], "ChecksumSHA256": checksum}, digest.digest()

        sent: list[Future[tuple[dict[str, Any], bytes]]] = [
            pool.submit(put, number, start) for number, start in enumerate(range(0, size, step), start=1)
        ]
        try:
            parts = [future.result() for future in sent]
        finally:
            wait([future for future in sent if not future.cancel()])
    whole = hashlib.sha256(b"".join(digest for _, digest in parts)).hexdigest()
    try:
        words = {**target, "MultipartUpload": {"Parts": [part for part, _ in parts]}}
        answer = bucket.create(bucket.client.complete_multipart_upload, each.overwrite, **words)
    except bucket.client.exceptions.ClientError as error:
        _there_already(bucket, each, error)
        _abort(bucket, each.key, upload)
        return
    given = answer.get("ChecksumSHA256")
    if given and from_base64(given) != whole:
        raise altered(bucket.uri(each.key), f"parts with {from_base64(given)}", each.sha256)


def _begun(bucket: Bucket, key: str) -> tuple[str, dict[int, dict[str, Any]]]:
    """The newest interrupted upload of ``key``, with its parts; else a new one."""
    try:
        listed = bucket.client.list_multipart_uploads(Bucket=bucket.name, Prefix=key).get("Uploads", [])
    except bucket.client.exceptions.ClientError as error:
        # Without permission to list uploads, start a new one.
        if code(error) not in ("AccessDenied", "403"):
            raise
        listed = []
    ours = sorted((item for item in listed if item["Key"] == key), key=lambda item: item["Initiated"])
    if not ours:
        made = bucket.client.create_multipart_upload(Bucket=bucket.name, Key=key, ChecksumAlgorithm="SHA256")
        return made["UploadId"], {}
    upload: str = ours[-1]["UploadId"]
    pages = bucket.client.get_paginator("list_parts").paginate(Bucket=bucket.name, Key=key, UploadId=upload)
    return upload, {part["PartNumber"]: part for page in pages for part in page.get("Parts", [])}


def _is(part: Mapping[str, Any], data: bytes, checksum: str) -> bool:
    """Whether ``part`` of a listing holds ``data``. A store without SHA-256 of parts has their MD5 as ETag."""
    if given := part.get("ChecksumSHA256"):
        return bool(given == checksum)
    return bool(part) and part["ETag"].strip('"') == hashlib.md5(data, usedforsecurity=False).hexdigest()


def _there_already(bucket: Bucket, each: Sending, error: Exception) -> None:
    """Another publisher was first: accept the same bytes. One that is still at it isn't."""
    if code(error) not in ("PreconditionFailed", _CONFLICT):
        raise error
    if code(error) == _CONFLICT and "" not in bucket.objects(each.key):
        raise error
    if not same(bucket, each.key, each.file, each.sha256):
        raise altered(bucket.uri(each.key), "other bytes", each.sha256) from None
