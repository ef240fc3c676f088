"""Keeps what a program marked secret out of what rules say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from aistacks_core.redaction import Redactor
from aistacks_core.snapshot import Registration

from ..compare.changes import ResourceChange
from ..compare.differences import secret_values
from ..findings import Risk


def redacted(risks: list[Risk], resources: Iterable[Registration], changes: list[ResourceChange]) -> list[Risk]:
    """``risks`` without any secret text of ``resources``. One that comes from a secret document says only that there
    is one."""
    values = list(secret_values(resources, changes))
    if not values or not risks:
        return risks
    redactor = Redactor(values)
    documents = {change.urn: change.name for change in changes if _has_secret_document(change)}
    return [_without(risk, redactor, documents.get(risk.urn)) for risk in risks]


def _without(risk: Risk, redactor: Redactor, document: str | None) -> Risk:
    if document is not None:
        title = f"A secret property of {document} changes; what that does isn't shown."
        return replace(risk, title=title, reason=f"{risk.kind.value}: its value is secret")
    return replace(risk, title=redactor.without(risk.title), reason=redactor.without(risk.reason))


def _has_secret_document(change: ResourceChange) -> bool:
    sides = [side for side in (change.before, change.after) if side is not None]
    return any("{" in text for value in secret_values(sides, [change]) for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
