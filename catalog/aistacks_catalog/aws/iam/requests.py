"""Sets of requests: what policies allow, and what one set of policies allows beyond another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from .conditions import When
from .patterns import EVERY, TooComplexError, Words, empty

_PIECES = 2_000


@dataclass(frozen=True)
class Requests:
    """Every combination of these actions, resources, principals and contexts."""

    actions: Words = EVERY
    """In lower case."""
    resources: Words = EVERY
    principals: Words = EVERY
    """``AWS:arn:…``, ``Service:…``, ``Federated:…``; in an identity's own policy ``EVERY``."""
    when: When = field(default_factory=When)

    @property
    def none(self) -> bool:
        """Whether there is no such request."""
        return any(empty(getattr(self, axis)) for axis in _AXES) or self.when.impossible

    def __and__(self, other: Requests) -> Requests:
        return Requests(
            self.actions | other.actions,
            self.resources | other.resources,
            self.principals | other.principals,
            self.when & other.when,
        )


_AXES = ("actions", "resources", "principals")


@dataclass(frozen=True)
class Allowed:
    """What a set of policies allows: what ``allows`` holds and ``denies`` doesn't."""

    allows: tuple[Requests, ...] = ()
    denies: tuple[Requests, ...] = ()

    def __add__(self, other: Allowed) -> Allowed:
        return Allowed(self.allows + other.allows, self.denies + other.denies)

    def within(self, boundary: Allowed) -> Allowed:
        """What a permissions boundary leaves of it."""
        both = tuple(r for a in self.allows for b in boundary.allows if not (r := a & b).none)
        return Allowed(both, self.denies + boundary.denies)


def beyond(head: Allowed, base: Allowed) -> list[Requests]:
    """The requests that ``head`` allows and ``base`` doesn't, as pieces that may overlap. ``TooComplexError``
    where there would be too many."""
    found: dict[Requests, None] = {}
    for allow in dict.fromkeys(head.allows):
        if allow in base.allows and set(base.denies) <= set(head.denies):
            continue
        for piece in _without([allow], head.denies):
            found.update(dict.fromkeys(_without([piece], base.allows)))
            for deny in base.denies:
                # What the head denies, too, was taken out above.
                if deny not in head.denies and not (denied := piece & deny).none:
                    found.setdefault(denied)
    return list(found)


def no_longer_denied(head: Allowed, base: Allowed) -> list[Requests]:
    """The requests that ``base`` denies, whatever else allows them, and ``head`` doesn't."""
    return list(dict.fromkeys(p for deny in base.denies for p in _without([deny], head.denies)))


def _without(pieces: list[Requests], others: Iterable[Requests]) -> list[Requests]:
    for other in others:
        pieces = [part for piece in pieces for part in _less(piece, other)]
        if len(pieces) > _PIECES:
            raise TooComplexError
    return pieces


def _less(one: Requests, other: Requests) -> Iterator[Requests]:
    """``one`` without ``other``, as pieces that don't overlap: outside of it by action, else by resource, …"""
    if (one & other).none:
        if not one.none:
            yield one
        return
    inside = one
    for axis in _AXES:
        for clause in sorted(getattr(other, axis), key=lambda c: (len(c.patterns), sorted(c.patterns))):
            here: Words = getattr(inside, axis)
            out = _with(inside, axis, here | {clause.negated})
            if not out.none:
                yield out
            inside = _with(inside, axis, here | {clause})
    if other.when.holds:
        out = replace(inside, when=inside.when & When(fails=frozenset({other.when.holds})))
        if not out.none:
            yield out
        inside = replace(inside, when=inside.when & When(other.when.holds))
    for fail in other.when.fails:
        out = replace(inside, when=inside.when & When(fail))
        if not out.none:
            yield out


def _with(one: Requests, axis: str, them: Words) -> Requests:
    changed: dict[str, Any] = {axis: them}
    return replace(one, **changed)
