"""Where a backend keeps its files, by key, whatever it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class MissingError(Exception):
    """Nothing is kept under that key."""


@dataclass(frozen=True)
class Entry:
    """One file. ``modified``: in UTC. ``size``: bytes. ``version``: where the store keeps old ones, which one."""

    key: str
    modified: datetime
    size: int
    version: str = ""
    latest: bool = True
    """Whether it is what the key holds now."""


class Store(Protocol):
    """Files by key; ``/`` separates folders."""

    @property
    def shared(self) -> bool:
        """Whether several machines work on it."""

    def shown(self, key: str) -> str:
        """Where the file lies, for people."""

    def entries(self, folder: str) -> list[Entry]:
        """What lies directly in ``folder``, by key; nothing where there is no such folder."""

    def read(self, key: str, version: str = "") -> bytes:
        """The file's bytes. Raises ``MissingError``."""

    def write(self, key: str, content: bytes) -> None:
        """Put the file there, whole or not at all; when this returns it outlives a crash of the machine."""

    def delete(self, key: str) -> None:
        """Drop the file, if it is there."""

    def versions(self, key: str) -> list[Entry] | None:
        """Every version of the file that the store keeps, newest first. None: it keeps none."""
