"""Server-side copies from one store to another: object by object, `SHA256SUMS` last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aistacks_core import checksums
from aistacks_core.errors import UserError

from .bucket import Bucket, altered, from_base64
from .published import Published, in_parallel
from .upload import abort_all

MOST = 5 * 10**9
"""Largest object of one CopyObject request (S3 API Reference, read 2026-11-27); larger ones are copied in parts."""


def copy(source: Published, target: Bucket, *, report: Callable[[int], None] = lambda _: None) -> int:
    """Copy ``source`` into ``target`` under the same name and digest; returns the number of objects copied.

    The target's own encryption applies. Each copy is verified: by the SHA-256 that the store computes while it copies,
    or, where the store returns none of the whole object, by reading it. An interrupted copy leaves no valid package,
    and the same call resumes it. Raises `UserError` naming the first object that isn't as its sum says.
    """
    if source.bucket.endpoint != target.endpoint:
        todo = "Pull the model and publish it there."
        raise UserError(target.where, f"another service than {source.bucket.where}", "buckets of one service", todo)
    home = target.home(source.model, source.digest)
    there = target.objects(home)
    complete = checksums.SUMS in there
    copied: list[str] = []

    def bring(name: str) -> None:
        expected, size = source.sums[name], source.objects[name].size
        if name in there and there[name].size == size and _is(target, home + name, expected):
            report(size)
            return
        if name in there and complete:
            raise altered(target.uri(home + name), "other bytes", expected)
        _one(source, name, target, home + name)
        copied.append(name)
        report(size)

    in_parallel(target, bring, source.sums)
    if signature := source.signature():
        target.put(home + checksums.SIGNATURE, signature.to_bytes(), overwrite=True)
    if not complete:
        target.put(home + checksums.SUMS, source.text)
        copied.append(checksums.SUMS)
    abort_all(target, home)
    Published.open(target, source.model, source.digest)
    return len(copied)


def _one(source: Published, name: str, target: Bucket, key: str) -> None:
    there, expected = source.objects[name], source.sums[name]
    place = {"Bucket": source.bucket.name, "Key": source.home + name}
    request: dict[str, Any] = {
        "Bucket": target.name,
        "Key": key,
        "CopySource": place,
    }
    # Without "REPLACE" S3 requires permission to read the source's tags.
    more = {"ChecksumAlgorithm": "SHA256", "TaggingDirective": "REPLACE", "CopySourceIfMatch": there.etag}
    computed = None
    if there.size <= MOST:
        answer = target.client.copy_object(**request, **more)["CopyObjectResult"]
        computed = answer.get("ChecksumSHA256")
    else:
        from boto3.s3.transfer import TransferConfig

        config = TransferConfig(multipart_threshold=MOST, multipart_chunksize=min(MOST, 512 << 20))
        target.client.copy(place, target.name, key, ExtraArgs=more, SourceClient=source.bucket.client, Config=config)
    if computed and from_base64(computed) == expected:
        return
    if (got := target.sha256(key)) != expected:
        raise altered(source.where + name, f"sha256 {got}", expected)


def _is(bucket: Bucket, key: str, expected: str) -> bool:
    return bucket.checksum(key) == expected or bucket.sha256(key) == expected
