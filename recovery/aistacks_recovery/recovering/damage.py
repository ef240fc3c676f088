"""A state that the interrupted run left half-written, before anything can be looked up in it."""

from __future__ import annotations

from .. import locks, restoring
from ..state.file_store import FileStore
from ..state.versions import newest_good, present
from .holders import Held


def damage(held: Held) -> str:
    """What is wrong with the state, and which version is put back; "" where the engine can read it.

    Raises ``UserError`` where no whole version is left.
    """
    if held.store is None or held.files is None:
        return ""
    now = present(held.store, held.files)
    if now is not None and now.checkpoint is None:
        good = newest_good(held.store, held.files)
        if good is None:
            raise restoring.no_good_version(held.store, held.files, now, "aistacks recover")
        when = f"{good.copies[0].when:%Y-%m-%d %H:%M:%S} UTC"
        return f"the state is damaged ({now.damage}); {good.id} of {when}, the newest whole version, is put back"
    if isinstance(held.store, FileStore) and (cut := restoring.damaged_attributes(held.store, held.files)):
        return f"the engine stops at the attributes of {', '.join(cut)}, cut off; they are dropped"
    return ""


def mend(held: Held) -> list[str]:
    """Put it right and say what was done, a line each. The damaged state is kept; nobody works on it meanwhile."""
    assert held.store and held.files  # noqa: S101 (there is damage)
    held.drop()
    with locks.holding(held.store, held.files, "aistacks recover"):
        return restoring.mend(held.store, held.files, "aistacks recover")
