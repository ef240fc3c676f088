"""What a stack's settings take from Pulumi ESC: the environments that they import, and values that stand there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def imported(environment: Any) -> tuple[str, ...]:
    """The names of the environments that ``environment`` of a settings file imports, as they stand there."""
    entries = environment.get("imports") if isinstance(environment, Mapping) else environment
    if not isinstance(entries, list):
        return ()
    # An entry is a name, or a name with how it is merged.
    return tuple(str(name) for entry in entries for name in (entry if isinstance(entry, Mapping) else [entry]))


def own_config(environment: Any) -> dict[str, Any]:
    """The configuration that stands in the settings file itself, below ``environment.values.pulumiConfig``, without
    what ESC would have to work out (``${…}`` and ``fn::…``)."""
    values = environment.get("values") if isinstance(environment, Mapping) else None
    config = values.get("pulumiConfig") if isinstance(values, Mapping) else None
    return {str(k): v for k, v in config.items() if not _is_worked_out(v)} if isinstance(config, Mapping) else {}


def _is_worked_out(value: Any) -> bool:
    if isinstance(value, str):
        return "${" in value
    if isinstance(value, Mapping):
        return any(str(key).startswith("fn::") or _is_worked_out(item) for key, item in value.items())
    return isinstance(value, list) and any(map(_is_worked_out, value))
