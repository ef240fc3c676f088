"""Puts an older version of a stack's state back, and keeps the one that was there."""

from __future__ import annotations

import time
from dataclasses import dataclass

from aistacks_core.errors import UserError

from . import locks
from .state.checkpoint import DamagedError, compressed_as, digest_of, read_checkpoint, uncompressed
from .state.copies import present_key
from .state.file_store import FileStore
from .state.layout import SUFFIXES, StackFiles
from .state.stores import MissingError, Store
from .state.versions import Version, newest_good, present


@dataclass(frozen=True)
class Difference:
    """What a state that is put back changes of what the engine knows: URN → id.

    ``forgotten``: is in the present state only, so it stays in the cloud and nobody owns it. ``known_again``: is in
    the old one only, and may be gone from the cloud. ``other``: both know it, by another id.
    """

    forgotten: dict[str, str]
    known_again: dict[str, str]
    other: dict[str, str]


def difference(now: Version | None, then: Version) -> Difference | None:
    """What putting ``then`` back changes. None: the present state can't be read, so nobody can say."""
    if then.checkpoint is None or (now is not None and now.checkpoint is None):
        return None
    present_ids = now.checkpoint.ids if now and now.checkpoint else {}
    ids = then.checkpoint.ids
    return Difference(
        {urn: each for urn, each in present_ids.items() if urn not in ids},
        {urn: each for urn, each in ids.items() if urn not in present_ids},
        {urn: each for urn, each in ids.items() if urn in present_ids and present_ids[urn] != each},
    )


def restore(store: Store, files: StackFiles, version: Version, where: str) -> str:
    """Make ``version`` the present state; the key under which the one before is kept (empty: there was none).

    Nobody else can begin an update meanwhile. Raises ``UserError`` where somebody works on the stack, or where the
    version isn't any more what it was when it was listed; then nothing is changed.
    """
    with locks.holding(store, files, where):
        return _put_back(store, files, version, where)


def mend(store: Store, files: StackFiles, where: str) -> list[str]:
    """Put right, without asking, what a killed process left half-written, and say what was done, a line each.

    For whoever holds the stack already, as the sandbox's commands do: no lock is looked at. A checkpoint that is
    damaged, or gone though there are copies of it, is replaced by the newest good one; in a folder, attributes of the
    engine's files that can't be read are dropped (the engine stops at them with "EOF"). Raises ``UserError`` where
    the state is damaged and no copy of it is good.
    """
    done = []
    if isinstance(store, FileStore):
        done += mend_attributes(store, files)
    now = present(store, files)
    if now is None or now.checkpoint is not None:
        return done
    good = newest_good(store, files)
    if good is None:
        raise no_good_version(store, files, now, where)
    kept = _put_back(store, files, good, where)
    count = len(good.checkpoint.ids) if good.checkpoint else 0
    done.append(
        f"the state of {files.shown} was damaged ({now.damage}); put back from {good.id}, as it was"
        f" {good.copies[0].when:%Y-%m-%d %H:%M:%S} UTC with {count} resources; the damaged one is {store.shown(kept)}"
    )
    return done


def mend_attributes(store: FileStore, files: StackFiles) -> list[str]:
    """Drop attributes that can't be read, of any file that the engine reads for this stack; a line for each."""
    done = []
    for key in damaged_attributes(store, files):
        store.drop_attributes(key)
        done.append(f"the attributes of {store.shown(key)} were cut off; dropped, for they aren't needed")
    return done


def damaged_attributes(store: FileStore, files: StackFiles) -> list[str]:
    """Keys whose attributes can't be read, of all that the engine reads for this stack."""
    folders = (".pulumi", files.folder, files.locks, files.history, files.backups)
    return [key for folder in folders for key in store.damaged_attributes(folder)]


def no_good_version(store: Store, files: StackFiles, now: Version | None, where: str) -> UserError:
    """The error for a stack of whose state nothing is left that can be used."""
    got = f"a state that is {now.damage}" if now else "no state"
    todo = (
        "`pulumi stack init`, then take in what exists: `aistacks orphans` lists what carries the stack's tags."
        if now is None
        else f"Look at {store.shown(present_key(store, files))}; nothing was changed."
    )
    return UserError(f"{where} ({files.shown})", got, "one good copy of it", todo)


def _put_back(store: Store, files: StackFiles, version: Version, where: str) -> str:
    plain = _plain(store, version, where)
    key = present_key(store, files)
    kept = _keep_present(store, files, key)
    suffix = next(suffix for suffix in reversed(SUFFIXES) if key.endswith(suffix))
    store.write(key, compressed_as(suffix, plain))
    if digest_of(uncompressed(store.read(key))) != version.digest:
        raise UserError(store.shown(key), "other bytes than were written", "those of the version", "Try it again.")
    return kept


def _plain(store: Store, version: Version, where: str) -> bytes:
    """The version's bytes, uncompressed, read anew and found to be what they were."""
    for copy in version.copies:
        try:
            plain = uncompressed(store.read(copy.entry.key, copy.entry.version))
            if read_checkpoint(plain).digest == version.digest:
                return plain
        except (MissingError, DamagedError):
            continue
    raise UserError(where, f"no copy of {version.id} any more", "one that can be read", "List the versions again.")


def _keep_present(store: Store, files: StackFiles, key: str) -> str:
    """Copy what is there, damaged or not, among the backups, as the engine names them."""
    try:
        content = store.read(key)
    except MissingError:
        return ""
    suffix = key.removeprefix(files.checkpoint)
    kept = f"{files.backups}/{files.stack}.{time.time_ns()}.json{suffix}"
    store.write(kept, content)
    return kept
