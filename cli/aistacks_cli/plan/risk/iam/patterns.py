"""Sets of texts that wildcard patterns describe, and an exact answer to whether such a set is empty.

A pattern is IAM's: ``*`` stands for any text, the empty one too, ``?`` for one character. A ``Clause`` is a union of
patterns or what lies outside of it; ``Words`` are the texts that every clause holds. Nothing is sampled: whether
``Words`` are empty is decided by walking the product of the clauses' automata, each made deterministic on the way.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

_STATES = 20_000
_MANY, _ONE = "*", "?"
# Stand for a literal `*`, `?` and `$`, which IAM writes as policy variables.
_LITERALS = {"${*}": "\ue000", "${?}": "\ue001", "${$}": "\ue002"}
_SHOWN = str.maketrans({"\ue000": "*", "\ue001": "?", "\ue002": "$"})
_FILLERS = "x0abcdefghijklmnopqrstuvwyz123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class TooComplexError(Exception):
    """The sets have more states than are walked; nothing is known of them."""


@dataclass(frozen=True)
class Clause:
    """The texts that match one of ``patterns``, or where ``inside`` is ``False`` those that match none."""

    patterns: frozenset[str]
    inside: bool = True

    @property
    def negated(self) -> Clause:
        """The other texts."""
        return Clause(self.patterns, not self.inside)

    def __contains__(self, text: str) -> bool:
        return (_regex(self.patterns).fullmatch(text) is not None) is self.inside


Words = frozenset[Clause]
"""The texts that every clause holds; no clause at all: every text."""

EVERY: Words = frozenset()


def words(patterns: Iterable[str], inside: bool = True) -> Words:
    """The texts that match one of ``patterns`` (or none of them). Where they are all texts: ``EVERY``."""
    made = frozenset(simple(p) for p in patterns)
    if inside and _MANY in made:
        return EVERY
    return frozenset({Clause(made, inside)})


def simple(pattern: str) -> str:
    """``pattern`` with its escaped characters as literals and runs of ``*`` as one."""
    for escape, literal in _LITERALS.items():
        pattern = pattern.replace(escape, literal)
    return re.sub(r"\*+", "*", pattern)


def shown(pattern: str) -> str:
    """A pattern or a text for a reader."""
    return pattern.translate(_SHOWN)


def holds(them: Words, text: str) -> bool:
    """Whether ``text`` is one of ``them``."""
    return all(text in clause for clause in them)


def empty(them: Words) -> bool:
    """Whether no text is one of ``them``. ``TooComplexError`` beyond a number of states."""
    return example(them) is None


def within(inner: Words, outer: Words) -> bool:
    """Whether every text of ``inner`` is one of ``outer``."""
    return all(empty(inner | {clause.negated}) for clause in outer)


@lru_cache(maxsize=50_000)
def example(them: Words) -> str | None:
    """One of the shortest texts of ``them``; ``None`` where there is none."""
    inside = [c for c in them if c.inside]
    outside = [c for c in them if not c.inside]
    if any(not c.patterns for c in inside) or any(_MANY in c.patterns for c in outside):
        return None
    if any(i.patterns <= o.patterns for i in inside for o in outside):
        return None
    for clause in sorted(inside, key=lambda c: len(c.patterns)):
        if not any(_MANY in p or _ONE in p for p in clause.patterns):
            return min((p for p in clause.patterns if holds(them, p)), key=lambda p: (len(p), p), default=None)
    if not any(c.patterns for c in outside) and len(inside) <= 1:
        return _shortest(inside[0]) if inside else ""
    return _walk(inside + outside)


def _shortest(clause: Clause) -> str:
    return min((p.replace(_MANY, "").replace(_ONE, "x") for p in clause.patterns), key=lambda t: (len(t), t))


_States = frozenset[tuple[str, int]]


def _walk(clauses: list[Clause]) -> str | None:
    """Breadth first through the product automaton: the first state that every clause accepts."""
    start = tuple(_closed((p, 0) for p in clause.patterns) for clause in clauses)
    literals = {ch for clause in clauses for p in clause.patterns for ch in p if ch not in "*?"}
    other = next(ch for ch in chain(_FILLERS, map(chr, range(0x100, 0x10FFFF))) if ch not in literals)
    seen = {start}
    queue = deque([(start, "")])
    while queue:
        states, text = queue.popleft()
        if all(_accepts(s) is c.inside for s, c in zip(states, clauses, strict=True)):
            return text
        # Every character that no pattern expects here leads to the same state as `other`.
        expected = {p[i] for s in states for p, i in s if i < len(p)} - {_MANY, _ONE}
        for ch in (other, *sorted(expected)):
            after = tuple(_step(s, ch) for s in states)
            if after in seen or any(c.inside and not s for s, c in zip(after, clauses, strict=True)):
                continue
            seen.add(after)
            if len(seen) > _STATES:
                raise TooComplexError
            queue.append((after, text + ch))
    return None


def _closed(states: Iterable[tuple[str, int]]) -> _States:
    found = set()
    for pattern, at in states:
        found.add((pattern, at))
        while at < len(pattern) and pattern[at] == _MANY:
            at += 1
            found.add((pattern, at))
    return frozenset(found)


def _step(states: _States, ch: str) -> _States:
    after = []
    for pattern, at in states:
        if at == len(pattern):
            continue
        here = pattern[at]
        if here == _MANY:
            after.append((pattern, at))
        elif here in (_ONE, ch):
            after.append((pattern, at + 1))
    return _closed(after)


def _accepts(states: _States) -> bool:
    return any(at == len(pattern) for pattern, at in states)


@lru_cache(maxsize=4096)
def _regex(patterns: frozenset[str]) -> re.Pattern[str]:
    def one(pattern: str) -> str:
        return "".join(".*" if ch == _MANY else "." if ch == _ONE else re.escape(ch) for ch in pattern)

    return re.compile("|".join(one(p) for p in sorted(patterns)) if patterns else r"(?!)", re.DOTALL)
