"""Every copy of a stack's checkpoint: the one in use, old versions of it, and what the engine kept besides."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from .layout import SUFFIXES, StackFiles
from .stores import Entry, Store

_NANOSECONDS = re.compile(r"[.-](\d{18,20})(?=\.|$)")


class Kind(enum.Enum):
    """Why the copy is there."""

    PRESENT = "present"
    VERSION = "version"
    """An old version that the bucket keeps."""
    HISTORY = "history"
    """Copied at the end of an operation."""
    BACKUP = "backup"
    """Copied at the end of an operation, or before a state was put back."""
    BEFORE = "before"
    """What the last write replaced (``.bak``)."""
    RETAINED = "retained"
    """Kept of every write, by ``PULUMI_RETAIN_CHECKPOINTS``."""


@dataclass(frozen=True)
class Copy:
    """``when``: a time at which this was the state."""

    kind: Kind
    entry: Entry
    when: datetime

    @property
    def id(self) -> str:
        """How the user names it."""
        return self.entry.version or self.entry.key.rpartition("/")[2]


def present_key(store: Store, files: StackFiles) -> str:
    """The key that the engine reads: of those that differ by compression, the one written last."""
    there = _checkpoints(store.entries(files.folder), files)
    return max(there, key=lambda entry: entry.modified).key if there else files.checkpoint


def copies(store: Store, files: StackFiles) -> list[Copy]:
    """Every copy, newest first. Only names and times are read."""
    beside = store.entries(files.folder)
    there = _checkpoints(beside, files)
    key = max(there, key=lambda entry: entry.modified).key if there else files.checkpoint
    found = [*_versions(store, files, key, there)]
    versioned = any(copy.kind is Kind.VERSION for copy in found)
    for entry in beside:
        base = next((e.key for e in there if entry.key.startswith(f"{e.key}.")), files.checkpoint)
        rest = entry.key.removeprefix(base)
        if rest.removeprefix(".gz").removeprefix(".zst") == ".bak" and not versioned:
            found.append(Copy(Kind.BEFORE, entry, entry.modified))
        elif re.fullmatch(r"(\.gz|\.zst)?\.\d{18,20}", rest):
            found.append(Copy(Kind.RETAINED, entry, _noted(entry)))
    for kind, folder, part in (
        (Kind.HISTORY, files.history, ".checkpoint.json"),
        (Kind.BACKUP, files.backups, ".json"),
    ):
        found += [Copy(kind, entry, _noted(entry)) for entry in store.entries(folder) if part in entry.key]
    # Versions of one second stay in the order in which the bucket lists them.
    return sorted(found, key=lambda copy: copy.when, reverse=True)


def _checkpoints(beside: list[Entry], files: StackFiles) -> list[Entry]:
    keys = {files.checkpoint + suffix for suffix in SUFFIXES}
    return [entry for entry in beside if entry.key in keys]


def _versions(store: Store, files: StackFiles, key: str, there: list[Entry]) -> Iterator[Copy]:
    present = next((entry for entry in there if entry.key == key), None)
    old = [entry for suffix in SUFFIXES for entry in store.versions(files.checkpoint + suffix) or []]
    if present:
        now = next((entry for entry in old if entry.key == key and entry.latest), present)
        old = [entry for entry in old if entry is not now]
        yield Copy(Kind.PRESENT, now, now.modified)
    for entry in old:
        yield Copy(Kind.VERSION, entry, entry.modified)


def _noted(entry: Entry) -> datetime:
    """When the engine wrote the file, as its name says; a copied folder has other times."""
    found = _NANOSECONDS.search(entry.key.rpartition("/")[2])
    return datetime.fromtimestamp(int(found[1]) / 1e9, UTC) if found else entry.modified
