"""What the engine's own records say, read without starting the engine again (a good second each time)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aistacks_core.wire import is_secret

STACK_TYPE = "pulumi:pulumi:Stack"


def interrupted(backend: Path, project: str, stack: str) -> bool:
    """Whether an operation on the stack was cut off: its lock is still there, or an unfinished step is noted.

    Also True where the records can't be read, so that the engine is asked itself.
    """
    if any((backend / ".pulumi" / "locks").glob(f"**/{project}/{stack}/*")):
        return True
    path = backend / ".pulumi" / "stacks" / project / f"{stack}.json"
    try:
        latest = json.loads(path.read_text())["checkpoint"]["latest"] or {}
    except (OSError, ValueError, KeyError, TypeError):
        return True
    return bool(latest.get("pending_operations"))


def outputs(deployment: Mapping[str, Any] | None) -> dict[str, Any]:
    """The stack's outputs; None for one that is or holds a secret."""
    for resource in (deployment or {}).get("resources") or []:
        if resource["type"] == STACK_TYPE:
            return {k: None if _secret(v) else v for k, v in (resource.get("outputs") or {}).items()}
    return {}


def _secret(value: Any) -> bool:
    if isinstance(value, dict):
        return is_secret(value) or any(_secret(item) for item in value.values())
    return isinstance(value, list) and any(_secret(item) for item in value)
