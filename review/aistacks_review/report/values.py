"""Property values for a reader: short whatever their size, and nothing secret in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aistacks_core.property_values import Archive, Asset, Secret
from aistacks_core.redaction import HIDDEN, SECRET, Redactor, tells
from aistacks_core.snapshot import ABSENT, UNKNOWN

from ..compare.changes import ChangeKind, PropertyChange, ResourceChange
from ..compare.differences import secret_values
from ..review import Review
from .documents import parsed, parts, window
from .escape import SENTENCE, clean
from .masking import tells_of

LATER = "known after deployment"
NOT_SET = "not set"
_PATH = 200
_SPARE = 40
_DEPTH = 12


@dataclass(frozen=True)
class Line:
    """One property as it was and as it becomes; ``""`` where it isn't there. On one line, clean, not yet escaped."""

    path: str
    before: str
    after: str
    replaces: bool = False


class Values:
    """Shows the values of one review, and keeps its secrets out of every text."""

    def __init__(self, review: Review) -> None:
        plans = [plan for plan in (review.head, review.base) if plan] if not review.masked else []
        self._secrets = Redactor(secret_values((r for plan in plans for r in plan.resources), review.changes))

    def message(self, text: str, limit: int = SENTENCE) -> str:
        """A finding's sentence, which may quote a value: without secrets, and short."""
        visible = self._secrets.without(text, limit + _SPARE)
        return f"{visible}…" if len(text) > limit + _SPARE and len(visible) <= limit else visible

    def value(self, value: Any, limit: int = 160) -> str:
        """As JSON, on one line of at most ``limit`` characters; a JSON text as what it says. Unknown, absent and
        secret values are words."""
        if value is ABSENT:
            return NOT_SET
        if value is UNKNOWN or value == f"({LATER})":
            return LATER
        if value in (SECRET, HIDDEN):
            return str(value)
        made: list[str] = []
        budget = limit + 4096
        document = parsed(value) if isinstance(value, str) else None
        for piece in _json(value if document is None else document, budget, 0):
            made.append(piece)
            budget -= len(piece)
            if budget <= 0:
                break
        return clean(self.message("".join(made), limit), limit)

    def lines(self, change: ResourceChange, limit: int = 160, most: int = 40) -> list[Line]:
        """What differs, property by property; a JSON text (a policy) by its own properties."""
        found: list[Line] = []
        inputs = [r.inputs for r in (change.before, change.after) if r is not None]
        for one in change.properties:
            if len(found) >= most:
                break
            path = clean(one.path, _PATH)
            if one.secret or tells_of(one.path, inputs):
                word = SECRET if one.secret else HIDDEN
                before, after = (word if value is not ABSENT else "" for value in (one.before, one.after))
                found.append(Line(path, before, after, one.replaces))
            else:
                found.extend(self._parts(one, path, limit, most - len(found)))
        return found

    def _parts(self, one: PropertyChange, path: str, limit: int, most: int) -> Iterator[Line]:
        for below, old, new in parts(one.before, one.after, most):
            was, now, cut = window(old, new, limit // 2)
            hide = tells(below)
            before, after = (
                "" if value is ABSENT else HIDDEN if hide and isinstance(value, str) else cut + self.value(value, limit)
                for value in (was, now)
            )
            yield Line(f"{path} {clean(below, _PATH)}" if below else path, before, after, one.replaces)


def kept(change: ResourceChange) -> str:
    """What stands against a loss, and what isn't sure, in words; empty where there is nothing to say."""
    notes = []
    if change.kind in (ChangeKind.DELETE, ChangeKind.REPLACE):
        if change.protected:
            notes.append("protected: Pulumi will refuse this")
        if change.retained:
            which = "it" if change.kind is ChangeKind.DELETE else "the old one"
            notes.append(f"{which} stays in the cloud, unmanaged")
        elif change.delete_first and not change.protected:
            notes.append("the old one goes first")
    if change.may_replace:
        notes.append("perhaps a replacement")
    return "; ".join(notes)


def _json(value: Any, budget: int, depth: int) -> Iterator[str]:
    """JSON in pieces, so that who has enough needn't make the rest."""
    if value is UNKNOWN or value is ABSENT:
        yield LATER if value is UNKNOWN else NOT_SET
    elif isinstance(value, str):
        yield json.dumps(value[: budget + 1], ensure_ascii=False)
    elif isinstance(value, Mapping):
        hidden = tells(str(value.get("name", ""))[-100:])
        yield from _joined("{}", (_member(k, v, budget, depth, hidden) for k, v in value.items()), depth)
    elif isinstance(value, list | tuple):
        yield from _joined("[]", (_json(item, budget, depth + 1) for item in value), depth)
    elif isinstance(value, Secret):
        yield SECRET
    elif isinstance(value, Asset | Archive):
        given = {k: v for k, v in vars(value).items() if v and k != "hash"}
        yield f"{type(value).__name__.lower()} "
        yield from _json(given, budget, depth)
    elif isinstance(value, bool) or value is None:
        yield {True: "true", False: "false", None: "null"}[value]
    else:
        yield str(value)[: budget + 1]


def _joined(around: str, items: Iterable[Iterator[str]], depth: int) -> Iterator[str]:
    yield around[0]
    if depth >= _DEPTH:
        yield "…"
    else:
        for place, item in enumerate(items):
            if place:
                yield ", "
            yield from item
    yield around[1]


def _member(key: Any, value: Any, budget: int, depth: int, hidden: bool) -> Iterator[str]:
    name = str(key)[: budget + 1]
    yield f"{json.dumps(name, ensure_ascii=False)}: "
    if isinstance(value, str) and (tells(name) or (hidden and name == "value")):
        yield HIDDEN
    else:
        yield from _json(value, budget, depth + 1)
