"""The inputs of one resource on both sides, made comparable: what isn't known is the same, changed, or can't be said.

An unknown is the same where both sides pass on the same output as it is, and that output doesn't change. What was
computed from an unknown is neither the same nor changed: it is listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aistacks_core.property_paths import join
from aistacks_core.property_values import Props
from aistacks_core.snapshot import UNKNOWN, Registration
from aistacks_core.symbols import marks
from aistacks_core.wire import SEPARATOR

from .following import Behind, Following
from .matching import Matching

_SAME_UNKNOWN = "(known after deployment)"
"""Stands for a value that isn't known but is the same on both sides."""
IGNORED = "ignored"
"""Key of an asset: the digest of those of its files that git ignores."""
_SHORTEST = 10**12
"""A smaller number holds no mark."""


def known(value: Any) -> Any:
    """``value`` with what isn't known as a value that equals itself."""
    if value is UNKNOWN:
        return _SAME_UNKNOWN
    if isinstance(value, Mapping):
        return {k: known(v) for k, v in value.items()}
    return [known(v) for v in value] if isinstance(value, list) else value


@dataclass
class Settled:
    """What ``settle`` found."""

    before: Props
    after: Props
    uncompared: list[str] = field(default_factory=list)
    """Paths of which nobody can say whether they change."""
    ignored: list[str] = field(default_factory=list)
    """Paths of assets with files that git ignores, which only one side has."""
    unsure: set[str] = field(default_factory=set)
    """Keys that change in a place that can't be told."""


def settle(old: Registration, new: Registration, matching: Matching, following: Following, moved: _Moved) -> Settled:
    """The inputs of ``old`` and ``new`` as they are to be compared."""
    found = Settled(dict(old.inputs), dict(new.inputs))
    for key in dict.fromkeys((*new.inputs, *old.inputs)):
        one = _Key(key, old, new, matching, following, moved)
        found.before[key], found.after[key] = one.settle()
        found.uncompared += one.uncompared
        found.ignored += one.ignored
        if one.lost and isinstance(new.inputs.get(key), dict | list):
            found.unsure.add(key)
    return found


_Moved = Mapping[str, str]
"""Identities and marks in the head to those in the base."""


