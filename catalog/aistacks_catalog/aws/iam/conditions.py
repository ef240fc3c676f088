"""Conditions of a statement as sets of contexts: what follows from what, and what contradicts what.

Where the relation of two conditions isn't known they count as independent, so that a difference is told rather than
overlooked.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .patterns import Clause, empty, shown, simple, within

_LIKE = frozenset({"stringlike", "arnlike", "arnequals"})
_NOT_LIKE = frozenset({"stringnotlike", "arnnotlike", "arnnotequals"})
_EQUAL = frozenset(
    {"stringequals", "stringequalsignorecase", "bool", "numericequals", "dateequals", "binaryequals", "null"}
)
_NOT_EQUAL = frozenset({"stringnotequals", "stringnotequalsignorecase", "numericnotequals", "datenotequals"})
_LESS, _GREATER = ("numericlessthan", "datelessthan"), ("numericgreaterthan", "dategreaterthan")


@dataclass(frozen=True)
class Atom:
    """One key's condition, for example ``StringEquals aws:SourceAccount 111122223333``."""

    operator: str
    """In lower case, without qualifier and ``IfExists``."""
    key: str
    """In lower case."""
    values: frozenset[str]
    qualifier: str = ""
    """``forallvalues``, ``foranyvalue`` or none."""
    if_exists: bool = False
    text: str = ""
    """As the document has it."""

    def __str__(self) -> str:
        return self.text or f"{self.operator} {self.key}"

    @property
    def same(self) -> tuple[Any, ...]:
        """What makes two atoms the same, however they are written."""
        return (self.operator, self.key, self.values, self.qualifier, self.if_exists)


@dataclass(frozen=True)
class When:
    """The contexts in which all of ``holds`` hold and none of ``fails`` holds wholly."""

    holds: frozenset[Atom] = frozenset()
    fails: frozenset[frozenset[Atom]] = frozenset()

    def __and__(self, other: When) -> When:
        return When(self.holds | other.holds, self.fails | other.fails)

    @property
    def impossible(self) -> bool:
        """Whether it is known that there are no such contexts."""
        if any(all(any(implies(h, a) for h in self.holds) for a in fail) for fail in self.fails):
            return True
        atoms = sorted(self.holds, key=str)
        return any(contradicts(a, b) for i, a in enumerate(atoms) for b in atoms[i + 1 :])


def atoms(block: Any) -> frozenset[Atom] | None:
    """A statement's ``Condition``. ``None`` where it isn't readable."""
    if not isinstance(block, Mapping):
        return frozenset() if not block else None
    found = set()
    for operator, keys in block.items():
        if not isinstance(keys, Mapping):
            return None
        name = str(operator).lower()
        qualifier, _, rest = name.rpartition(":")
        if_exists = rest.endswith("ifexists")
        for key, given in keys.items():
            values = given if isinstance(given, list) else [given]
            texts = frozenset(_text(v) for v in values)
            shown_values = ", ".join(shown(v) for v in sorted(texts))
            found.add(
                Atom(
                    rest.removesuffix("ifexists"),
                    str(key).lower(),
                    texts,
                    qualifier,
                    if_exists,
                    f"{operator} {key} {shown_values}",
                )
            )
    return frozenset(found)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else simple(str(value))


def implies(given: Atom, wanted: Atom) -> bool:
    """Whether ``wanted`` is known to hold wherever ``given`` does."""
    if given.same == wanted.same:
        return True
    if given.key != wanted.key or given.qualifier != wanted.qualifier or (given.if_exists and not wanted.if_exists):
        return False
    a, b = given.operator, wanted.operator
    if a in _EQUAL and a == b:
        return given.values <= wanted.values
    if b in _LIKE and (a in _LIKE or a == "stringequals"):
        return within(_clause(given, a in _LIKE), _clause(wanted, like=True))
    if a in _NOT_EQUAL and a == b:
        return wanted.values <= given.values
    if a in _NOT_LIKE and (b in _NOT_LIKE or b == "stringnotequals"):
        return within(_clause(wanted, b in _NOT_LIKE), _clause(given, like=True))
    if (a, b) == ("ipaddress", "ipaddress"):
        return _addresses_within(given.values, wanted.values)
    if (a, b) == ("notipaddress", "notipaddress"):
        return _addresses_within(wanted.values, given.values)
    return _tighter(given, wanted)


def contradicts(one: Atom, other: Atom) -> bool:
    """Whether the two are known never to hold together."""
    if one.key != other.key or one.qualifier or other.qualifier or one.if_exists or other.if_exists:
        return False
    a, b = one.operator, other.operator
    if a == b and a in _EQUAL - {"stringequalsignorecase"}:
        return not one.values & other.values
    positive = _LIKE | {"stringequals"}
    if a in positive and b in positive:
        return empty(_clause(one, a in _LIKE) | _clause(other, b in _LIKE))
    for yes, no in ((one, other), (other, one)):
        if no.operator == yes.operator.replace("string", "stringnot", 1) and yes.operator in positive:
            like = yes.operator in _LIKE
            return within(_clause(yes, like), _clause(no, like))
    return False


def _clause(atom: Atom, like: bool) -> frozenset[Clause]:
    # `=` in front keeps a text with a `*` of its own apart from a pattern.
    values = atom.values if like else {v.replace("*", "\ue000").replace("?", "\ue001") for v in atom.values}
    return frozenset({Clause(frozenset(values))})


def _addresses_within(inner: frozenset[str], outer: frozenset[str]) -> bool:
    try:
        small = [ipaddress.ip_network(v, strict=False) for v in inner]
        large = [ipaddress.ip_network(v, strict=False) for v in outer]
    except ValueError:
        return False
    return all(any(s.version == g.version and s.subnet_of(g) for g in large) for s in small)  # type: ignore[arg-type]


def _tighter(given: Atom, wanted: Atom) -> bool:
    """Bounds on numbers and dates (ISO dates of one form compare as texts)."""
    for stem, sign in ((_LESS, 1), (_GREATER, -1)):
        for kind in stem:
            if {given.operator, wanted.operator} <= {kind, f"{kind}equals"} and len(given.values | wanted.values) <= 2:
                try:
                    if len(given.values) != 1 or len(wanted.values) != 1:
                        return False
                    (a,), (b,) = given.values, wanted.values
                    left, right = (float(a), float(b)) if kind.startswith("numeric") else (_day(a), _day(b))
                except ValueError:
                    return False
                strict = given.operator == kind or wanted.operator != kind
                return (left - right) * sign < 0 or (left == right and strict)
    return False


def _day(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()
