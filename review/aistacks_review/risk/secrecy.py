"""Keeps what a program marked secret out of what rules say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from aistacks_core.property_paths import at

from ..compare.changes import ResourceChange
from ..compare.differences import secrets_of
from ..findings import Risk

_HIDDEN = "(secret)"
_SHORTEST = 3
"""A shorter secret would blot out half of every sentence; a property that is one is never worded at all."""


def hushed(risks: list[Risk], changes: list[ResourceChange]) -> list[Risk]:
    """``risks`` without any secret text. A risk that comes from a secret document says only that there is one."""
    texts: dict[str, None] = {}
    documents: dict[str, str] = {}
    for change in changes:
        for text in _secrets(change):
            if "{" in text:
                documents[change.urn] = change.name
            elif len(text) >= _SHORTEST:
                texts[text] = None
    if not texts and not documents:
        return risks
    longest_first = sorted(texts, key=len, reverse=True)
    return [_without(risk, longest_first, documents.get(risk.urn)) for risk in risks]


def _without(risk: Risk, texts: list[str], document: str | None) -> Risk:
    if document is not None:
        title = f"A secret property of {document} changes; what that does isn't shown."
        return replace(risk, title=title, reason=f"{risk.kind.value}: its value is secret")
    title, reason = risk.title, risk.reason
    for text in texts:
        title, reason = title.replace(text, _HIDDEN), reason.replace(text, _HIDDEN)
    return replace(risk, title=title, reason=reason)


def _secrets(change: ResourceChange) -> Iterator[str]:
    for property_ in change.properties:
        if property_.secret:
            yield from _texts(property_.before)
            yield from _texts(property_.after)
    for registration in (change.before, change.after):
        for path in secrets_of(registration) if registration else ():
            yield from _texts(at(registration.inputs, path) if registration else None)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield str(value)