class _Key:
    """One input of the two."""

    def __init__(
        self, key: str, old: Registration, new: Registration, matching: Matching, following: Following, moved: _Moved
    ) -> None:
        self.key, self.old, self.new = key, old, new
        self.matching, self.following, self.moved = matching, following, moved
        self.uncompared: list[str] = []
        self.ignored: list[str] = []
        self.lost = False
        sources = new.property_dependencies.get(key, ())
        self.changed = following.is_made(sources) or {matching.was(urn) for urn in sources} != set(
            old.property_dependencies.get(key, ())
        )
        """Whether what an unknown comes from is new, replaced, or something else than before."""
        touched = [Behind.read(one) for one in new.computed_from.get(key, ())] if following.touches(sources) else []
        self.behind = [one for one in touched if following.changes(one)]
        self.maybe = [one for one in touched if following.may_change(one)]
        self.texts = [one.text for one in self.behind if one.text]
        self.marks = following.fresh
        self.seen: set[str] = set()

    def settle(self) -> tuple[Any, Any]:
        before, after = self.old.inputs.get(self.key), self.new.inputs.get(self.key)
        left, right = self._both(self.key, before, after)
        if self._is_lost(right):
            # What changes is in there, but hashed, counted or encoded.
            self.lost = True
            return known(before), UNKNOWN
        if self.maybe and left == right and self.key not in self.uncompared:
            self.uncompared.append(self.key)
        return left, right

    def _is_lost(self, right: Any) -> bool:
        if not self.behind or self.key not in self.new.inputs:
            return False
        return any(not (one.text and one.text in self.seen) for one in self.behind) and not _holds_unknown(right)

    def _both(self, path: str, old: Any, new: Any) -> tuple[Any, Any]:
        if new is UNKNOWN:
            return self._unknown(path, old)
        if isinstance(new, Mapping):
            old, new = self._assets(path, old, new)
            left = old if isinstance(old, Mapping) else {}
            pairs = {k: self._both(join(path, k), left.get(k), v) for k, v in new.items()}
            merged = {**{k: known(v) for k, v in left.items()}, **{k: a for k, (a, _) in pairs.items() if k in left}}
            return (merged if isinstance(old, Mapping) else known(old)), {k: b for k, (_, b) in pairs.items()}
        if isinstance(new, list):
            items = old if isinstance(old, list) else []
            both = [self._both(f"{path}[{i}]", items[i] if i < len(items) else None, v) for i, v in enumerate(new)]
            kept = [a for a, _ in both[: len(items)]] + [known(v) for v in items[len(new) :]]
            return (kept if isinstance(old, list) else known(old)), [b for _, b in both]
        after = self._leaf(new)
        if old is UNKNOWN and after is not UNKNOWN and self._stands_for(new, self.new, self._source(self.old, path)):
            return after, after
        return known(old), after

    def _assets(self, path: str, old: Any, new: Any) -> tuple[Any, Any]:
        """Files that git ignores are on one side only, whether they change or not."""
        if not isinstance(old, Mapping) or (IGNORED in old) == (IGNORED in new) or "path" not in new:
            return old, new
        self.ignored.append(path)
        left, right = ({k: v for k, v in one.items() if k != IGNORED} for one in (old, new))
        return left, right

    def _leaf(self, new: Any) -> Any:
        if not isinstance(new, str):
            if not isinstance(new, int | float) or isinstance(new, bool) or abs(new) < _SHORTEST:
                return new
            text = self._leaf(f"{new:.0f}")
            return text if text is UNKNOWN else type(new)(text)
        held = [text for text in self.texts if text in new]
        self.seen.update(held)
        if held or any(found in self.marks for found in marks(new)):
            return UNKNOWN
        for now, was in self.moved.items():
            new = new.replace(now, was)
        return new

    def _unknown(self, path: str, old: Any) -> tuple[Any, Any]:
        source = self._source(self.new, path)
        if old is not UNKNOWN:
            same = not self.changed and self._stands_for(old, self.old, self._was(source))
            return (old, old) if same else (known(old), UNKNOWN)
        if self.changed or (source and self.following.changes(_output(source))):
            return known(old), UNKNOWN
        was = self._source(self.old, path)
        if not source and not was:
            if self.behind:
                return known(old), UNKNOWN
            self.uncompared.append(path)
        elif self._was(source) != was:
            return known(old), UNKNOWN
        elif source and self.following.may_change(_output(source)):
            self.uncompared.append(path)
        return known(old), _SAME_UNKNOWN

    def _source(self, registration: Registration, path: str) -> str:
        return registration.unknown_from.get(path, "")

    def _was(self, source: str) -> str:
        """An output of the head as the base names it."""
        urn, _, output = source.partition(SEPARATOR)
        return f"{self.matching.was(urn)}{SEPARATOR}{output}" if source else ""

    def _stands_for(self, value: Any, registration: Registration, source: str) -> bool:
        """Whether a value is the stand-in of the output that the other side leaves unknown."""
        if not source or isinstance(value, bool) or not isinstance(value, str | int | float):
            return False
        return any(
            text and text == str(value) and f"{urn}{SEPARATOR}{output}" == source
            for urn, output, text in (one.split(SEPARATOR) for one in registration.computed_from.get(self.key, ()))
        )


def _output(source: str) -> Behind:
    urn, _, path = source.partition(SEPARATOR)
    return Behind(urn, path.partition(".")[0], "")


def _holds_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_unknown(v) for v in value.values())
    return any(_holds_unknown(v) for v in value) if isinstance(value, list) else value is UNKNOWN


def unknowns(value: Any) -> bool:
    """Whether something in a property map isn't known."""
    return _holds_unknown(value)


def outputs_in_words(new: Registration, path_key: str) -> Iterator[str]:
    """The outputs that an input was computed from, those first that nothing stands for."""
    found = [Behind.read(one) for one in new.computed_from.get(path_key, ())]
    for one in sorted(found, key=lambda one: (bool(one.text), one.urn, one.output)):
        yield f"{one.output} of {one.urn.rpartition('::')[2]}"
