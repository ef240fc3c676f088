"""Numbers as programs write them: plain, as strings, as Kubernetes quantities; ``None`` where they aren't known."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from aistacks_core.symbols import holds_symbol

_QUANTITY = re.compile(r"\s*([0-9.]+(?:e[0-9]+)?)\s*([A-Za-z]*)\s*")
_BYTES = {
    "": 1.0,
    **{unit: 1000.0**power for power, unit in enumerate(("k", "M", "G", "T", "P", "E"), 1)},
    **{f"{unit}i": 1024.0**power for power, unit in enumerate(("K", "M", "G", "T", "P", "E"), 1)},
}
_GIB = 1024.0**3


def number(value: Any) -> float | None:
    """A finite number from 0 up, also from a string; ``None`` for anything else, unknown ones too."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or holds_symbol(value):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and found >= 0 else None


def text(value: Any) -> str | None:
    """A string that is known before deployment; ``None`` for anything else."""
    return value if isinstance(value, str) and value and not holds_symbol(value) else None


def texts(value: Any) -> list[str] | None:
    """A list whose every string is known; ``None`` where it isn't one."""
    if not isinstance(value, list):
        return None
    found = [text(item) for item in value]
    return None if None in found else [item for item in found if item is not None]


def table(value: Any) -> Mapping[str, Any]:
    """A mapping, or an empty one in the place of anything else."""
    return value if isinstance(value, Mapping) else {}


def rows(value: Any) -> list[Mapping[str, Any]]:
    """The mappings of a list; nothing of anything else."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def at(value: Any, *path: str) -> Any:
    """What stands at a path of keys; ``None`` where it ends before."""
    for step in path:
        value = table(value).get(step)
    return value


def yes(value: Any) -> bool:
    """Whether a switch is on; Pulumi writes some as strings."""
    return value is True or value == "true"


def gib(value: Any) -> float | None:
    """A size in GiB of a Kubernetes quantity such as ``"200Gi"``; ``None`` where it isn't one or isn't known."""
    size = _scaled(value, _BYTES)
    return None if size is None else size / _GIB


def cpus(value: Any) -> float | None:
    """CPUs of a Kubernetes quantity such as ``"256"`` or ``"500m"``."""
    return _scaled(value, {**_BYTES, "m": 0.001})


def _scaled(value: Any, units: Mapping[str, float]) -> float | None:
    if not isinstance(value, str):
        return number(value)
    match = _QUANTITY.fullmatch(value)
    amount = number(match[1]) if match else None
    if match is None or amount is None or match[2] not in units:
        return None
    return amount * units[match[2]]
