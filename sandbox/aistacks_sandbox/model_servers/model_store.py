"""The sandbox's model store: a package on this machine, put into the emulated bucket and proved there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aistacks_models import store


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
    return store.connect("any", endpoint=endpoint).client


def publish(built: BuiltModel, bucket: str, endpoint: str) -> bool:
    """Upload ``built`` and return whether anything was missing; what was altered is written anew.

    Raises UserError for an unverified package, and when there is no such bucket or nothing answers at ``endpoint``.
    """
    package, _ = store.Package.verified(built.folder)
    there = store.connect(bucket, endpoint=endpoint)
    return store.publish(there, built.name, package, repair=True).files > 0


def verify(name: str, digest: str, bucket: str, endpoint: str) -> None:
    """Read the whole model from the store and hold every byte against ``digest``.

    Raises UserError that names the first object which is altered, missing, or not the model's, and for a package that
    wasn't verified.
    """
    published = store.Published.open(store.connect(bucket, endpoint=endpoint), name, digest)
    published.verified()
    published.prove()
