"""Garbage collection: plans and performs the removal of packages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from aistacks_core import checksums
from aistacks_core.errors import UserError

from .bucket import Bucket
from .catalogue import Entry
from .upload import abort_all


@dataclass(frozen=True)
class Rules:
    """Unreferenced packages that are kept: the ``newest`` of each model, and all younger than ``days``."""

    newest: int = 5
    days: int = 30


@dataclass(frozen=True)
class Plan:
    """What a collection removes and keeps. ``kept``: each with its reason."""

    removed: tuple[Entry, ...]
    kept: tuple[tuple[Entry, str], ...]

    @property
    def bytes(self) -> int:
        """Total size of the removed packages."""
        return sum(each.bytes for each in self.removed)


def plan(found: Iterable[Entry], referenced: Collection[str], rules: Rules, now: dt.datetime) -> Plan:
    """Decide about ``found``. ``referenced``: digests in use, which are always kept."""
    if rules.newest < 1 or rules.days < 0:
        raise UserError("collect", f"newest {rules.newest}, days {rules.days}", "at least 1 and 0")
    removed: list[Entry] = []
    kept: list[tuple[Entry, str]] = []
    whole: dict[str, int] = {}
    ordered = sorted(found, key=lambda e: (e.published or e.newest, e.digest), reverse=True)
    for each in ordered:
        rank = whole[each.model] = whole.get(each.model, 0) + (each.published is not None)
        if each.digest in referenced:
            kept.append((each, "named"))
        elif each.published and rank <= rules.newest:
            kept.append((each, f"one of the newest {rules.newest}"))
        elif now - each.newest < dt.timedelta(days=rules.days):
            kept.append((each, f"younger than {rules.days} days"))
        else:
            removed.append(each)
    return Plan(tuple(removed), tuple(kept))


def remove(bucket: Bucket, entry: Entry) -> None:
    """Remove a package: `SHA256SUMS` first, so that a partial removal leaves no valid package.

    Raises `UserError` where an object was added since ``entry`` was listed, and removes nothing then.
    """
    home = bucket.home(entry.model, entry.digest)
    objects = bucket.objects(home)
    if any(item.modified > entry.newest for item in objects.values()):
        raise UserError(bucket.uri(home), "objects added meanwhile", "what was listed", "Collect again.")
    if checksums.SUMS in objects:
        bucket.delete([home + checksums.SUMS])
    bucket.delete([home + name for name in objects if name != checksums.SUMS])
    abort_all(bucket, home)
