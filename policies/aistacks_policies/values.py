"""Values that may be unknown, and what a rule can say of them: pass, fail or unknown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from aistacks_core.property_values import ABSENT, UNKNOWN
from aistacks_core.symbols import holds_symbol

Truth = bool | None
"""``None``: it depends on what isn't known."""


class Verdict(StrEnum):
    """What a rule says of a resource."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    UNKNOWN = "unknown"
    """It depends on a value that isn't known before deployment."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing that a rule found. ``path``: of the property, empty for the resource as a whole."""

    verdict: Verdict
    path: str = ""
    what: str = ""
    of: str = ""
    """URN of the resource that the path is in; empty for the one that is judged."""
    called: str = ""
    """Its kind and name, for the reader."""

    @property
    def text(self) -> str:
        """In words: the other resource and the property's path first."""
        where = " ".join(part for part in (self.called, self.path) if part)
        return f"{where}: {self.what}" if where else self.what


Answers = Iterable[Answer]
PASS = Answer(Verdict.PASS)


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a resource's property, and where it stands. Touching what isn't known never raises."""

    raw: Any
    path: str = ""

    def __getitem__(self, key: str) -> Value:
        """The value of one key; of something unknown it is unknown, of anything but a mapping absent."""
        path = f"{self.path}.{key}" if self.path else key
        if self.raw is UNKNOWN:
            return Value(UNKNOWN, path)
        if isinstance(self.raw, Mapping):
            return Value(self.raw.get(key, ABSENT), path)
        if isinstance(self.raw, list) and len(self.raw) == 1:
            # What is one block for AWS is a list of one in some of the provider's versions.
            return Value(self.raw[0], self.path)[key]
        return Value(ABSENT, path)

    def at(self, path: str) -> Value:
        """The value at a dotted path; for keys that hold no dot themselves."""
        found = self
        for key in path.split("."):
            found = found[key]
        return found

    def each(self) -> list[Value]:
        """The elements of a list; one unknown element where the list isn't known; a single value as its only one."""
        if self.raw is UNKNOWN:
            return [Value(UNKNOWN, f"{self.path}[*]")]
        if isinstance(self.raw, (list, tuple)):
            return [Value(item, f"{self.path}[{i}]") for i, item in enumerate(self.raw)]
        return [] if self.absent else [self]

    def entries(self) -> list[tuple[str, Value]]:
        """Keys and values of a mapping; one unknown pair where it isn't known."""
        if self.raw is UNKNOWN:
            return [("*", self["*"])]
        return [(str(k), self[str(k)]) for k in self.raw] if isinstance(self.raw, Mapping) else []

    @property
    def unknown(self) -> bool:
        """Whether nothing is known of it."""
        return self.raw is UNKNOWN

    @property
    def absent(self) -> bool:
        """Whether it isn't there: not set, null, or the empty string that the provider's outputs have instead."""
        return self.raw is ABSENT or self.raw is None or (isinstance(self.raw, str) and not self.raw)

    @property
    def present(self) -> Truth:
        """Whether something is there that isn't empty."""
        return None if self.unknown else not self.absent and self.raw not in ([], {})

    @property
    def symbolic(self) -> bool:
        """Whether it is a string of which a part, or a number that, is only known after deployment."""
        return isinstance(self.raw, str | int | float) and holds_symbol(self.raw)

    @property
    def text(self) -> str:
        """The string, symbols included; empty for anything else."""
        return self.raw if isinstance(self.raw, str) else ""

    @property
    def number(self) -> float | None:
        """The number it is, also one written as a string; ``None`` where it isn't known."""
        if isinstance(self.raw, bool) or not isinstance(self.raw, (int, float, str)) or self.symbolic:
            return None
        try:
            return float(self.raw)
        except ValueError:
            return None

    def or_else(self, default: Any) -> Value:
        """Itself, or what AWS takes where it is absent."""
        return replace(self, raw=default) if self.absent else self

    def equals(self, *allowed: Any) -> Truth:
        """Whether it is one of ``allowed``; booleans may be written as strings."""
        if self.unknown:
            return None
        if any(_same(self.raw, one) for one in allowed):
            return True
        return None if self.symbolic else False

    def fails(self, what: str) -> Answer:
        """A failure here."""
        return Answer(Verdict.FAIL, self.path, what)

    def unsure(self, why: str = "isn't known before deployment") -> Answer:
        """It can't be told here."""
        return Answer(Verdict.UNKNOWN, self.path, why)

    def judged(self, good: Truth, what: str) -> Answer:
        """Pass, fail with ``what``, or unknown."""
        return PASS if good else self.unsure() if good is None else self.fails(what)

    def must_be(self, *allowed: Any) -> Answer:
        """Demands one of ``allowed``."""
        wanted = " or ".join(map(short_json, allowed))
        return self.judged(self.equals(*allowed), f"{self._state()}, must be {wanted}")

    def must_not_be(self, *forbidden: Any) -> Answer:
        """Demands anything but ``forbidden``."""
        found = self.equals(*forbidden)
        # A text that deployment makes has characters of its own: it is none of the well-known ones.
        good = True if found is None and self.symbolic else None if found is None else not found
        return self.judged(good, f"is {short_json(self.raw)}, must be something else")

    def must_be_set(self) -> Answer:
        """Demands that something is there."""
        return self.judged(self.present, f"{self._state()}, must be set")

    def must_be_unset(self) -> Answer:
        """Demands that nothing is there."""
        present = self.present
        return self.judged(None if present is None else not present, f"{self._state()}, must be empty")

    def must_be_at_least(self, least: float) -> Answer:
        """Demands a number of at least ``least``."""
        if self.unknown or self.symbolic:
            return self.unsure()
        number = self.number
        return self.judged(number is not None and number >= least, f"{self._state()}, must be at least {least:g}")

    def must_be_at_most(self, most: float) -> Answer:
        """Demands a number of at most ``most``."""
        if self.unknown or self.symbolic:
            return self.unsure()
        number = self.number
        return self.judged(number is not None and number <= most, f"{self._state()}, must be at most {most:g}")

    def must_hold(self, *wanted: Any) -> Answer:
        """Demands a list that holds all of ``wanted``."""
        items = self.each()
        missing = [w for w in wanted if not any(item.equals(w) for item in items)]
        if missing and any(item.unknown or item.symbolic for item in items):
            return self.unsure()
        return self.judged(not missing, f"lacks {', '.join(map(str, missing))}")

    def _state(self) -> str:
        return "isn't set" if self.absent else f"is {short_json(self.raw)}"


