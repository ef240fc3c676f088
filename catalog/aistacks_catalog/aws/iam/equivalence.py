"""When two policy documents are one to Terraform's provider, so that it changes nothing.

As in github.com/hashicorp/awspolicyequivalence v1.7.0 (read 2026-11-30): the order of statements, actions, resources,
principals and of a condition's values is without meaning, one value is a list of one, and an account's number is its
root; a ``Sid`` counts. Unlike there, two principals that are different strings are different.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_LISTS = ("Action", "NotAction", "Resource", "NotResource")
_PRINCIPALS = ("Principal", "NotPrincipal")
_KEYS = frozenset({"Sid", "Effect", "Condition", *_LISTS, *_PRINCIPALS})
_ROOT = re.compile(r"arn:[^:]*:iam::(\d{12}):root")


def is_document(value: Any) -> bool:
    """Whether a parsed JSON value is a policy document."""
    return isinstance(value, Mapping) and isinstance(value.get("Statement"), Mapping | list)


def equivalent(left: Any, right: Any) -> bool:
    """Whether two policy documents, parsed, are one. False where one of them isn't as such a document is."""
    if not (is_document(left) and is_document(right)):
        return False
    if any((left.get(key) or "") != (right.get(key) or "") for key in ("Version", "Id")):
        return False
    if (left.keys() | right.keys()) - {"Version", "Id", "Statement"}:
        return False
    ours, theirs = (_statements(one["Statement"]) for one in (left, right))
    return ours is not None and theirs is not None and len(ours) == len(theirs) and set(ours) == set(theirs)


def aligned(before: Any, after: Any) -> Any:
    """``after`` with each document, or statement in the same place, that is one with ``before``'s written as there."""
    if equivalent(before, after):
        return before
    if is_document(before) and is_document(after):
        ours, theirs = (one["Statement"] for one in (before, after))
        if isinstance(ours, list) and isinstance(theirs, list):
            same = [i < len(ours) and _same_statement(ours[i], one) for i, one in enumerate(theirs)]
            return {**after, "Statement": [ours[i] if same[i] else one for i, one in enumerate(theirs)]}
        return after
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return {key: aligned(before.get(key), value) for key, value in after.items()}
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [aligned(a, b) for a, b in zip(before, after, strict=True)]
    return after


def _same_statement(left: Any, right: Any) -> bool:
    ours, theirs = _statement(left), _statement(right)
    return ours is not None and ours == theirs


def _statements(value: Any) -> list[Any] | None:
    found = [_statement(one) for one in (value if isinstance(value, list) else [value])]
    return None if None in found else found


def _statement(value: Any) -> Any:
    """What counts of a statement; ``None`` where it has something else."""
    if not isinstance(value, Mapping) or value.keys() - _KEYS or not isinstance(value.get("Effect"), str):
        return None
    conditions = value.get("Condition")
    parts: list[Any] = [value.get("Sid") or "", value["Effect"].lower()]
    parts += [_words(value.get(key)) for key in _LISTS]
    parts += [_principals(value.get(key)) for key in _PRINCIPALS]
    parts.append(_conditions(conditions) if conditions is not None else ())
    return None if None in parts else tuple(parts)


def _words(value: Any) -> tuple[str, ...] | None:
    """A list's values in order, or a single one's; ``None`` for what holds something else."""
    items = [] if value is None else value if isinstance(value, list) else [value]
    if not all(isinstance(item, str | bool | int | float) for item in items):
        return None
    return tuple(sorted(str(item).lower() if isinstance(item, bool) else str(item) for item in items))


def _principals(value: Any) -> Any:
    if not isinstance(value, Mapping):
        words = _words(value)
        return None if words is None else ("", tuple(map(_account, words)))
    found = {key: _words(item) for key, item in value.items()}
    if None in found.values():
        return None
    return tuple(sorted((key, tuple(sorted(map(_account, words)))) for key, words in found.items() if words))


def _account(principal: str) -> str:
    found = _ROOT.fullmatch(principal)
    return found[1] if found else principal


def _conditions(value: Any) -> Any:
    if not isinstance(value, Mapping) or not all(isinstance(block, Mapping) for block in value.values()):
        return None
    blocks = [(op, sorted((key, _words(item)) for key, item in block.items())) for op, block in value.items()]
    if any(words is None for _, block in blocks for _, words in block):
        return None
    return tuple(sorted((op, tuple((key, words or ()) for key, words in block)) for op, block in blocks))
