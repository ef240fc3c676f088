"""A backend in a folder (``file://…``), as the engine keeps it."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aistacks_core.errors import UserError
from aistacks_core.files import write_atomically

from .stores import Entry, MissingError

_ATTRIBUTES = ".attrs"
"""Beside each file the engine's library keeps one with type and checksum; an empty one stops the engine with EOF."""


@dataclass(frozen=True)
class FileStore:
    """The files below ``root``."""

    root: Path

    @property
    def shared(self) -> bool:
        return False

    def shown(self, key: str) -> str:
        return str(self.root / key)

    def entries(self, folder: str) -> list[Entry]:
        try:
            paths = sorted((self.root / folder).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise self._refused(folder, error) from None
        found = []
        for path in paths:
            # Another process may end its work, and drop its files, meanwhile.
            with contextlib.suppress(FileNotFoundError):
                about = path.stat()
                if path.is_file() and not path.name.startswith(".") and path.suffix != _ATTRIBUTES:
                    modified = datetime.fromtimestamp(about.st_mtime, UTC)
                    found.append(Entry(f"{folder}/{path.name}", modified, about.st_size))
        return found

    def read(self, key: str, version: str = "") -> bytes:  # noqa: ARG002 (a folder keeps none)
        try:
            return (self.root / key).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise MissingError(key) from None
        except OSError as error:
            raise self._refused(key, error) from None

    def write(self, key: str, content: bytes) -> None:
        path = self.root / key
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(path, content, mode=None if path.exists() else 0o600)
            # It has the checksum of what was there before.
            self._attributes(path).unlink(missing_ok=True)
        except OSError as error:
            raise self._refused(key, error) from None

    def delete(self, key: str) -> None:
        path = self.root / key
        try:
            path.unlink(missing_ok=True)
            self._attributes(path).unlink(missing_ok=True)
        except OSError as error:
            raise self._refused(key, error) from None

    def versions(self, key: str) -> None:  # noqa: ARG002
        return None

    def damaged_attributes(self, folder: str) -> list[str]:
        """Keys in ``folder`` whose attributes can't be read: their writer was ended between two writes."""
        found = []
        for path in sorted((self.root / folder).glob(f"*{_ATTRIBUTES}")):
            try:
                whole = isinstance(json.loads(path.read_bytes()), dict)
            except FileNotFoundError:
                continue
            except (OSError, ValueError):
                whole = False
            if not whole:
                found.append(f"{folder}/{path.name.removesuffix(_ATTRIBUTES)}")
        return found

    def drop_attributes(self, key: str) -> None:
        """Forget the attributes of one file; the engine does without them."""
        self._attributes(self.root / key).unlink(missing_ok=True)

    @staticmethod
    def _attributes(path: Path) -> Path:
        return path.with_name(path.name + _ATTRIBUTES)

    def _refused(self, key: str, error: OSError) -> UserError:
        return UserError(self.shown(key), (error.strerror or "an error").lower(), "a folder that can be used")
