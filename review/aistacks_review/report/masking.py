"""The one place where what is secret is taken out of a review: terminal, JSON, Markdown, page and SARIF have it so."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from aistacks_core.property_paths import steps
from aistacks_core.property_values import Archive, Asset, Secret
from aistacks_core.redaction import HIDDEN, SECRET, VARIABLE, Redactor, hideable, tells
from aistacks_core.secret_forms import looking_like_secrets
from aistacks_core.snapshot import ABSENT, UNKNOWN, Plan, Registration

from ..compare.changes import PropertyChange, ResourceChange
from ..compare.differences import secret_values
from ..review import Review
from .documents import parsed

_DEPTH = 24
_LOOKED_THROUGH = 1_000
_SHORTEST_NAMED = 6
"""Characters of a text that only its name makes secret, from which on copies of it are looked for."""


def masked(review: Review, variables: Iterable[str] = ()) -> Review:
    """``review`` with ``(secret)`` for every secret and every copy of one, in whatever form.

    Secret is what the program marked, what the type keeps secret, a Kubernetes Secret's content, what a name says or
    a look (a private key, an address with a password), and the values of those of the environment ``variables`` whose
    names say it. A review that was masked already comes back itself. What a plan holds (its resources' inputs) stays:
    no format shows it.
    """
    if review.masked:
        return review
    given = [os.environ.get(name, "") for name in variables if tells(name)]
    mask = _Mask(Redactor([*_secrets(review), *given]))
    if mask.names_one(review):
        # A name with a secret in it is one name everywhere, so what hangs together by it still does.
        base = _renamed(mask, review.base) if review.base else None
        changes = [mask.renamed(change) for change in review.changes]
        review = replace(review, head=_renamed(mask, review.head), base=base, changes=changes)
    spoken: dict[str, Any] = {name: mask.texts(getattr(review, name)) for name in _SPOKEN}
    return replace(review, changes=[mask.change(change) for change in review.changes], **spoken, masked=True)


_SPOKEN = ("risks", "policies", "cost", "opaque", "disagreements", "outputs", "notes", "error", "base_error")
"""What of a review is told in sentences."""


def _secrets(review: Review) -> Iterator[Any]:
    plans = [plan for plan in (review.base, review.head) if plan]
    yield from secret_values((r for plan in plans for r in plan.resources), review.changes)
    spoken = {finding.urn for found in (review.risks, review.policies) for finding in found}
    shown = [r for change in review.changes for r in (change.before, change.after) if r is not None]
    names = {r.name for plan in plans for r in plan.resources}
    seen: set[int] = set()
    found = {id(r): r for r in (*shown, *(r for plan in plans for r in plan.resources if r.urn in spoken))}
    for registration in found.values():
        for text in _telling(registration.inputs, 0, seen):
            if text not in names:
                yield text
    yield from (secret for text in _said(review) for secret in _telling(text, _DEPTH, seen))
    for change in review.changes:
        for one in change.properties:
            yield from (text for side in (one.before, one.after) for text in _telling(side, 0, seen))


def _said(review: Review) -> Iterator[str]:
    yield from (review.error, review.base_error, *review.outputs, *review.notes, *review.disagreements)
    yield from (part.what for part in review.opaque)
    yield from (text for risk in review.risks for text in (risk.title, risk.reason))
    yield from (finding.message for finding in review.policies)


def _telling(value: Any, depth: int, seen: set[int], hidden: bool = False) -> Iterator[str]:
    """The texts in ``value`` that are secret by their name or their look. ``seen``: long texts that were read."""
    if isinstance(value, str):
        if hidden and hideable(value) and len(value) >= _SHORTEST_NAMED:
            yield value
        if len(value) > _LOOKED_THROUGH:
            if id(value) in seen:
                return
            seen.add(id(value))
        yield from looking_like_secrets(value)
        if depth < _DEPTH and (table := parsed(value)) is not None:
            yield from _telling(table, depth + 1, seen)
    elif isinstance(value, Mapping) and depth < _DEPTH:
        named = _names_a_secret(value)
        for key, item in value.items():
            yield from _telling(item, depth + 1, seen, tells(str(key)) or (named and key == "value"))
    elif isinstance(value, list) and depth < _DEPTH:
        for item in value:
            yield from _telling(item, depth + 1, seen)


def _names_a_secret(table: Mapping[str, Any]) -> bool:
    """Whether it is a variable (``name`` beside ``value``) whose name says that it is secret."""
    name = table.get("name", "")
    return isinstance(name, str) and "value" in table and VARIABLE.search(name[-100:]) is not None


def _renamed(mask: _Mask, plan: Plan) -> Plan:
    return replace(plan, resources=[mask.registration(r) for r in plan.resources])


class _Mask:
    """Takes what one redactor knows out of texts, values and everything that is made of them."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._names = Redactor(redactor.longest)

    def text(self, text: str) -> str:
        """Without secrets, whatever its length."""
        return self._redactor.without(text)

    def names_one(self, review: Review) -> bool:
        """Whether a resource's name has a secret in it."""
        if not self._names:
            return False
        plans = [plan for plan in (review.base, review.head) if plan]
        urns = "\n".join(r.urn for plan in plans for r in plan.resources)
        return self._names.without(urns) != urns

    def registration(self, registration: Registration) -> Registration:
        """With another name, if there is a secret in it; ``inputs`` stay, they aren't shown."""
        say = self._names.without
        return replace(
            registration,
            name=say(registration.name),
            urn=say(registration.urn),
            parent=say(registration.parent),
            dependencies=tuple(map(say, registration.dependencies)),
        )

    def renamed(self, change: ResourceChange) -> ResourceChange:
        """Likewise, on both sides."""
        before, after = (self.registration(r) if r else None for r in (change.before, change.after))
        return replace(change, before=before, after=after, component=self._names.without(change.component))

    def texts(self, found: Any) -> Any:
        """``found`` with every text in it masked: a text, a list or a dataclass of such."""
        if isinstance(found, str):
            return self.text(found) if type(found) is str else found
        if isinstance(found, list | tuple):
            return type(found)(self.texts(one) for one in found)
        if is_dataclass(found) and not isinstance(found, type):
            new = {f.name: self.texts(old) for f in fields(found) if (old := getattr(found, f.name)) is not None}
            changed = {name: value for name, value in new.items() if value != getattr(found, name)}
            return replace(found, **changed) if changed else found
        return found

    def change(self, change: ResourceChange) -> ResourceChange:
        """With masked values, and a masked reason."""
        inputs = [r.inputs for r in (change.before, change.after) if r is not None]
        properties = tuple(self._property(one, inputs) for one in change.properties)
        reason = self.text(change.reason)
        if reason == change.reason and properties == change.properties:
            return change
        return replace(change, properties=properties, reason=reason)

    def _property(self, one: PropertyChange, inputs: list[dict[str, Any]]) -> PropertyChange:
        word = SECRET if one.secret else HIDDEN if tells_of(one.path, inputs, (one.before, one.after)) else ""
        if word:
            one = replace(one, path=self.text(one.path))
            before, after = (word if value is not ABSENT else ABSENT for value in (one.before, one.after))
            return replace(one, before=before, after=after)
        one = replace(one, path=path) if (path := self.text(one.path)) != one.path else one
        before, after = self.value(one.before), self.value(one.after)
        if before == after and one.before != one.after:
            # What differs is the secret in it.
            return replace(one, before=SECRET, after=SECRET, secret=True)
        if before == one.before and after == one.after:
            return one
        return replace(one, before=before, after=after)

    def value(self, value: Any, depth: int = 0, hidden: bool = False) -> Any:
        """A property's value, masked all the way down."""
        if isinstance(value, str):
            return HIDDEN if hidden and hideable(value) else self._document(value, depth)
        if isinstance(value, Mapping):
            if depth >= _DEPTH:
                return {}
            named = _names_a_secret(value)
            return {
                self.text(str(key)): self.value(item, depth + 1, tells(str(key)) or (named and key == "value"))
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self.value(item, depth + 1) for item in value] if depth < _DEPTH else []
        if isinstance(value, Asset | Archive):
            return self.texts(value)
        if isinstance(value, Secret):
            return SECRET
        if isinstance(value, int | float) and not isinstance(value, bool):
            said = str(value)
            return value if self.text(said) == said else SECRET
        return value

    def _document(self, text: str, depth: int) -> str:
        """A text; a JSON text by what it says, too, and as it stands where that isn't secret."""
        said = self.text(text)
        table = parsed(said) if depth < _DEPTH else None
        if table is None:
            return said
        shown = self.value(table, depth + 1)
        return said if shown == table else _json(shown)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def tells_of(path: str, inputs: list[dict[str, Any]], values: Iterable[Any] = ()) -> bool:
    """Whether the last key of ``path``, or the name beside a ``value``, says that a text there is secret."""
    keys = [step for step in steps(path[:4096]) if isinstance(step, str)]
    texts = [*values, *(_inside(one, path) for one in inputs)]
    if not keys or not any(hideable(text) for text in texts if text is not UNKNOWN):
        return False
    if keys[-1] != "value" or "." not in path:
        return tells(keys[-1])
    beside = [_inside(one, f"{path.rpartition('.')[0]}.name") for one in inputs]
    return any(isinstance(name, str) and VARIABLE.search(name[-100:]) is not None for name in beside)


def _inside(value: Any, path: str) -> Any:
    """The value at a path that may lead into a JSON text; ``None`` where there is none."""
    for step in steps(path[:4096]):
        table = parsed(value) if isinstance(value, str) else value
        keyed = isinstance(table, dict) and step in table
        if not keyed and not (isinstance(table, list) and isinstance(step, int) and step < len(table)):
            return None
        value = table[step]
    return value
