"""Containers of an ECS task definition, whose JSON is a text."""

from __future__ import annotations

import json

from aistacks_core.property_values import UNKNOWN

from .resource import Resource
from .values import Value


def containers(task: Resource) -> list[Value]:
    """Each container; one of which nothing is known where the text can't be read."""
    given = task["containerDefinitions"]
    if given.absent:
        return []
    raw = given.raw
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except (ValueError, RecursionError):
            raw = UNKNOWN
    found = raw if isinstance(raw, list) else [raw]
    return [Value(c if isinstance(c, dict) else UNKNOWN, f"{given.path}[{i}]") for i, c in enumerate(found)]
