"""Under which keys a backend keeps what belongs to one stack (pkg/backend/diy of pulumi 3.259, read 2026-11-30)."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from aistacks_core.errors import UserError

from .stores import MissingError, Store

_ROOT = ".pulumi"
_META = f"{_ROOT}/meta.yaml"
SUFFIXES = ("", ".gz", ".zst")
"""Of a checkpoint, by its compression."""


@dataclass(frozen=True)
class StackFiles:
    """One stack's place in a backend. ``project`` is empty in the layout from before projects (2023)."""

    project: str
    stack: str

    @property
    def shown(self) -> str:
        return f"{self.project}/{self.stack}" if self.project else self.stack

    @property
    def folder(self) -> str:
        """Where the checkpoints of the project's stacks are."""
        return self._below("stacks").rpartition("/")[0]

    @property
    def checkpoint(self) -> str:
        """The key of the checkpoint, without a suffix of compression."""
        return f"{self._below('stacks')}.json"

    @property
    def backups(self) -> str:
        return self._below("backups")

    @property
    def history(self) -> str:
        return self._below("history")

    @property
    def locks(self) -> str:
        if self.project:
            return f"{_ROOT}/locks/organization/{self.project}/{self.stack}"
        return f"{_ROOT}/locks/{self.stack}"

    def _below(self, kind: str) -> str:
        return "/".join(filter(None, (_ROOT, kind, self.project, self.stack)))


def files_of(store: Store, project: str, stack: str) -> StackFiles:
    """Where ``store`` keeps ``stack``. Raises ``UserError`` for a backend of a layout that isn't known."""
    try:
        about = yaml.safe_load(store.read(_META)) or {}
        version = about.get("version")
    except MissingError:
        # A bucket from before projects has no such file, and an empty one hasn't it yet.
        version = 0 if _holds(store, StackFiles("", stack)) else 1
    except (yaml.YAMLError, AttributeError, UnicodeDecodeError):
        version = None
    if version not in (0, 1):
        raise UserError(store.shown(_META), f"version {version}", "a backend of version 0 or 1")
    return StackFiles(project if version else "", stack)


def _holds(store: Store, files: StackFiles) -> bool:
    return any(entry.key.startswith(files.checkpoint) for entry in store.entries(files.folder))
