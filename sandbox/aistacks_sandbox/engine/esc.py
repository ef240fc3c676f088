"""ESC environments in a stack's settings: what stands there is used, what lies in Pulumi Cloud is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aistacks_core.errors import UserError
from aistacks_core.files import write_atomically
from aistacks_core.yaml_files import described, read_mapping, written

KEY = "environment"


def written_out(settings: Mapping[str, Any], file: Path) -> dict[str, Any]:
    """``settings`` without ``environment``; the ``pulumiConfig`` that it holds itself stands below ``config``'s own.

    The engine's file backend refuses every operation on a stack whose settings name an environment. Raises
    ``UserError`` for one that is imported or computed, as only Pulumi Cloud opens it.
    """
    rest = {key: value for key, value in settings.items() if key != KEY}
    stated = settings.get(KEY)
    if not stated:
        return rest
    names = _imports(stated)
    if names:
        raise _refused(
            file, f"the environments {', '.join(names)}" if len(names) > 1 else f"the environment {names[0]}"
        )
    values = stated.get("values") if isinstance(stated, Mapping) else None
    given = values.get("pulumiConfig") if isinstance(values, Mapping) else None
    if not isinstance(given, Mapping):
        return rest
    if _computed(given):
        raise _refused(file, "values that an environment computes (fn::… or ${…})")
    return {**rest, "config": {**given, **(rest.get("config") or {})}}


def drop(folder: Path, stack: str) -> None:
    """Take ``environment`` out of the engine's copy of the settings, which an earlier version left there."""
    for copy in folder.rglob(f"Pulumi.{stack}.yaml"):
        try:
            settings = read_mapping(copy, "the engine's copy of the settings")
        except UserError:
            # The engine overwrites it in place, and was killed meanwhile. What it needs of it is in the state, too.
            copy.unlink()
            continue
        if KEY in settings:
            write_atomically(copy, written({k: v for k, v in settings.items() if k != KEY}))


def _imports(stated: Any) -> list[str]:
    listed = stated.get("imports") if isinstance(stated, Mapping) else stated
    items = listed if isinstance(listed, list) else [listed] if isinstance(listed, str) else []
    return [next(iter(item), "") if isinstance(item, Mapping) else str(item) for item in items]


def _computed(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(str(key).startswith("fn::") or _computed(item) for key, item in value.items())
    if isinstance(value, list):
        return any(_computed(item) for item in value)
    return isinstance(value, str) and "${" in value


def _refused(file: Path, got: str) -> UserError:
    return UserError(
        f"{file}: {KEY}",
        described(got) if len(got) > 200 else got,
        "settings that stand in the file, for the sandbox doesn't reach Pulumi Cloud",
        "Write what it gives under config of a stack that is only the sandbox's, and pass that by --stack.",
    )
