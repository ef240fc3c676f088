"""What an environment's file says that functions answer (``plan: answers:``), where the sandbox can't answer."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from aistacks_core.property_values import Props

VARIABLE = "AISTACKS_SANDBOX_ANSWERS"
"""Holds them as JSON: by token either a result, or a list of ``{args: …, result: …}``."""


def stated(token: str, args: Props) -> Props | None:
    """The result that the file states for ``token`` with ``args``, or None. The entry with the most arguments wins."""
    try:
        known = json.loads(os.environ.get(VARIABLE) or "{}").get(token)
    except ValueError:
        return None
    if isinstance(known, Mapping):
        return dict(known)
    entries = [item for item in known if isinstance(item, Mapping)] if isinstance(known, list) else []
    fitting = [item for item in entries if _fits(item.get("args") or {}, args)]
    best = max(fitting, key=lambda item: len(item.get("args") or {}), default=None)
    result: Any = best.get("result") if best else None
    return dict(result) if isinstance(result, Mapping) else None


def _fits(wanted: Mapping[str, Any], args: Props) -> bool:
    return all(args.get(name) == value for name, value in wanted.items())
