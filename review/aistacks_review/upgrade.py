"""What an upgrade that was tried out means: what holds data, and what stops without the changelog's saying so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aistacks_catalog.aws.types.facts import canonical_token

from .findings import Risk, RiskKind, Severity
from .risk.facts import facts

_TELLS = re.compile(r"replac|interrupt|restart|roll|recreat|downtime|stops|goes down", re.IGNORECASE)
"""Words with which a changelog says that something stops."""
_PARTS = ("replaced", "deleted")
_TAGS = {"tags", "tagsAll"}
"""A plan can't know that a launch template with other tags of its own keeps its version; the engine's update does."""


@dataclass(frozen=True)
class Interruption:
    """Something that stops for a while. ``named``: the line of the changelog that says so; empty without one."""

    type: str
    name: str
    why: str
    named: str = ""


@dataclass(frozen=True)
class Upgrade:
    """One environment's upgrade, judged. ``replaced`` and ``deleted``: type → names; ``updated``: type → properties."""

    environment: str
    replaced: dict[str, list[str]]
    deleted: dict[str, list[str]]
    updated: dict[str, list[str]]
    stateful: list[str]
    """What holds data and is replaced, deleted or made anew, a sentence each."""
    interruptions: list[Interruption]
    failure: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def unnamed(self) -> list[Interruption]:
        """Interruptions that the changelog doesn't name."""
        return [each for each in self.interruptions if not each.named]

    @property
    def passed(self) -> bool:
        """Whether it comes up, keeps what holds data, and stops nothing unsaid."""
        return not (self.failure or self.stateful or self.unnamed)

    def to_document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "environment": self.environment,
            "passed": self.passed,
            "failure": self.failure,
            "stateful": self.stateful,
            "interruptions": [vars(each) for each in self.interruptions],
            "replaced": self.replaced,
            "deleted": self.deleted,
            "updated": self.updated,
            "notes": self.notes,
        }


def is_stateful(kind: str) -> bool:
    """Whether a resource of this type holds data."""
    known = facts("stateful")
    if kind.startswith("kubernetes:"):
        return kind.rpartition(":")[2] in known["kubernetes"]
    return canonical_token(kind) in known["types"]


def judged(
    environment: str,
    changes: Mapping[str, Mapping[str, set[str]]],
    ids: Mapping[tuple[str, str], tuple[str, str]],
    risks: list[Risk],
    changelog: str,
    *,
    touched: Mapping[tuple[str, str], set[str]],
    failure: str = "",
    notes: Iterable[str] = (),
    planned: bool = True,
) -> Upgrade:
    """Judge one environment's upgrade.

    ``planned``: whether ``risks`` are a plan's; without one, what stops is told by types and properties alone.

    ``changes``, ``ids`` (before and after) and ``touched`` (the properties of what was updated) are what the engine
    did; ``risks`` what the plan of the same upgrade says; ``changelog`` the lines that are new in it.
    """
    feared = _stopping(risks) if planned else _by_property(touched)
    stops = {each: why for each, why in feared.items() if failure or touched.get(each, set()) - _TAGS}
    unfounded = [
        f"the plan says, and the engine did nothing of it: {feared[each]}" for each in feared if each not in stops
    ]
    stateful = [
        f"{kind} {name} is {part}"
        for part in _PARTS
        for kind, names in sorted(changes[part].items())
        for name in sorted(names)
        if is_stateful(kind)
    ]
    told = {tuple(line.split(" ")[:2]) for line in stateful}
    stateful += [
        f"{kind} {name} has another id: {was}, now {now}"
        for (kind, name), (was, now) in sorted(ids.items())
        if is_stateful(kind) and now and was != now and (kind, name) not in told
    ]
    plain = {part: {kind: sorted(names) for kind, names in sorted(changes[part].items())} for part in changes}
    lines = [line for line in re.split(r"\n(?=- )", changelog) if line.strip()]
    return Upgrade(
        environment,
        plain["replaced"],
        plain["deleted"],
        plain["updated"],
        stateful,
        _interruptions(changes, stops, lines),
        failure,
        [*notes, *unfounded],
    )


def _stopping(risks: list[Risk]) -> dict[tuple[str, str], str]:
    """What stops as the plan says, and its words for it."""
    found: dict[tuple[str, str], str] = {}
    for risk in risks:
        if risk.kind is RiskKind.INTERRUPTION and risk.severity is not Severity.LOW and risk.urn.count("::") >= 3:
            _, _, types, name = risk.urn.split("::", 3)
            found.setdefault((types.split("$")[-1], name), risk.title)
    return found


def _by_property(touched: Mapping[tuple[str, str], set[str]]) -> dict[tuple[str, str], str]:
    """What stops by what the engine changed of it. Moving pods and Karpenter's nodes would take values to tell."""
    known = facts("interruption")
    rows = [(row["type"], row["properties"], row["says"]) for row in known["restarts"] if row["severity"] != "low"]
    rows.append(("aws:eks/nodeGroup:NodeGroup", known["node_rolls"], "exchanges its nodes, and their pods move"))
    rows.append(("aws:eks/cluster:Cluster", ["version"], "is upgraded; its API changes servers meanwhile"))
    found: dict[tuple[str, str], str] = {}
    for (kind, name), properties in touched.items():
        for type_, listed, says in rows:
            if canonical_token(kind) == type_ and (changed := sorted(properties & set(listed))):
                found.setdefault((kind, name), f"{name} {says} ({', '.join(changed)}).")
    return found


def _interruptions(
    changes: Mapping[str, Mapping[str, set[str]]], stops: Mapping[tuple[str, str], str], lines: list[str]
) -> list[Interruption]:
    found = dict(stops)
    serves = facts("interruption")["serves"]
    for part in _PARTS:
        for kind, names in changes[part].items():
            if about := serves.get(canonical_token(kind)):
                found |= {
                    (kind, name): f"the {about['noun']} is {part}, and that stops {about['stops']}" for name in names
                }
    return [Interruption(kind, name, why, _naming(kind, name, lines)) for (kind, name), why in sorted(found.items())]


def _naming(kind: str, name: str, lines: list[str]) -> str:
    """The changelog's line that says of this resource, or of its type, that it stops or is replaced."""
    short = kind.rpartition(":")[2]
    noun = facts("interruption")["serves"].get(canonical_token(kind), {}).get("noun", short)
    words = re.compile(
        rf"(?<![\w-])({'|'.join(re.escape(word) for word in (short, name, noun))})s?(?![\w-])", re.IGNORECASE
    )
    return next((" ".join(line.split()) for line in lines if words.search(line) and _TELLS.search(line)), "")
