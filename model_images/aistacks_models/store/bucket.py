"""A model store in an S3 bucket, and the operations on its objects."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from aistacks_core import aws_clients, checksums
from aistacks_core.errors import UserError
from aistacks_core.loopback import url_on_loopback

from ..aws_errors import as_user_error, code

THREADS = 8
"""Concurrent transfers."""
NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?")
DIGEST = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20
T = TypeVar("T")


@dataclass(frozen=True)
class Object:
    """An object as listed."""

    size: int
    etag: str
    modified: dt.datetime


@dataclass(frozen=True)
class Bucket:
    """A model store. ``prefix``: of all its keys, empty or ending in ``/``. ``endpoint``: empty for AWS."""

    name: str
    client: Any
    prefix: str = ""
    endpoint: str = ""

    @property
    def where(self) -> str:
        """The store, for messages."""
        return f"s3://{self.name}/{self.prefix}".rstrip("/") + (f" at {self.endpoint}" if self.endpoint else "")

    @property
    def on_loopback(self) -> bool:
        """Whether it is on this machine, as the sandbox's is."""
        return url_on_loopback(self.endpoint)

    def home(self, model: str, digest: str) -> str:
        """The key prefix of one package, ending in ``/``."""
        if not NAME.fullmatch(model) or not DIGEST.fullmatch(digest):
            raise UserError("model", f"{model}@{digest}", "a name in lower case and 64 hex digits")
        return f"{self.prefix}{model}/{digest}/"

    def uri(self, key: str) -> str:
        """An object, for messages."""
        return f"s3://{self.name}/{key}"

    def objects(self, below: str) -> dict[str, Object]:
        """Every object under the prefix ``below``, by the rest of its key."""
        return {key.removeprefix(below): item for key, item in self.walk(below)}

    def walk(self, below: str) -> Iterator[tuple[str, Object]]:
        """Key and object of everything under the prefix ``below``, sorted by key."""
        with as_user_error(self.where):
            for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=below):
                for item in page.get("Contents", []):
                    yield item["Key"], Object(item["Size"], item["ETag"], item["LastModified"])

    def read(self, key: str, most: int = 16 << 20) -> bytes:
        """A small object's bytes. Raises `UserError` for more than ``most``."""

        def take(body: Any) -> bytes:
            data = bytearray()
            # To the end: only there botocore sees that an answer was cut off.
            for chunk in body.iter_chunks(_CHUNK):
                data += chunk
                if len(data) > most:
                    break
            return bytes(data)

        data = self._taken(key, take)
        if len(data) > most:
            raise UserError(self.uri(key), "more bytes than it can have", f"at most {most}")
        return data

    def sha256(self, key: str) -> str:
        """SHA-256 of an object, by reading it."""

        def take(body: Any) -> str:
            digest = hashlib.sha256()
            for chunk in body.iter_chunks(_CHUNK):
                digest.update(chunk)
            return digest.hexdigest()

        return self._taken(key, take)

    def _taken(self, key: str, take: Callable[[Any], T]) -> T:
        """What ``take`` makes of an object's body; boto3 repeats requests, but not answers that were cut off."""
        from botocore.exceptions import HTTPClientError, IncompleteReadError
        from urllib3.exceptions import HTTPError

        with as_user_error(self.where):
            for left in range(aws_clients.ATTEMPTS - 1, -1, -1):
                body = self.client.get_object(Bucket=self.name, Key=key)["Body"]
                try:
                    return take(body)
                except (HTTPClientError, IncompleteReadError, HTTPError):
                    if not left:
                        raise
            raise AssertionError("unreachable")

    def checksum(self, key: str) -> str | None:
        """The SHA-256 that the store keeps of an object, in hex; for a multipart upload, the checksum of checksums."""
        with as_user_error(self.where):
            answer = self.client.head_object(Bucket=self.name, Key=key, ChecksumMode="ENABLED")
        given = answer.get("ChecksumSHA256")
        return from_base64(given) if given else None

    def put(self, key: str, data: bytes, *, overwrite: bool = False) -> None:
        """Write a small object in one request. Without ``overwrite``, an existing one must have the same content."""
        digest = checksums.sha256(data)
        with as_user_error(self.where):
            try:
                words = {"Key": key, "Body": data, "ChecksumSHA256": to_base64(digest)}
                self.create(self.client.put_object, overwrite, **words)
            except self.client.exceptions.ClientError as error:
                if code(error) != "PreconditionFailed":
                    raise
        if not overwrite and self.read(key) != data:
            raise altered(self.uri(key), "other bytes", digest)

    def create(self, call: Callable[..., Any], overwrite: bool, **words: Any) -> Any:
        """Create an object by boto3's ``call``. Without ``overwrite`` S3 answers ``PreconditionFailed`` if it exists.

        A store without conditional writes is called without the condition.
        """
        words["Bucket"] = self.name
        if not overwrite:
            try:
                return call(**words, IfNoneMatch="*")
            except self.client.exceptions.ClientError as error:
                if code(error) != "NotImplemented":
                    raise
            if hasattr(words.get("Body"), "seek"):
                words["Body"].seek(0)
        return call(**words)

    def delete(self, keys: Sequence[str]) -> None:
        """Remove objects, at most a thousand in a request."""
        with as_user_error(self.where):
            for start in range(0, len(keys), 1000):
                some = [{"Key": key} for key in keys[start : start + 1000]]
                answer = self.client.delete_objects(Bucket=self.name, Delete={"Objects": some, "Quiet": True})
                for error in answer.get("Errors", []):
                    raise UserError(self.uri(error["Key"]), error.get("Code", "an error"), "permission to delete it")


