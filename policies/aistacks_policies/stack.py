"""The resources of a stack, and the references between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar, cast

from aistacks_core import symbols

from .resource import Resource
from .values import PASS, Answer, Answers, Truth, Value, Verdict, either, summed

Types = tuple[str, ...]
Made = TypeVar("Made")
_NAMES = (
    "id",
    "arn",
    "name",
    "bucket",
    "keyId",
    "roleName",
    "clusterIdentifier",
    "workgroupName",
    "namespaceName",
    "url",
)
"""Properties whose text names a resource to others."""
_TOP = re.compile(r"[.\[]")


@dataclass(frozen=True)
class Pointed:
    """What a value points at."""

    sure: tuple[Resource, ...] = ()
    maybe: tuple[Resource, ...] = ()
    """Resources that it could be, too."""

    @property
    def all(self) -> tuple[Resource, ...]:
        """Sure or not."""
        return (*self.sure, *self.maybe)


@dataclass
class Attached:
    """The resources that point at one, through one of their properties."""

    sure: list[Resource] = field(default_factory=list)
    maybe: list[Resource] = field(default_factory=list)
    """Those of which it isn't known whether they do."""

    def where(self, test: Callable[[Resource], Truth]) -> Attached:
        """Those of which ``test`` holds; where that isn't known, only maybe."""
        sure = [(r, test(r)) for r in self.sure]
        maybe = [r for r in self.maybe if test(r) is not False]
        return Attached([r for r, it in sure if it], [r for r, it in sure if it is None] + maybe)

    def must(self, check: Callable[[Resource], Answers], missing: Answer) -> Answer:
        """Passes where one of them passes ``check``; ``missing`` where there is none."""
        found = [_with_resource(r, summed(check(r))) for r in self.sure]
        if self.maybe:
            names = ", ".join(sorted(r.name for r in self.maybe)[:3])
            found.append(Answer(Verdict.UNKNOWN, "", f"{names} may belong to it"))
        return either(*found) if found else missing

    def all_must(self, check: Callable[[Resource], Answers]) -> list[Answer]:
        """What ``check`` says of each; of one that may not belong here, a failure is only unsure."""
        answers = [_with_resource(r, summed(check(r))) for r in self.sure]
        for r in self.maybe:
            answer = _with_resource(r, summed(check(r)))
            answers.append(replace(answer, verdict=Verdict.UNKNOWN) if answer.verdict is Verdict.FAIL else answer)
        return answers


def _with_resource(resource: Resource, answer: Answer) -> Answer:
    if answer.verdict is Verdict.PASS:
        return answer
    return answer if answer.of else replace(answer, of=resource.urn, called=f"{resource.kind} {resource.name}")


def _top(value: Value) -> str:
    return _TOP.split(value.path, maxsplit=1)[0]


class Stack:
    """``marks``: a plan's symbols with the URN that each stands for. ``today``: the day that rules reckon with."""

    def __init__(
        self, resources: Iterable[Resource], *, marks: Mapping[str, str] | None = None, today: date | None = None
    ) -> None:
        self.resources = list(resources)
        self.today = today or date.today()
        self._marks = marks or {}
        self._by_urn = {r.urn: r for r in self.resources}
        self._by_type: dict[str, list[Resource]] = {}
        for resource in self.resources:
            self._by_type.setdefault(resource.type, []).append(resource)
        self._literals: dict[Types, dict[str, list[Resource]]] = {}
        self._attached: dict[tuple[Types, str, Types], dict[str, Attached]] = {}
        self._made: dict[Callable[[Stack], Any], Any] = {}

    def of(self, types: Types) -> list[Resource]:
        """The resources of these types."""
        return [r for t in types for r in self._by_type.get(t, ())]

    def once(self, make: Callable[[Stack], Made]) -> Made:
        """What ``make`` makes of the whole stack, made once for all who ask."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast(Made, self._made[make])

    def pointed(self, source: Resource, value: Value, types: Types) -> Pointed:
        """The resources of ``types`` at which ``value``, a property of ``source`` or below one, points.

        By the symbols in a string, by a name or id that is spelled out, or by what the property was made from.
        """
        if isinstance(value.raw, list):
            parts = [self.pointed(source, item, types) for item in value.each()]
            sure = {r.urn: r for p in parts for r in p.sure}
            maybe = {r.urn: r for p in parts for r in p.maybe if r.urn not in sure}
            return Pointed(tuple(sure.values()), tuple(maybe.values()))
        if value.absent:
            return Pointed()
        if value.text:
            marks = list(symbols.marks(value.text))
            marked = [self._by_urn[u] for m in marks if (u := self._marks.get(m, "")) in self._by_urn]
            if marked:
                return Pointed(tuple(r for r in marked if r.type in types))
            spelled = self._spelled(types).get(value.text)
            if spelled:
                return Pointed(tuple(spelled))
        return self._made_from(source, value, types)

    def must_come_from(self, source: Resource, value: Value, types: Types) -> Answer:
        """Demands that ``value`` is set; one that isn't known is, where it is made from a resource of ``types``."""
        if value.unknown and any(self._origins(source, value, types)):
            return PASS
        return value.must_be_set()

    def _made_from(self, source: Resource, value: Value, types: Types) -> Pointed:
        found, behind = self._origins(source, value, types)
        if len(found) == 1:
            return Pointed(found)
        if found or (value.unknown and behind):
            return Pointed((), found or behind)
        # Nothing says where an unknown value comes from: it could be any.
        return (
            Pointed((), tuple(self.of(types))) if value.unknown and not source.depends.get(_top(value)) else Pointed()
        )

    def _origins(
        self, source: Resource, value: Value, types: Types
    ) -> tuple[tuple[Resource, ...], tuple[Resource, ...]]:
        """What of ``types`` the property was made from, and what stands one step behind."""
        urns = source.depends.get(_top(value), ())
        found = self._known(urns, types)
        near = [self._by_urn[urn] for urn in urns if urn in self._by_urn]
        behind = [urn for r in near for deeper in r.depends.values() for urn in deeper]
        return found, self._known(behind, types)

    def _known(self, urns: Iterable[str], types: Types) -> tuple[Resource, ...]:
        known = {urn: self._by_urn[urn] for urn in urns if urn in self._by_urn}
        return tuple(r for r in known.values() if r.type in types)

    def _spelled(self, types: Types) -> dict[str, list[Resource]]:
        if types not in self._literals:
            index: dict[str, list[Resource]] = {}
            for resource in self.of(types):
                names = (table.get(key) for key in _NAMES for table in (resource.outputs, resource.props))
                for name in {n for n in names if isinstance(n, str) and n}:
                    index.setdefault(name, []).append(resource)
            self._literals[types] = index
        return self._literals[types]

    def attached(self, target: Resource, types: Types, prop: str, among: Types = ()) -> Attached:
        """The resources of ``types`` whose property ``prop`` points at ``target``.

        ``among``: all types that the property may point at. Default: the target's own.
        """
        key = (types, prop, among or (target.type,))
        if key not in self._attached:
            index: dict[str, Attached] = {}
            for source in self.of(types):
                pointed = self.pointed(source, source.at(prop), key[2])
                for one in pointed.sure:
                    index.setdefault(one.urn, Attached()).sure.append(source)
                for one in pointed.maybe:
                    index.setdefault(one.urn, Attached()).maybe.append(source)
            self._attached[key] = index
        return self._attached[key].get(target.urn) or Attached()
