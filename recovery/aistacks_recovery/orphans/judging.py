"""Judges what of an account's things is a stack's: which its state knows, which are parts of those, which are left."""

from __future__ import annotations

import enum
import fnmatch
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .expressions import value
from .listing import Thing
from .stack import STACK_TAG, Stack, cluster_of, controllers, maker_of


class Standing(enum.StrEnum):
    """What something is to the stack."""

    ORPHAN = "orphan"
    """Nobody looks after it."""
    CONTROLLED = "controlled"
    """A controller of a cluster that is in the state, or a service that ends it by itself, made it and looks after
    it."""
    BELONGS = "belongs"
    """A part of something that is in the state, and goes with it."""

    @property
    def heading(self) -> str:
        """For people."""
        return _HEADINGS[self.value]


_POINT = "recovery point"
_LAST = 1000
"""Rank of what isn't in the inventory: whatever it may be a part of comes before it."""
_LISTENER = re.compile(r":listener(?:-rule)?/((?:app|net|gwy)/[^/]+/[^/]+)/")
"""A listener's ARN, or its rule's, has its load balancer's; both carry the controller's tags."""
_HEADINGS = {
    "orphan": "Nobody looks after these",
    "controlled": "A living cluster's controllers and services of AWS look after these",
    "belongs": "Parts of what is in the state",
}


@dataclass(frozen=True)
class Found:
    """Something that is the stack's and not in its state.

    ``certain``: a tag or a name says so that only this stack has.
    """

    thing: Thing
    because: str
    """For people: the tag, the name or the place by which it is the stack's."""
    standing: Standing
    certain: bool = True
    made_by: str = ""
    """A controller or a service; empty where no tag says it."""
    part_of: str = ""
    """The id of what it is a part of, or lies in."""
    refused: str = ""
    """Why it isn't removed by itself."""


def found_among(stack: Stack, things: Iterable[Thing]) -> list[Found]:
    """What of ``things`` is the stack's and not in its state, in no order."""
    return _Sorter(stack, list(things)).found()


