"""The model store's bucket: a model lies at ``<model>/<digest>/``, and the digest proves every byte of it."""

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from aistacks.errors import UserError
from aistacks_models import checksums

_CHUNK = 1 << 20


@dataclass(frozen=True)
class BuiltModel:
    """A whole package on this machine: its files, and the digest that proves them."""

    name: str
    digest: str
    folder: Path

    @property
    def prefix(self) -> str:
        """Where it lies in a bucket, for example ``digits/<digest>/``."""
        return prefix(self.name, self.digest)


def prefix(name: str, digest: str) -> str:
    """The key under which everything of one model lies."""
    return f"{name}/{digest}/"


def client(endpoint: str) -> Any:
    """An S3 client of the emulator: dummy keys, path-style, never through a proxy."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106
        config=Config(s3={"addressing_style": "path"}, proxies={}, retries={"max_attempts": 3}),
    )


def publish(built: BuiltModel, bucket: str, endpoint: str) -> bool:
    """Upload ``built`` and return whether anything was missing.

    ``SHA256SUMS`` goes last, so a model that was cut off in the middle doesn't count as published; what had
    arrived is not sent again. Raises UserError when there is no such bucket or nothing answers at
    ``endpoint``.
    """
    s3 = client(endpoint)
    names = [*checksums.files_of(built.folder), checksums.SUMS]
    sent = False
    with _told(bucket, endpoint):
        there = _listing(s3, bucket, built.prefix)
        for name in names:
            file = built.folder / name
            digest = _sha256(file)
            if there.get(name) == file.stat().st_size and _recorded(s3, bucket, built.prefix + name) == digest:
                continue
            s3.upload_file(
                str(file),
                bucket,
                built.prefix + name,
                ExtraArgs={"ChecksumAlgorithm": "SHA256", "Metadata": {"sha256": digest}},
                Config=TransferConfig(use_threads=False),
            )
            sent = True
    return sent


def verify(name: str, digest: str, bucket: str, endpoint: str) -> None:
    """Read the whole model from the store and hold every byte against ``digest``.

    Raises UserError that names the first object which is altered, missing, or not the model's.
    """
    s3 = client(endpoint)
    home = prefix(name, digest)
    again = "Delete it and publish the model again."
    with _told(bucket, endpoint):
        there = _listing(s3, bucket, home)
        if checksums.SUMS not in there:
            raise UserError(f"s3://{bucket}/{home}", f"no {checksums.SUMS}", "a published model", "Publish it.")
        text = s3.get_object(Bucket=bucket, Key=home + checksums.SUMS)["Body"].read()
        _same(f"s3://{bucket}/{home}{checksums.SUMS}", checksums.sha256(text), digest)
        try:
            sums = checksums.parse(text)
        except ValueError as error:
            raise UserError(f"s3://{bucket}/{home}{checksums.SUMS}", str(error), "checksums", again) from error
        if wrong := checksums.difference(sums, there.keys() - {checksums.SUMS}):
            raise UserError(f"s3://{bucket}/{home}", wrong, f"exactly the files of {checksums.SUMS}", again)
        for file, expected in sums.items():
            body = s3.get_object(Bucket=bucket, Key=home + file)["Body"]
            got = hashlib.sha256()
            for chunk in body.iter_chunks(_CHUNK):
                got.update(chunk)
            _same(f"s3://{bucket}/{home}{file}", got.hexdigest(), expected)


def _same(where: str, got: str, expected: str) -> None:
    if got != expected:
        raise UserError(where, f"sha256 {got}", expected, "It was altered: delete it and publish the model again.")


def _listing(s3: Any, bucket: str, home: str) -> dict[str, int]:
    """Relative name → size in bytes of everything under ``home``."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=home)
    found = (item for page in pages for item in page.get("Contents", []))
    return {item["Key"].removeprefix(home): item["Size"] for item in found}


def _recorded(s3: Any, bucket: str, key: str) -> str | None:
    recorded: str | None = s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("sha256")
    return recorded


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextlib.contextmanager
def _told(bucket: str, endpoint: str) -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError, boto3.exceptions.S3UploadFailedError) as error:
        raise UserError(f"s3://{bucket} at {endpoint}", str(error), "a bucket that takes and gives models") from error
