"""A model's package as files on this machine, as it is handed from what builds it to what serves it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ModelPackage:
    """A whole package: its files below ``folder``, and the digest of its `SHA256SUMS`, which proves them."""

    name: str
    digest: str
    folder: Path

    @property
    def prefix(self) -> str:
        """Where it lies in a store, for example ``digits/<digest>/``."""
        return store_prefix(self.name, self.digest)


def store_prefix(name: str, digest: str) -> str:
    """The key under which everything of one model lies in a store."""
    return f"{name}/{digest}/"


@dataclass(frozen=True)
class StoreAddress:
    """A bucket of an S3-compatible store. ``endpoint``: its URL."""

    bucket: str
    endpoint: str