@dataclass
class _Sorter:
    """Tells the stack's things from all others."""

    stack: Stack
    things: list[Thing]
    kept: dict[str, str] = field(default_factory=dict)
    """What a part may name its whole by → the id; of what is in the state or belongs to it."""
    left: dict[str, str] = field(default_factory=dict)
    """Likewise of the orphans."""
    backups: set[str] = field(default_factory=set)
    """ARNs of recovery points, which of a warehouse's are its snapshots."""

    def found(self) -> list[Found]:
        """In no order."""
        self.backups = {thing.arn for thing in self.things if thing.kind == _POINT}
        known, rest = self._split()
        for thing in known:
            self._note(self.kept, thing)
        clusters = {t.id for t in rest if t.type == "aws:eks/cluster:Cluster" and self.stack.why(t.tags)}
        # Controllers of a cluster that is an orphan itself are this stack's, too.
        self.stack = replace(self.stack, clusters=self.stack.clusters | clusters)
        decided: list[Found] = []
        names = self._names(rest)
        # By rank a whole is judged before its parts; what lies in something of a higher one waits for the next round.
        waiting = sorted(rest, key=lambda thing: thing.row.rank if thing.row else _LAST)
        while waiting:
            before, waiting = waiting, []
            for thing in before:
                judged = self._judged(thing, names)
                if judged is None:
                    waiting.append(thing)
                    continue
                self._note(self.left if judged.standing is Standing.ORPHAN else self.kept, thing)
                decided.append(judged)
            if len(waiting) == len(before):
                break
        return decided

    def _split(self) -> tuple[list[Thing], list[Thing]]:
        known: list[Thing] = []
        rest: list[Thing] = []
        for thing in self.things:
            types = thing.row.tokens if thing.row else ()
            ids = [thing.arn, thing.id]
            if thing.row and thing.row.state_id:
                ids.append(value(thing.row.state_id, thing.context))
            (known if self.stack.known.has(types, ids) else rest).append(thing)
        return known, rest

    def _note(self, where: dict[str, str], thing: Thing) -> None:
        for key in {thing.id, thing.arn, thing.arn.rpartition(":loadbalancer/")[2]}:
            where[key] = thing.id
        for token in thing.row.tokens if thing.row else ():
            where[f"{token}|{thing.id}"] = thing.id

    def _names(self, rest: Iterable[Thing]) -> dict[str, set[str]]:
        """Type → the names of this stack's own."""
        found: dict[str, set[str]] = defaultdict(set)
        for kind, id_ in self.stack.known.ids:
            found[kind].add(id_)
        for thing in rest:
            if self.stack.why(thing.tags):
                found[thing.type].add(thing.id)
        found["aws:eks/cluster:Cluster"] |= self.stack.clusters
        return found

    def _judged(self, thing: Thing, names: Mapping[str, set[str]]) -> Found | None:
        """What a thing is to the stack; ``None`` for what isn't the stack's, as far as is known by now."""
        if self.stack.is_anothers(thing.tags):
            return None
        maker = maker_of(thing.tags)
        if thing.kind != _POINT and thing.arn in self.backups:
            maker = "AWS Backup"
        refused = self._refused(thing, maker)
        whole = self._whole(thing, self.kept)
        if whole:
            return Found(thing, f"part of {whole}", Standing.BELONGS, True, maker, whole, f"it goes with {whole}")
        because, certain = self._because(thing, names)
        left = self._whole(thing, self.left)
        if left and not because:
            because = f"part of {left}"
        if not because:
            return None
        if left and (thing.row is None or self._goes_along(thing)):
            refused = f"it goes with {left}"
        if kept := _about(maker).get("keeps"):
            return Found(thing, because, Standing.CONTROLLED, certain, maker, left, refused or kept)
        if maker and self._alive(thing, maker) and not self._idle(thing):
            cluster = cluster_of(thing.tags)[0] or ", ".join(sorted(self.stack.alive))
            why = f"{maker} of {cluster} would make it again: {_instead(maker)}"
            return Found(thing, because, Standing.CONTROLLED, certain, maker, left, refused or why)
        return Found(thing, because, Standing.ORPHAN, certain, maker, left, refused)

    def _alive(self, thing: Thing, maker: str) -> bool:
        """Whether a controller of a cluster in the state made it. The stack's tag is on what none made, too: with it
        only those are believed that set it themselves."""
        cluster, _ = cluster_of(thing.tags)
        if STACK_TAG in thing.tags and not _about(maker).get("stamps"):
            return False
        return cluster in self.stack.alive if cluster else STACK_TAG in thing.tags and bool(self.stack.alive)

    def _because(self, thing: Thing, names: Mapping[str, set[str]]) -> tuple[str, bool]:
        because = self.stack.why(thing.tags)
        if because:
            return because, True
        row = thing.row
        for name in row.names if row else ():
            for each in sorted(names[name.type]):
                if fnmatch.fnmatchcase(thing.id, name.pattern.replace("{name}", _literal(each))):
                    return f"name {thing.id}", True
        if row and row.inside:
            place = self._in(value(row.inside, thing.context), {**self.kept, **self.left})
            if place:
                return f"in {place}", True
        if row and row.network and not self._others_claim(thing):
            network = self._in(value(row.network, thing.context), {**self.kept, **self.left})
            if network:
                return f"lies in {network}", False
        return "", False

    def _others_claim(self, thing: Thing) -> bool:
        """Whether a tag says that another cluster's controller made it."""
        cluster, _ = cluster_of(thing.tags)
        return bool(cluster) and cluster not in self.stack.clusters

    def _whole(self, thing: Thing, where: Mapping[str, str]) -> str:
        row = thing.row
        if row is None:
            part = _LISTENER.search(thing.arn)
            return where.get(part[1], "") if part else ""
        for expression in row.parents:
            if found := self._in(value(expression, thing.context), where):
                return found
        text = value(row.mentions[0], thing.context) or ""
        for pattern in row.mentions[1]:
            match = re.search(pattern, text)
            if match and (found := self._mentioned(match[1], where)):
                return found
        return ""

    def _in(self, parent: Any, where: Mapping[str, str]) -> str:
        """The id of a parent that is among ``where``, or is in the state without being in any list."""
        for each in parent if isinstance(parent, list) else [parent]:
            if isinstance(each, Mapping):
                if found := where.get(f"{each['of']}|{each['is']}"):
                    return found
                if where is not self.left and (each["of"], each["is"]) in self.stack.known.ids:
                    return str(each["is"])
            elif each and (each in where or (where is not self.left and each in self.stack.known.texts)):
                return where.get(each, str(each))
        return ""

    def _mentioned(self, text: str, where: Mapping[str, str]) -> str:
        keys = [text, *(f"{token}|{text}" for token in _MENTIONED)]
        return next((where[key] for key in keys if key in where), "")

    def _goes_along(self, thing: Thing) -> bool:
        return bool(thing.row and value(thing.row.goes_with_parent, thing.context))

    def _idle(self, thing: Thing) -> bool:
        return bool(thing.row and value(thing.row.idle, thing.context))

    def _refused(self, thing: Thing, maker: str) -> str:
        if thing.row is None:
            return "how it is removed isn't known here"
        about = _about(maker)
        own = value(thing.row.refused, thing.context) or ""
        alone = "AWS removes it with what it is a part of" if self._goes_along(thing) else ""
        return str(own or about.get("refused", "") or alone)


_MENTIONED = ("aws:eks/cluster:Cluster", "aws:lambda/function:Function", "aws:elb/loadBalancer:LoadBalancer")


def _about(maker: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = controllers()["controllers"].get(maker) or {}
    return found


def _instead(maker: str) -> str:
    kind = (_about(maker).get("object") or {}).get("kind")
    return f"delete its {kind}" if kind else "it cleans up by itself"


def _literal(text: str) -> str:
    """``text`` in a glob, meaning itself."""
    return re.sub(r"([*?\[])", r"[\1]", text)
