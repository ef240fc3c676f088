"""What a look-up answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Found:
    """One thing that exists, and may be what a resource was to make.

    ``id``: as the provider would have given it. ``certain``: found by a name or key that only one thing can have, or
    by all of the tags and fields that identify it. ``shown``: its ARN, or kind/namespace/name, for people.
    ``import_id``: what ``pulumi import`` expects; empty where that is the id, too. ``importable``: false where the
    provider can't import the type; making it again does no harm then. ``note``: what its making may have left undone.
    """

    id: str
    certain: bool
    created: datetime | None = None
    shown: str = ""
    import_id: str = ""
    importable: bool = True
    note: str = ""

    @property
    def imported_as(self) -> str:
        """What ``pulumi import`` expects."""
        return self.import_id or self.id


class NoLookup(Exception):  # noqa: N818
    """Nobody taught us to look this type up, or what would identify it isn't known. Its text is the reason."""
