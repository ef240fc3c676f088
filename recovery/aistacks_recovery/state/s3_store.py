"""A backend in an S3 bucket (``s3://…``), as the engine keeps it there."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from aistacks_core.errors import UserError

from .stores import Entry, MissingError

_ATTEMPTS = 8
"""Of one call, the first included; botocore waits between them."""
_MISSING = ("NoSuchKey", "NoSuchVersion", "404")


@dataclass(frozen=True)
class S3Store:
    """The objects of ``bucket`` below ``prefix`` (empty, or with a ``/`` at its end).

    ``query``: the parameters of the backend's URL, under the engine's names. The credentials are the user's own.
    """

    bucket: str
    prefix: str = ""
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def shared(self) -> bool:
        return True

    @functools.cached_property
    def _s3(self) -> Any:
        asked = self.query
        plain = _on(asked, "disable_https", "disableSSL")
        s3: dict[str, Any] = {"use_accelerate_endpoint": _on(asked, "accelerate")}
        if _on(asked, "use_path_style", "s3ForcePathStyle"):
            s3["addressing_style"] = "path"
        options: Any = {"s3": s3}
        if _on(asked, "anonymous"):
            options["signature_version"] = UNSIGNED
        config = Config(
            retries={"mode": "standard", "max_attempts": _ATTEMPTS},
            user_agent_extra="aistacks-recovery",
            max_pool_connections=16,
            use_dualstack_endpoint=_on(asked, "dualstack"),
            use_fips_endpoint=_on(asked, "fips"),
            **options,
        )
        endpoint = asked.get("endpoint") or None
        if endpoint and "://" not in endpoint:
            endpoint = f"{'http' if plain else 'https'}://{endpoint}"
        with self._told():
            session = boto3.Session(profile_name=asked.get("profile") or None, region_name=asked.get("region") or None)
            # Its region is asked of S3 itself where nobody names one.
            region = session.region_name or "us-east-1"
            return session.client("s3", region_name=region, endpoint_url=endpoint, use_ssl=not plain, config=config)

    def shown(self, key: str) -> str:
        return f"s3://{self.bucket}/{self.prefix}{key}"

    def entries(self, folder: str) -> list[Entry]:
        found: list[Entry] = []
        with self._told():
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=f"{self.prefix}{folder}/", Delimiter="/"
            )
            for page in pages:
                found += [
                    Entry(self._own(each["Key"]), each["LastModified"], each["Size"])
                    for each in page.get("Contents", [])
                ]
        return found

    def read(self, key: str, version: str = "") -> bytes:
        asked = {"VersionId": version} if version else {}
        with self._told(key):
            body: bytes = self._s3.get_object(Bucket=self.bucket, Key=self.prefix + key, **asked)["Body"].read()
            return body

    def write(self, key: str, content: bytes) -> None:
        encryption = {
            name: value
            for name, value in (
                ("ServerSideEncryption", self.query.get("ssetype", "")),
                ("SSEKMSKeyId", self.query.get("kmskeyid", "")),
            )
            if value
        }
        with self._told():
            self._s3.put_object(
                Bucket=self.bucket, Key=self.prefix + key, Body=content, ContentType="application/json", **encryption
            )

    def delete(self, key: str) -> None:
        with self._told():
            self._s3.delete_object(Bucket=self.bucket, Key=self.prefix + key)

    def versions(self, key: str) -> list[Entry] | None:
        with self._told():
            if self._s3.get_bucket_versioning(Bucket=self.bucket).get("Status") is None:
                return None
            pages = self._s3.get_paginator("list_object_versions").paginate(
                Bucket=self.bucket, Prefix=self.prefix + key
            )
            return [
                Entry(key, each["LastModified"], each["Size"], each["VersionId"], each["IsLatest"])
                for page in pages
                for each in page.get("Versions", [])
                # The prefix is the beginning of other keys, too.
                if each["Key"] == self.prefix + key
            ]

    def turn_versioning_on(self) -> str:
        """The command that makes the bucket keep versions."""
        return f"aws s3api put-bucket-versioning --bucket {self.bucket} --versioning-configuration Status=Enabled"

    def _own(self, key: str) -> str:
        return key.removeprefix(self.prefix)

    @contextmanager
    def _told(self, key: str = "") -> Iterator[None]:
        """What S3 refuses, as the user's own mistake in one line."""
        try:
            yield
        except ClientError as error:
            about = error.response.get("Error", {})
            code = about.get("Code", "")
            if key and code in _MISSING:
                raise MissingError(key) from None
            got = f"{code} ({about.get('Message') or 'no reason given'}) of {error.operation_name}"
            raise UserError(self.shown(key), got, "a bucket that these credentials may read and write") from None
        except BotoCoreError as error:
            raise UserError(self.shown(key), str(error), "a bucket that answers, and credentials for it") from None


def _on(query: Mapping[str, str], *names: str) -> bool:
    return any(query.get(name, "").lower() in ("1", "t", "true", "y", "yes") for name in names)
