"""S3: the rules of bucket names beyond their length."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from moto.s3.exceptions import InvalidBucketName
from moto.s3.models import S3Backend

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def apply() -> None:
    """Refuse a bucket whose name AWS would refuse."""
    plain: Any = S3Backend.create_bucket

    def create_bucket(self: S3Backend, bucket_name: str, *args: Any, **kwargs: Any) -> Any:
        if not _valid(bucket_name):
            raise InvalidBucketName
        return plain(self, bucket_name, *args, **kwargs)

    S3Backend.create_bucket = create_bucket  # type: ignore[method-assign]


def _valid(name: str) -> bool:
    reserved = name.startswith(_PREFIXES) or name.endswith(_SUFFIXES)
    return bool(_NAME.fullmatch(name)) and ".." not in name and not reserved and not _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return False
    return True