def short_json(raw: Any) -> str:
    """A value in a message: short, and JSON where it can be."""
    try:
        text = json.dumps(raw, ensure_ascii=False)
    except (TypeError, ValueError):
        text = type(raw).__name__
    return text if len(text) <= 60 else f"{text[:57]}…"


def _same(raw: Any, one: Any) -> bool:
    if isinstance(one, bool) and isinstance(raw, str):
        return raw.lower() == str(one).lower()
    return isinstance(raw, bool) == isinstance(one, bool) and bool(raw == one)


def fail(what: str) -> Answer:
    """The resource as a whole fails."""
    return Answer(Verdict.FAIL, "", what)


def unsure(why: str) -> Answer:
    """Of the resource as a whole it can't be told."""
    return Answer(Verdict.UNKNOWN, "", why)


def all_of(truths: Iterable[Truth]) -> Truth:
    """True where all are; unknown where that hangs on an unknown one."""
    found = list(truths)
    return False if False in found else None if None in found else True


def any_of(truths: Iterable[Truth]) -> Truth:
    """True where one is; unknown where that hangs on an unknown one."""
    found = list(truths)
    return True if True in found else None if None in found else False


def no(truth: Truth) -> Truth:
    """The opposite."""
    return None if truth is None else not truth


def either(*answers: Answer, otherwise: Answer | None = None) -> Answer:
    """Passes where one does; else unknown where one is; else ``otherwise``, or the first failure."""
    for verdict in (Verdict.PASS, Verdict.UNKNOWN):
        for answer in answers:
            if answer.verdict is verdict:
                return answer
    return otherwise or answers[0]


def worst(answers: Answers) -> tuple[Verdict, list[Answer]]:
    """The verdict of all together, with the answers that make it so."""
    by: dict[Verdict, list[Answer]] = {Verdict.PASS: [], Verdict.FAIL: [], Verdict.UNKNOWN: []}
    for answer in answers:
        by[answer.verdict].append(answer)
    for verdict in (Verdict.FAIL, Verdict.UNKNOWN):
        if by[verdict]:
            return verdict, by[verdict]
    return Verdict.PASS, []


def summed(answers: Answers) -> Answer:
    """All in one: the first of those that make the verdict."""
    verdict, found = worst(answers)
    return found[0] if found else Answer(verdict)


def walk(value: Value) -> Iterator[Value]:
    """Every value below, itself first."""
    yield value
    if isinstance(value.raw, Mapping):
        for _, child in value.entries():
            yield from walk(child)
    elif isinstance(value.raw, list):
        for child in value.each():
            yield from walk(child)