def connect(name: str, *, prefix: str = "", endpoint: str = "", region: str = "", profile: str = "") -> Bucket:
    """The store in the bucket ``name``. No request is made yet.

    ``endpoint``: URL of an S3-compatible store. On loopback (the sandbox's) there is no proxy, and dummy
    credentials are used where ``profile`` names none. Raises `UserError` for an unknown profile, and for
    an endpoint that isn't a URL.
    """
    from boto3.session import Session

    if prefix and not prefix.endswith("/"):
        raise UserError("prefix", repr(prefix), "nothing, or a prefix that ends in /")
    here = url_on_loopback(endpoint)
    dummy = "test" if here and not profile else None
    more: dict[str, Any] = {"proxies": {}} if here else {}
    if endpoint:
        more["s3"] = {"addressing_style": "path"}
    config = aws_clients.config(
        max_pool_connections=2 * THREADS,
        # Every byte is hashed by the caller anyway.
        response_checksum_validation="when_required",
        **more,
    )
    where = f"s3://{name}" + (f" at {endpoint}" if endpoint else "")
    with as_user_error(where):
        session = Session(dummy, dummy, None, region or ("us-east-1" if here else None), None, profile or None)
        try:
            client = session.client("s3", endpoint_url=endpoint or None, config=config)
        except ValueError as error:
            raise UserError(
                where, str(error), "a URL such as https://storage.example as the store's endpoint"
            ) from None
        aws_clients.repeat_conflicts(client)
        return Bucket(name, client, prefix, endpoint)


def altered(where: str, got: str, expected: str) -> UserError:
    """The error for a file that doesn't match its digest."""
    todo = "It was altered: publish the model again (--repair), or delete it."
    return UserError(where, got, f"sha256 {expected}", todo)


def to_base64(digest: str) -> str:
    """A hex digest as S3 writes checksums."""
    return base64.b64encode(bytes.fromhex(digest)).decode()


def from_base64(checksum: str) -> str:
    """S3's checksum, without the number of parts, as hex."""
    return base64.b64decode(checksum.partition("-")[0]).hex()
