"""A version of a state as JSON: names and counts, never a value of the state's."""

from __future__ import annotations

from typing import Any

from .versions import Version


def to_document(version: Version) -> dict[str, Any]:
    """The version as JSON."""
    checkpoint = version.checkpoint
    return {
        "id": version.id,
        "present": version.present,
        "since": version.since.isoformat(),
        "size": version.size,
        "good": checkpoint is not None,
        "damage": version.damage,
        "resources": len(checkpoint.ids) if checkpoint else None,
        "pending": len(checkpoint.deployment.pending) if checkpoint else None,
        "engine": checkpoint.engine if checkpoint else None,
        "operation": version.operation,
        "added": None if version.added is None else list(version.added),
        "removed": None if version.removed is None else list(version.removed),
        "copies": [
            {"id": copy.id, "kind": copy.kind.value, "key": copy.entry.key, "when": copy.when.isoformat()}
            for copy in version.copies
        ],
    }
