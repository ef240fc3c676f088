"""Symbols: what stands for a value that only deployment makes.

As a preview of a stack that is already deployed would, a plan fills in what a resource's outputs would be: its id, its
ARN, its made name, a version's number. Each holds a mark that names its resource, and the mark survives interpolation
and JSON. So two plans' policy documents can be compared and evaluated, and what depends on a replaced resource is
found.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

ACCOUNT = "000000000000"
"""Stands for the account's number, which a plan doesn't know."""
_TEXT = r"zz[0-9a-f]{12}zz"
_NUMBER = r"(?<!\d)77\d{14}(?!\d)"
_MARK = re.compile(f"{_TEXT}|{_NUMBER}")
_OF_RESOURCE = 13
"""Digits of a number's 16 that say whose it is; a few added to it, or taken from it, leave them as they are."""


def mark(urn: str) -> str:
    """The mark of a resource: 16 characters that an id, a name or an ARN may hold."""
    return f"zz{hashlib.sha256(urn.encode()).hexdigest()[:12]}zz"


def identity(urn: str, name: str) -> str:
    """A symbol for the id of the resource of that URN and logical name."""
    return f"{name}-{mark(urn)}"


def number(urn: str, output: str) -> int:
    """What stands for a number that a resource puts out: 16 digits, of which a float loses none.

    A number that begins so by chance is taken for one once in a hundred.
    """
    return int(f"{number_mark(urn)}{_digits(output, 3)}")


def number_mark(urn: str) -> str:
    """The mark of a resource in its numbers: their first 13 digits."""
    whose = _digits(urn, 9)
    return f"77{whose}{_check(whose)}"


def _digits(text: str, count: int) -> str:
    return f"{int(hashlib.sha256(text.encode()).hexdigest()[:15], 16) % 10**count:0{count}}"


def _check(digits: str) -> str:
    return f"{int(digits) % 97:02}"


def _marks_in(text: str) -> Iterator[str]:
    for found in _MARK.findall(text):
        if found[0] == "z":
            yield found
        elif _check(found[2:11]) == found[11:_OF_RESOURCE]:
            yield found[:_OF_RESOURCE]


def marks(value: Any) -> Iterator[str]:
    """Every mark in a property's value, however deep: those of ``mark`` and ``number_mark``."""
    if isinstance(value, str):
        if len(value) >= _OF_RESOURCE:
            yield from _marks_in(value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from marks(str(key))
            yield from marks(item)
    elif isinstance(value, list):
        for item in value:
            yield from marks(item)
    elif isinstance(value, int | float) and abs(value) > 10**15:
        yield from _marks_in(f"{value:.0f}")


def holds_symbol(value: Any) -> bool:
    """Whether a mark stands anywhere in ``value``: its exact text or number isn't known before deployment."""
    return next(marks(value), None) is not None


def without_marks(text: str) -> str:
    """``text`` for a reader: a mark becomes ``…``, for a name or an id goes before it."""
    return _MARK.sub(lambda found: "…" if holds_symbol(found[0]) else found[0], text)
