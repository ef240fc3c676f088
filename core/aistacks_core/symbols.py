"""Symbols: what stands for a value that only deployment makes.

As a preview of a stack that is already deployed would, a plan fills in what a resource's text outputs would be: its
id, its ARN, its made name. Each holds a mark that names its resource, and the mark survives interpolation and JSON. So
two plans' policy documents can be compared and evaluated, and what depends on a replaced resource is found.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

ACCOUNT = "000000000000"
"""Stands for the account's number, which a plan doesn't know."""
_MARK = re.compile(r"zz[0-9a-f]{12}zz")


def mark(urn: str) -> str:
    """The mark of a resource: 16 characters that an id, a name or an ARN may hold."""
    return f"zz{hashlib.sha256(urn.encode()).hexdigest()[:12]}zz"


def marks(value: Any) -> Iterator[str]:
    """Every mark in a property's value, however deep."""
    if isinstance(value, str):
        yield from _MARK.findall(value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _MARK.findall(str(key))
            yield from marks(item)
    elif isinstance(value, list):
        for item in value:
            yield from marks(item)


def holds_symbol(value: Any) -> bool:
    """Whether a mark stands anywhere in ``value``: its exact text isn't known before deployment."""
    return next(marks(value), None) is not None


def without_marks(text: str) -> str:
    """``text`` for a reader: a mark becomes ``…``, for a name or an id goes before it."""
    return _MARK.sub("…", text)
