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


@lru_cache(maxsize=8192)
def matches(pattern: str, text: str) -> bool:
    """Whether one pattern stands for ``text``, whose case doesn't matter: an action, or the words of an ARN."""
    return holds(words([pattern.lower()]), text.lower())


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


class _Automaton:
    """A clause's patterns as one automaton: a bit for each place in each pattern, and one for its end."""

    def __init__(self, clause: Clause) -> None:
        self.inside = clause.inside
        self.start = self.many = self.ends = self.one = 0
        self.literal: dict[str, int] = {}
        bit = 1
        for pattern in sorted(clause.patterns):
            self.start |= bit
            for ch in pattern:
                if ch == _MANY:
                    self.many |= bit
                elif ch == _ONE:
                    self.one |= bit
                else:
                    self.literal[ch] = self.literal.get(ch, 0) | bit
                bit <<= 1
            self.ends |= bit
            bit <<= 1
        self.start = self._closed(self.start)

    def step(self, state: int, ch: str) -> int:
        """Where ``ch`` leads from ``state``."""
        return self._closed(((state & (self.one | self.literal.get(ch, 0))) << 1) | (state & self.many))

    def accepts(self, state: int) -> bool:
        """Whether a text that led to ``state`` is in the clause."""
        return bool(state & self.ends) is self.inside

    def dead(self, state: int) -> bool:
        """Whether no text that goes on from ``state`` is in the clause."""
        return self.inside and not state

    def expected(self, state: int) -> set[str]:
        """The characters that lead elsewhere than any other."""
        return {ch for ch, bits in self.literal.items() if bits & state}

    def _closed(self, state: int) -> int:
        # A `*` may stand for nothing.
        while (more := state | ((state & self.many) << 1)) != state:
            state = more
        return state


def _walk(clauses: list[Clause]) -> str | None:
    """Breadth first through the product automaton: the first state that every clause accepts."""
    automata = [_Automaton(c) for c in clauses]
    literals = {ch for automaton in automata for ch in automaton.literal}
    other = next(ch for ch in chain(_FILLERS, map(chr, range(0x100, 0x10FFFF))) if ch not in literals)
    start = tuple(a.start for a in automata)
    seen = {start}
    queue = deque([(start, "")])
    while queue:
        states, text = queue.popleft()
        if all(a.accepts(s) for a, s in zip(automata, states, strict=True)):
            return text
        # Every character that no pattern expects here leads to the same state as `other`.
        expected = set().union(*(a.expected(s) for a, s in zip(automata, states, strict=True)))
        for ch in (other, *sorted(expected)):
            after = tuple(a.step(s, ch) for a, s in zip(automata, states, strict=True))
            if after in seen or any(a.dead(s) for a, s in zip(automata, after, strict=True)):
                continue
            seen.add(after)
            if len(seen) > _STATES:
                raise TooComplexError
            queue.append((after, text + ch))
    return None


@lru_cache(maxsize=4096)
def _regex(patterns: frozenset[str]) -> re.Pattern[str]:
    def one(pattern: str) -> str:
        return "".join(".*" if ch == _MANY else "." if ch == _ONE else re.escape(ch) for ch in pattern)

    return re.compile("|".join(one(p) for p in sorted(patterns)) if patterns else r"(?!)", re.DOTALL)
