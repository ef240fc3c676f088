"""``$name`` references in the table's parameters, ids and outputs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aistacks_catalog.aws.types.words import dig

_REFERENCE = re.compile(r"\$(?:\{([\w.]+)\}|(\w+(?:\.\w+)*))")
_LITERAL = "$$"
_FIXED = frozenset({"id", "account", "region", "partition"})


def fill(template: Any, scope: Mapping[str, Any]) -> Any:
    """``template`` with each ``$name`` or ``${a.b.0}`` taken from ``scope``.

    A text that is one reference gives the value itself, of any type. Where something isn't there the
    whole text is None, and a key with None is left out. ``$$`` at the start is a plain ``$``.
    """
    if isinstance(template, Mapping):
        filled = {key: fill(value, scope) for key, value in template.items()}
        return {key: value for key, value in filled.items() if value is not None}
    if isinstance(template, list):
        return [item for item in (fill(value, scope) for value in template) if item is not None]
    if not isinstance(template, str) or "$" not in template:
        return template
    if template.startswith(_LITERAL):
        return template[1:]
    whole = _REFERENCE.fullmatch(template)
    if whole:
        return dig(scope, whole.group(1) or whole.group(2))
    values = [dig(scope, found.group(1) or found.group(2)) for found in _REFERENCE.finditer(template)]
    if any(value is None for value in values):
        return None
    pieces = iter(values)
    return _REFERENCE.sub(lambda _: str(next(pieces)), template)


def unfill(template: str, text: str) -> dict[str, str]:
    """The names that make ``template`` into ``text``: the reverse of ``fill``, for imports.

    Only inputs count, no parts of answers; an id that doesn't fit gives nothing.
    """
    if " or " in template:
        return next((names for names in (unfill(part, text) for part in template.split(" or ")) if names), {})
    pattern, end = "", 0
    names: list[str] = []
    for found in _REFERENCE.finditer(template):
        name = found.group(1) or found.group(2)
        if name in names:
            return {}
        pattern += re.escape(template[end : found.start()]) + "(.+?)"
        names.append(name)
        end = found.end()
    fitted = re.fullmatch(pattern + re.escape(template[end:]), text)
    pairs = zip(names, fitted.groups(), strict=True) if fitted else ()
    return {name: value for name, value in pairs if "." not in name and name not in _FIXED}


def first(template: str, scope: Mapping[str, Any]) -> str | None:
    """The first alternative of ``a or b`` that can be filled."""
    filled = (fill(alternative, scope) for alternative in template.split(" or "))
    return next((str(text) for text in filled if text is not None), None)
