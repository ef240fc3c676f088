"""A checkpoint as a backend keeps it: its bytes, whether they can be used, and what they say."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..deployment import Deployment, read
from ..integrity import BrokenError, check

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_FORMATS = (1, 2, 3, 4)
"""Versions of the file's format that the engine still reads (pkg/resource/stack of pulumi 3.259, read 2026-11-30)."""


class DamagedError(Exception):
    """The bytes are no checkpoint that the engine would use. Its text says why, in a few words."""


@dataclass(frozen=True)
class Checkpoint:
    """``digest``: of the uncompressed bytes. ``engine``: the version that wrote it; empty in a new stack's."""

    digest: str
    deployment: Deployment
    engine: str

    @property
    def ids(self) -> dict[str, str]:
        """URN → id of each resource that exists outside the state."""
        return {
            r.urn: r.id
            for r in self.deployment.resources
            if r.custom and r.id and not r.external and not r.type.startswith("pulumi:")
        }


def read_checkpoint(content: bytes) -> Checkpoint:
    """What ``content``, compressed or not, says. Raises ``DamagedError`` where the engine would refuse it."""
    plain = uncompressed(content)
    if not plain.strip():
        raise DamagedError("empty")
    try:
        whole = json.loads(plain)
    except ValueError:
        raise DamagedError("cut off, or no JSON") from None
    checkpoint = _checkpoint(whole)
    latest = checkpoint.get("latest")
    if latest is not None:
        try:
            check(latest)
        except BrokenError as broken:
            raise DamagedError(str(broken)) from None
        except (AttributeError, KeyError, TypeError, IndexError):
            raise DamagedError("no deployment: a field has another shape") from None
    engine = _mapping(_mapping(latest).get("manifest")).get("version")
    return Checkpoint(digest_of(plain), read(latest), str(engine or ""))


def _checkpoint(whole: Any) -> Mapping[str, Any]:
    version = _mapping(whole).get("version", 0)
    # A new stack's has version 0, and nothing in it; one from before versions has no such key, and is the checkpoint.
    found = whole if version == 0 and "stack" in _mapping(whole) else _mapping(whole).get("checkpoint")
    if not isinstance(found, Mapping) or "stack" not in found:
        raise DamagedError("JSON, but no checkpoint")
    if version not in (0, *_FORMATS):
        raise DamagedError(f"a checkpoint of version {version!r}")
    return found


def digest_of(plain: bytes) -> str:
    return hashlib.sha256(plain).hexdigest()


def uncompressed(content: bytes) -> bytes:
    """``content`` without its compression, which its first bytes tell. Raises ``DamagedError``."""
    try:
        if content.startswith(_GZIP):
            return gzip.decompress(content)
        if content.startswith(_ZSTD):
            return _from_zstandard(content)
    except (OSError, EOFError, zlib.error, ValueError):
        raise DamagedError("its compression is cut off or broken") from None
    return content


def compressed_as(suffix: str, plain: bytes) -> bytes:
    """``plain`` in the compression of a key that ends in ``suffix``: ``.gz``, ``.zst``, or another one for none."""
    if suffix == ".gz":
        return gzip.compress(plain)
    if suffix == ".zst":
        return _to_zstandard(plain)
    return plain


def _from_zstandard(content: bytes) -> bytes:
    import zstandard

    reader = zstandard.ZstdDecompressor().decompressobj()  # a frame needn't say how long it is
    try:
        plain = bytes(reader.decompress(content))
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from None
    if not reader.eof:
        raise EOFError
    return plain


def _to_zstandard(plain: bytes) -> bytes:
    import zstandard

    return bytes(zstandard.ZstdCompressor().compress(plain))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
