"""What an operation begins to make, noted beside the engine's state: for a state that is lost, and for what it forgets.

The engine takes a creation out of its state whose provider died in the middle of it, and the last writes of its state
are gone with a damaged file. A line of JSON each; a last line that was cut off is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_CREATES = ("create", "create-replacement")
_KEPT = ("urn", "type", "custom", "parent", "provider", "protect", "inputs")
_GONE = (
    "code = Unavailable",
    "error reading from server",
    "transport is closing",
    "connection refused",
    "connection reset",
    "code = Canceled",
)
"""How the engine tells that the provider is no more, and so may have made what it was asked for."""


class Journal:
    """Written by the child while the engine works. A new one per operation."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = path
        self._lost: set[str] = set()
        self._cut = False

    def begun(self, op: str, resource: Any) -> None:
        """A step begins. ``resource``: the Automation API's state of what it makes."""
        if op in _CREATES and resource is not None:
            noted = {key: getattr(resource, key, None) for key in _KEPT}
            self._write({"begun": {key: value for key, value in noted.items() if value not in (None, "", False)}})

    def ended(self, op: str, resource: Any) -> None:
        """A step has ended well."""
        if op in _CREATES and resource is not None:
            self._write({"ended": resource.urn, "id": resource.id})

    def said(self, urn: str, message: str) -> None:
        """An error was told of a resource."""
        if any(text in message for text in _GONE):
            self._lost.add(urn)

    def failed(self, urn: str) -> None:
        """A step has failed. Where its provider lives, it knows that nothing was made."""
        if urn not in self._lost:
            self._write({"failed": urn})

    def _write(self, line: Mapping[str, Any]) -> None:
        text = json.dumps(line, default=str) + "\n"
        try:
            with self._path.open("a", encoding="utf-8") as file:
                # What a full disk cut off must not spoil this line, too.
                file.write(f"\n{text}" if self._cut else text)
            self._cut = False
        except OSError:
            # The engine tells of the full disk; raised here it would end the listening to what the engine says.
            self._cut = True


def begun(path: Path) -> list[dict[str, Any]]:
    """The resources that were begun and didn't fail, in order, as the engine notes them; with their id where known."""
    found: dict[str, dict[str, Any]] = {}
    for line in _lines(path):
        if isinstance(resource := line.get("begun"), dict) and resource.get("urn"):
            found.pop(resource["urn"], None)
            found[resource["urn"]] = dict(resource)
        elif (urn := line.get("ended")) in found and line.get("id"):
            found[str(urn)]["id"] = line["id"]
        elif urn := line.get("failed"):
            found.pop(str(urn), None)
    return list(found.values())


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in text.splitlines():
        try:
            noted = json.loads(line)
        except ValueError:
            continue
        if isinstance(noted, dict):
            yield noted
