"""JMESPath over a resource's inputs and what a call answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

import jmespath
from jmespath.exceptions import JMESPathError

_F = TypeVar("_F", bound=Callable[..., Any])
_takes: Callable[..., Callable[[_F], _F]] = jmespath.functions.signature
_TEXT = {"types": ["string"]}
_ANY_TEXT = {"types": ["string", "null"]}


class Functions(jmespath.functions.Functions):  # type: ignore[misc]
    """What JMESPath lacks for ARNs and names."""

    @_takes(_ANY_TEXT, _TEXT)
    def _func_after(self, text: str | None, mark: str) -> str | None:
        """What stands after the last ``mark``; the text itself where there is none."""
        return None if text is None else text.rpartition(mark)[2]

    @_takes(_ANY_TEXT, _TEXT)
    def _func_before(self, text: str | None, mark: str) -> str | None:
        """What stands before the first ``mark``."""
        return None if text is None else text.partition(mark)[0]

    @_takes(_ANY_TEXT, _TEXT)
    def _func_before_last(self, text: str | None, mark: str) -> str | None:
        """What stands before the last ``mark``; the text itself where there is none."""
        return None if text is None else (text.rpartition(mark)[0] or text)

    @_takes(_ANY_TEXT)
    def _func_document(self, text: str | None) -> Any:
        """What a text of JSON holds."""
        return None if text is None else json.loads(text)

    @_takes(_ANY_TEXT)
    def _func_lower(self, text: str | None) -> str | None:
        return None if text is None else text.lower()

    @_takes(_ANY_TEXT, _TEXT, _TEXT)
    def _func_replace(self, text: str | None, old: str, new: str) -> str | None:
        return None if text is None else text.replace(old, new)


_OPTIONS = jmespath.Options(custom_functions=Functions())


@cache
def compiled(expression: str) -> Any:
    """The parsed expression. Raises ``JMESPathError`` for what isn't one."""
    return jmespath.compile(expression)


def search(expression: str, value: Any) -> Any:
    """What ``expression`` finds in ``value``; None also where a part of it isn't there."""
    try:
        return compiled(expression).search(value, options=_OPTIONS)
    except JMESPathError:
        # A function got a null: something that it needs isn't there.
        return None


def pruned(value: Any) -> Any:
    """``value`` without nulls, and without EC2's filters that lost their values by it."""
    if isinstance(value, Mapping):
        return {key: pruned(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        items = [pruned(item) for item in value if item is not None]
        return [item for item in items if not (isinstance(item, Mapping) and item.get("Values") == [])]
    return value
