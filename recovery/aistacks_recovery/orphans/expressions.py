"""The inventory's expressions, evaluated."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import jmespath


@functools.cache
def _compiled(expression: str) -> Any:
    return jmespath.compile(expression)


def value(expression: str, context: Any) -> Any:
    """What ``expression`` finds in ``context``; ``None`` for an empty expression."""
    return _compiled(expression).search(context) if expression else None


def arguments(expressions: Mapping[str, str], context: Any) -> dict[str, Any]:
    """An operation's parameters."""
    return {key: value(expression, context) for key, expression in expressions.items()}


def tags_in(found: Any) -> dict[str, str]:
    """Tags as a mapping, whichever way a service writes them."""
    if isinstance(found, Mapping):
        return {str(key): str(text) for key, text in found.items()}
    pairs = [{key.lower(): text for key, text in each.items()} for each in found or [] if isinstance(each, Mapping)]
    return {str(each["key"]): str(each.get("value") or "") for each in pairs if "key" in each}
