"""The engine's file of a stack: whether it is whole, what stands in for it where it isn't, and writing it.

The engine keeps the state before its last write as ``<stack>.json.bak``, and one of the end of each operation; we keep
the one that the last operation left.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aistacks_core.files import write_atomically
from aistacks_recovery import integrity
from aistacks_recovery.state.copies import Copy, Kind, copies
from aistacks_recovery.state.file_store import FileStore
from aistacks_recovery.state.layout import StackFiles

from ..state import State
from .stated_stacks import ENGINE

_COPIES = "states"


@dataclass(frozen=True)
class Saved:
    """Where the state of one stack lies, and what belongs to it."""

    state: State
    project: str
    stack: str

    @property
    def file(self) -> Path:
        """What the engine reads."""
        return self.state.backend / ".pulumi" / "stacks" / self.project / f"{self.stack}.json"

    @property
    def copy(self) -> Path:
        """What the last operation left."""
        return self.state.root / _COPIES / self.project / f"{self.stack}.json"

    @property
    def journal(self) -> Path:
        """What the last operation began to make."""
        return self.copy.with_suffix(".jsonl")

    def read(self) -> dict[str, Any]:
        """The content of the file. Raises ``Damaged``; ``FileNotFoundError`` where there is none."""
        return _read(self.file)

    def salt(self) -> str:
        """Of the passphrase with which its secrets are encrypted; "" where there is none. Raises as ``read`` does."""
        latest = self.read()["checkpoint"]["latest"] or {}
        return str(((latest.get("secrets_providers") or {}).get("state") or {}).get("salt") or "")

    def write(self, content: Mapping[str, Any]) -> None:
        """Put ``content`` where the engine reads it."""
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(self.file, json.dumps(content, separators=(",", ":")), mode=0o600)

    def keep(self) -> None:
        """Keep a copy of what the operation that has just ended left; none where it took the stack away."""
        try:
            content = self.file.read_bytes()
            _checked(content)
        except FileNotFoundError:
            self.forget()
        except DamagedError:
            return
        else:
            self.copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(self.copy, content, mode=0o600)

    def forget(self) -> None:
        """Drop what we keep: the stack is gone."""
        self.copy.unlink(missing_ok=True)
        self.journal.unlink(missing_ok=True)

    def backup(self) -> tuple[dict[str, Any], str] | None:
        """The newest whole state beside the file, and what it is; None where there is none."""
        found = []
        for path, what in (
            (self.file.with_name(f"{self.file.name}.bak"), "the engine's backup"),
            (self.copy, "the copy"),
        ):
            try:
                content = _read(path)
            except (DamagedError, FileNotFoundError):
                continue
            time = str((content["checkpoint"].get("latest") or {}).get("manifest", {}).get("time", ""))
            found.append((time, content, f"{what} of {time[:19].replace('T', ' ')} UTC"))
        if not found:
            return self._kept_by_the_engine()
        _, content, what = max(found, key=lambda each: each[0])
        return content, what

    def had_more(self) -> bool:
        """Whether there was a whole state before the journal began, which then isn't all that there was."""
        return self.copy.exists()

    def _older(self) -> Iterator[Copy]:
        """What the engine copied at the end of each operation, newest first."""
        store, files = FileStore(self.state.backend), StackFiles(self.project, self.stack)
        return (each for each in copies(store, files) if each.kind in (Kind.HISTORY, Kind.BACKUP))

    def _kept_by_the_engine(self) -> tuple[dict[str, Any], str] | None:
        for each in self._older():
            try:
                content = _read(self.state.backend / each.entry.key)
            except (DamagedError, FileNotFoundError):
                continue
            return content, f"the engine's copy of {each.when:%Y-%m-%d %H:%M:%S} UTC"
        return None

    def empty(self, salt: str) -> dict[str, Any]:
        """A state of no resources. ``salt``: of the passphrase with which the stack's secrets are encrypted."""
        manifest = {"time": "2026-11-30T00:00:00Z", "magic": integrity.magic(ENGINE), "version": ENGINE}
        latest: dict[str, Any] = {"manifest": manifest, "resources": [], "metadata": {}}
        if salt:
            latest["secrets_providers"] = {"type": "passphrase", "state": {"salt": salt}}
        name = f"organization/{self.project}/{self.stack}"
        return {"version": 3, "checkpoint": {"stack": name, "latest": latest}}


class DamagedError(Exception):
    """A state that isn't whole; says how."""


def _read(path: Path) -> dict[str, Any]:
    return _checked(path.read_bytes())


def _checked(content: bytes) -> dict[str, Any]:
    if not content.strip(b"\0 \n"):
        raise DamagedError("empty")
    try:
        found = json.loads(content)
    except ValueError:
        raise DamagedError(f"cut off or overwritten ({len(content)} bytes, no whole JSON)") from None
    # The engine takes a file without these for a stack that holds nothing.
    if (
        not isinstance(found, dict)
        or not isinstance(found.get("checkpoint"), dict)
        or "latest" not in found["checkpoint"]
    ):
        raise DamagedError("no state of a stack")
    latest = found["checkpoint"]["latest"]
    if latest is not None:
        try:
            integrity.check(latest)
        except (integrity.BrokenError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise DamagedError(f"not whole ({error})") from None
    return found
