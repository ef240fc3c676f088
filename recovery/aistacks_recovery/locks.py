"""The locks that the engine keeps in its own backends: who holds one, and whether that process still lives.

The engine writes a lock before an update and drops it afterwards; a process that was killed leaves it behind.
"""

from __future__ import annotations

import contextlib
import enum
import getpass
import json
import os
import re
import socket
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psutil

from aistacks_core.errors import UserError

from .state.layout import StackFiles
from .state.stores import MissingError, Store

_ENGINE = "pulumi"
_NAMELESS = ("", "localhost", "localhost.localdomain")
"""Host names that many machines have."""
_CLOCKS = timedelta(seconds=2)
"""By how much a start time and a lock's time may differ by their resolution."""


class Holder(enum.Enum):
    """What can be said of the process that wrote a lock."""

    LIVES = "lives"
    DEAD = "dead"
    UNKNOWN = "unknown"
    """It ran on another machine, or the lock doesn't say."""


@dataclass(frozen=True)
class Lock:
    """One lock of a stack. ``reason``: from what ``holder`` is known, or why it isn't."""

    key: str
    since: datetime
    pid: int
    user: str
    host: str
    holder: Holder
    reason: str

    def age(self, now: datetime | None = None) -> timedelta:
        """How long it is held."""
        return (now or datetime.now(UTC)) - self.since

    @property
    def shown(self) -> str:
        """Who holds it since when, in a line."""
        who = f"{self.user}@{self.host} (pid {self.pid})" if self.pid else "somebody"
        hours = self.age() / timedelta(hours=1)
        held = f", {hours:.0f} h ago" if hours >= 1 else ""
        return f"{who} since {self.since:%Y-%m-%d %H:%M:%S} UTC{held}; {self.reason}"


def held(store: Store, files: StackFiles) -> list[Lock]:
    """Every lock of the stack, oldest first. Raises ``UserError`` where the backend can't be read."""
    found = []
    for entry in store.entries(files.locks):
        # Its holder may end meanwhile.
        with contextlib.suppress(MissingError):
            found.append(_read(entry.key, store.read(entry.key), entry.modified, shared=store.shared))
    return sorted(found, key=lambda lock: lock.since)


def refuse_unless_free(store: Store, files: StackFiles, where: str) -> None:
    """Raise ``UserError`` where anybody holds the stack, with what to do by whether he lives."""
    locks = held(store, files)
    if not locks:
        return
    worst = next((lock for lock in locks if lock.holder is Holder.LIVES), locks[0])
    todo = {
        Holder.LIVES: "Wait until it ends, or end it.",
        Holder.DEAD: f"`aistacks state unlock {files.stack}` drops the lock.",
        Holder.UNKNOWN: f"Look whether it still works; if not, `aistacks state unlock {files.stack}` drops the lock.",
    }[worst.holder]
    raise UserError(where, f"{files.shown} locked by {worst.shown}", "a stack that nobody works on", todo)


@contextlib.contextmanager
def holding(store: Store, files: StackFiles, where: str) -> Iterator[None]:
    """Hold the stack as the engine does: no update begins meanwhile. Raises ``UserError`` where another holds it."""
    refuse_unless_free(store, files, where)
    key = f"{files.locks}/{uuid.uuid4()}.json"
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    ours = {"pid": os.getpid(), "username": _user(), "hostname": socket.gethostname(), "timestamp": now}
    store.write(key, json.dumps(ours).encode())
    try:
        others = [lock for lock in held(store, files) if lock.key != key]
        if others:
            raise UserError(where, f"{files.shown} locked by {others[0].shown}", "a stack that nobody works on")
        yield
    finally:
        store.delete(key)


def _read(key: str, content: bytes, modified: datetime, *, shared: bool) -> Lock:
    try:
        about = json.loads(content)
        pid, user, host = int(about["pid"]), str(about["username"]), str(about["hostname"])
        since = _time(str(about["timestamp"]))
    except (ValueError, KeyError, TypeError):
        # Its writer was ended, or the disk was full, between the file's beginning and its end.
        return Lock(key, modified, 0, "", "", Holder.UNKNOWN, "its file is damaged and doesn't say who")
    return Lock(key, since, pid, user, host, *_lives(pid, host, since, shared=shared))


def _lives(pid: int, host: str, since: datetime, *, shared: bool) -> tuple[Holder, str]:
    here = socket.gethostname()
    if host != here:
        return Holder.UNKNOWN, f"whether it lives can't be seen from {here}"
    if shared and host in _NAMELESS:
        return Holder.UNKNOWN, f"many machines are called {host or 'nothing'}"
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return Holder.DEAD, "that process has ended"
        started = datetime.fromtimestamp(process.create_time(), UTC)
        is_engine = process.name().startswith(_ENGINE)
    except psutil.NoSuchProcess:
        return Holder.DEAD, "that process is gone"
    except psutil.AccessDenied:
        return Holder.LIVES, "a process of that number runs, of another user"
    # A clock that was set forward moves the start of every process, so a later start alone proves nothing of an engine.
    if started > since + _CLOCKS and not is_engine:
        return Holder.DEAD, f"its number has another process since, started {started:%Y-%m-%d %H:%M:%S} UTC"
    return Holder.LIVES, "that process runs"


def _time(text: str) -> datetime:
    """A time as Go writes it: up to nine digits of a second, which Python's reader takes six of."""
    found = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
