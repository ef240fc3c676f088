"""The versions of a stack's state, told apart by what they say, with what changed from one to the next."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .checkpoint import Checkpoint, DamagedError, digest_of, read_checkpoint, uncompressed
from .copies import Copy, Kind, copies
from .layout import StackFiles
from .operations import past_operations, writer
from .stores import MissingError, Store

_AT_ONCE = 16
_CLOCKS_APART = timedelta(seconds=5)
"""Between a bucket, which dates its versions, and a machine, which dates the copies that it puts there."""


@dataclass(frozen=True)
class Version:
    """One state that the stack had. ``copies``: where it is kept, newest first.

    ``checkpoint`` is None where it is damaged, and ``damage`` then says how. ``added`` and ``removed``: URNs against
    the version before; None where that one isn't known. ``operation``: which one wrote it; empty where none that
    ended did (it was interrupted, or the state was edited).
    """

    copies: tuple[Copy, ...]
    digest: str
    checkpoint: Checkpoint | None
    damage: str = ""
    operation: str = ""
    added: tuple[str, ...] | None = None
    removed: tuple[str, ...] | None = None

    @property
    def id(self) -> str:
        """How the user names it: of several copies, the present one or that which lives longest."""
        return min(self.copies, key=lambda copy: list(Kind).index(copy.kind)).id

    @property
    def present(self) -> bool:
        """Whether it is what the engine reads now."""
        return any(copy.kind is Kind.PRESENT for copy in self.copies)

    @property
    def since(self) -> datetime:
        """When it was first seen."""
        return min(copy.when for copy in self.copies)

    @property
    def size(self) -> int:
        """Bytes, as they are kept."""
        return self.copies[0].entry.size


def versions(store: Store, files: StackFiles, limit: int = 0) -> list[Version]:
    """The newest ``limit`` versions (0: every one), newest first. Raises ``UserError`` where the backend refuses."""
    found: list[Version] = []
    for version in _newest_first(store, files):
        found.append(version)
        # One more, so that the last one's changes are known.
        if limit and len(found) > limit:
            break
    operations = past_operations(store, files)
    told = [
        replace(_against(version, before), operation=writer(operations, version.since))
        for version, before in zip(found, [*found[1:], None], strict=bool(found))
    ]
    return told[:limit] if limit else told


def newest_good(store: Store, files: StackFiles) -> Version | None:
    """The newest version that the engine would take, which is the present one unless that is damaged or gone."""
    return next((version for version in _newest_first(store, files) if version.checkpoint), None)


def present(store: Store, files: StackFiles) -> Version | None:
    """What the engine reads now, damaged or not. None: the stack isn't there."""
    for copy in copies(store, files):
        if copy.kind is Kind.PRESENT:
            return _read(store, copy)
    return None


def version_at(found: list[Version], when: datetime) -> Version | None:
    """Which of ``found`` was the newest good state at that time."""
    past = [(c.when, v) for v in found if v.checkpoint for c in v.copies if c.when <= when]
    return max(past, key=lambda pair: pair[0])[1] if past else None


def _newest_first(store: Store, files: StackFiles) -> Iterator[Version]:
    """Each version once, although the engine keeps several copies of most."""
    window = _CLOCKS_APART if store.shared else timedelta(0)
    rows: list[Version] = []
    for version in _read_all(store, copies(store, files)):
        when = version.copies[0].when
        while len(rows) > 1 and rows[0].copies[-1].when - when > window:
            yield rows.pop(0)
        same = next((row for row in reversed(rows) if _belong_together(row, version, last=row is rows[-1])), None)
        if same is None:
            rows.append(version)
            continue
        joined = replace(same, copies=same.copies + version.copies)
        if _is_certain(version) and not _is_certain(same):
            # The bucket's own order counts; the copies' times are another clock's.
            rows.remove(same)
            rows.append(joined)
        else:
            rows[rows.index(same)] = joined
    yield from rows


def _belong_together(row: Version, version: Version, *, last: bool) -> bool:
    return row.digest == version.digest and (last or not (_is_certain(row) and _is_certain(version)))


def _is_certain(version: Version) -> bool:
    return any(copy.kind in (Kind.PRESENT, Kind.VERSION) for copy in version.copies)


def _read_all(store: Store, wanted: list[Copy]) -> Iterator[Version]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for start in range(0, len(wanted), _AT_ONCE):
            for version in pool.map(lambda copy: _read(store, copy), wanted[start : start + _AT_ONCE]):
                if version is not None:
                    yield version


def _read(store: Store, copy: Copy) -> Version | None:
    try:
        content = store.read(copy.entry.key, copy.entry.version)
    except MissingError:
        return None
    try:
        checkpoint = read_checkpoint(content)
    except DamagedError as damage:
        return Version((copy,), _digest(content), None, str(damage))
    return Version((copy,), checkpoint.digest, checkpoint)


def _digest(content: bytes) -> str:
    try:
        return digest_of(uncompressed(content))
    except DamagedError:
        return digest_of(content)


def _against(version: Version, before: Version | None) -> Version:
    if before is None or version.checkpoint is None or before.checkpoint is None:
        return version
    now, then = version.checkpoint.ids, before.checkpoint.ids
    added = tuple(urn for urn in now if urn not in then)
    removed = tuple(urn for urn in then if urn not in now)
    return replace(version, added=added, removed=removed)
