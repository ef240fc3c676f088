"""The operations that a backend's history knows, each of which wrote checkpoints."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .checkpoint import DamagedError, uncompressed
from .layout import StackFiles
from .stores import MissingError, Store

_SLACK = timedelta(seconds=2)
"""Times in the history are whole seconds, and the bucket's clock is another one."""


@dataclass(frozen=True)
class PastOperation:
    """One that ended, well or not: what was interrupted is in no history. ``kind``: the engine's word."""

    kind: str
    result: str
    began: datetime
    ended: datetime

    @property
    def shown(self) -> str:
        return f"{self.kind} {self.result}"

    def wrote(self, when: datetime) -> bool:
        """Whether it was at work then."""
        return self.began - _SLACK <= when <= self.ended + _SLACK


def past_operations(store: Store, files: StackFiles) -> list[PastOperation]:
    """Every operation of the stack's history, oldest first; what can't be read is left out."""
    found = []
    for entry in store.entries(files.history):
        if ".history.json" not in entry.key:
            continue
        try:
            about = json.loads(uncompressed(store.read(entry.key)))
            began, ended = (datetime.fromtimestamp(int(about[key]), UTC) for key in ("startTime", "endTime"))
            found.append(PastOperation(str(about["kind"]), str(about["result"]), began, ended))
        except (MissingError, DamagedError, ValueError, KeyError, TypeError):
            continue
    return sorted(found, key=lambda operation: operation.ended)


def writer(operations: list[PastOperation], when: datetime) -> str:
    """Which operation wrote what was written ``when``; empty where none that ended did."""
    return next((each.shown for each in reversed(operations) if each.wrote(when)), "")
