"""When two values of a property mean the same to AWS, however they are written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def as_json(value: Any) -> Any:
    """The document in a text that holds one, else ``value``."""
    if isinstance(value, str) and value[:1] in "{[":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def same(left: Any, right: Any) -> bool:
    """Whether two values mean the same: numbers as text, documents by content, plain lists in any order."""
    left, right = as_json(left), as_json(right)
    if isinstance(left, bool) or isinstance(right, bool):
        return str(left).lower() == str(right).lower()
    if isinstance(left, int | float) != isinstance(right, int | float):
        return str(left) == str(right)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            return False
        return all(same(a, b) for a, b in zip(left, right, strict=True)) or (
            all(isinstance(item, str) for item in [*left, *right]) and sorted(left) == sorted(right)
        )
    if isinstance(left, str) and isinstance(right, str):
        return left == right or left.strip() == right.strip()
    return bool(left == right)
