"""Reads JSON that anybody may have written: one meaning only, and none that strains a reader."""

from __future__ import annotations

import json
from typing import Any

from aistacks_core.errors import UserError

DEEPEST = 100
"""Nesting depth of mappings and lists."""
_EXPECTED = "a plan's document, as `aistacks plan --json` writes it"


class _RefusedError(ValueError):
    """What JSON doesn't say once, or at all."""


def parse(data: bytes, where: str) -> dict[str, Any]:
    """The mapping in ``data`` (UTF-8). Raises ``UserError`` for anything else: NaN, a duplicate key, a lone surrogate,
    more than ``DEEPEST`` levels, numbers of thousands of digits."""
    try:
        found = json.loads(data.decode(), parse_constant=_no_constant, object_pairs_hook=_once)
    except UnicodeDecodeError:
        raise UserError(where, "no UTF-8 text", _EXPECTED) from None
    except RecursionError:
        raise UserError(where, f"more than {DEEPEST} levels", _EXPECTED) from None
    except _RefusedError as error:
        raise UserError(where, str(error), _EXPECTED) from None
    except json.JSONDecodeError as error:
        raise UserError(where, f"no JSON (line {error.lineno}, column {error.colno})", _EXPECTED) from None
    except ValueError:
        raise UserError(where, "a number that is too long", _EXPECTED) from None
    if not isinstance(found, dict):
        raise UserError(where, "no mapping", _EXPECTED)
    _walk(found, where)
    return found


def _no_constant(name: str) -> None:
    raise _RefusedError(f"{name}, which is no JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise _RefusedError("a key that is given twice")
    return table


def _walk(found: Any, where: str) -> None:
    level: list[Any] = [found]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(value)
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
            elif isinstance(value, str) and not value.isascii():
                _no_half_surrogate(value, where)
            elif isinstance(value, float) and (value in (float("inf"), float("-inf"))):
                raise UserError(where, "a number that is too large", _EXPECTED)
        if not below:
            return
        level = below
    raise UserError(where, f"more than {DEEPEST} levels", _EXPECTED)


def _no_half_surrogate(text: str, where: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UserError(where, "a lone surrogate", _EXPECTED) from None
