"""Who holds a stack while it is to be recovered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aistacks_core.errors import UserError

from ..locks import Holder, Lock, held
from ..state.backend import backend_of
from ..state.layout import StackFiles, files_of
from ..state.stores import Store


@dataclass(frozen=True)
class Held:
    """The locks that dead processes left. ``store`` and ``files`` are None where the backend keeps them for itself."""

    store: Store | None = None
    locks: tuple[Lock, ...] = ()
    files: StackFiles | None = None

    @property
    def since(self) -> datetime | None:
        """When the run that was interrupted began, where its lock says so."""
        return min((lock.since for lock in self.locks), default=None)

    def drop(self) -> None:
        """Drop them."""
        for lock in self.locks if self.store else ():
            self.store.delete(lock.key)  # type: ignore[union-attr]


def left_by_the_dead(folder: Path, project: str, stack: str, env: Mapping[str, str]) -> Held:
    """The locks of processes that are no more.

    Raises ``UserError``, with who and since when, for one whose holder lives or can't be seen from here. Pulumi Cloud
    and other backends show us no locks: there the engine itself refuses what is held.
    """
    backend = backend_of(folder, env)
    if not backend.is_readable:
        return Held()
    store = backend.store()
    files = files_of(store, project, stack.rpartition("/")[2])
    locks = held(store, files)
    for lock in locks:
        if lock.holder is not Holder.DEAD:
            lives = lock.holder is Holder.LIVES
            raise UserError(
                f"stack {stack} in {backend.shown}",
                f"locked by {lock.shown}",
                "a stack that nobody works on",
                "Wait until it ends, or end it."
                if lives
                else "Look there whether it still works; if not, `pulumi cancel` drops the lock.",
            )
    return Held(store, tuple(locks), files)
