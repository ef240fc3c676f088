"""A review by component: its changes, its checks, its places, its money."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from aistacks_core.snapshot import Registration

from ..compare.changes import ChangeKind, ResourceChange
from ..findings import PolicyFinding, Verdict
from ..review import Review
from .wording import DONE, WORST_FIRST, happens, money, title


@dataclass(frozen=True)
class Group:
    """A component and what of it changes. ``title`` isn't escaped."""

    urn: str
    title: str
    changes: tuple[ResourceChange, ...]
    summary: str = field(default="")


def groups(review: Review) -> list[Group]:
    """The changes by component: what deletes or replaces first, then what changes most."""
    found: dict[str, list[ResourceChange]] = defaultdict(list)
    for change in review.changes:
        found[change.component].append(change)
    names = titles(review)
    made = []
    for urn, changes in found.items():
        changes.sort(key=lambda c: (WORST_FIRST.index(c.kind), c.type, c.name))
        made.append(Group(urn, name_of(urn, names), tuple(changes), happens(changes)))
    return sorted(made, key=lambda g: (WORST_FIRST.index(g.changes[0].kind) > 1, -len(g.changes), g.title))


def titles(review: Review) -> dict[str, str]:
    """What each component is called, by its URN."""
    return {r.urn: title(r.type, r.name) for r in registrations(review) if not r.custom}


def name_of(urn: str, names: dict[str, str]) -> str:
    """A component's title, from its URN where nothing else is known of it."""
    if not urn or urn in names:
        return names.get(urn, title("", ""))
    kind, _, name = urn.partition("::")[2].partition("::")[2].partition("::")
    return title(kind.rpartition("$")[2], name or urn)


def registrations(review: Review) -> Iterator[Registration]:
    """Of the base, then of the head, so that the head's win in a dictionary."""
    for plan in (review.base, review.head):
        yield from plan.resources if plan else ()


def owners(review: Review) -> dict[str, str]:
    """The outermost component of each resource, by URN; a component's own is itself, ``""`` for none."""
    known = {r.urn: r for r in registrations(review)}
    found: dict[str, str] = {}
    for urn in known:
        chain: dict[str, None] = {}
        at = urn
        while at in known and at not in found and at not in chain:
            chain[at] = None
            at = known[at].parent
        top = found.get(at, "")
        for one in reversed(chain):
            top = found[one] = top or ("" if known[one].custom else one)
    return found


def counts(review: Review) -> list[tuple[ChangeKind, int, str]]:
    """How many resources are created, changed, replaced and deleted, and renamed if any are."""
    order = (ChangeKind.CREATE, ChangeKind.UPDATE, ChangeKind.REPLACE, ChangeKind.DELETE, ChangeKind.MOVE)
    numbers = Counter(change.kind for change in review.changes)
    return [(kind, numbers[kind], DONE[kind]) for kind in order if kind is not ChangeKind.MOVE or numbers[kind]]


def policies(review: Review) -> tuple[list[PolicyFinding], list[PolicyFinding], list[PolicyFinding]]:
    """What fails, what is waived, and what can't be judged before deployment."""
    unknown = [f for f in review.policies if f.verdict is Verdict.UNKNOWN]
    waived = [f for f in review.policies if f.verdict is Verdict.FAIL and f.waiver is not None]
    return review.failures, waived, unknown


def place(file: str, line: int) -> str:
    """``stacks/__main__.py:12``; of a file outside the current folder only the end of its path, ``""`` for none."""
    if not file:
        return ""
    path = Path(file)
    if path.is_absolute():
        inside = path.is_relative_to(Path.cwd())
        path = path.relative_to(Path.cwd()) if inside else Path(*path.parts[-2:])
    return f"{path.as_posix()}:{line}" if line > 0 else path.as_posix()


def spot(finding: PolicyFinding) -> str:
    """``EksCluster(public_access_cidrs=…) at stacks/__main__.py:41``, as far as it is known."""
    return " at ".join(filter(None, (finding.argument, place(finding.file, finding.line))))


@dataclass(frozen=True)
class Alike:
    """Findings of one rule under one component: ``first`` is told whole, ``others`` by their names."""

    first: PolicyFinding
    others: tuple[PolicyFinding, ...]
    owner: str
    """The component's title; empty for a resource outside any."""


def alike(review: Review, findings: Iterable[PolicyFinding]) -> list[Alike]:
    """``findings`` by rule and outermost component, in their order; of resources outside any each by itself."""
    owner, names = owners(review), titles(review)
    found: dict[tuple[str, str, str, bool], list[PolicyFinding]] = defaultdict(list)
    for finding in findings:
        top = owner.get(finding.urn, "")
        waived = finding.waiver.resource if finding.waiver else ""
        found[finding.rule, top or finding.urn, waived, finding.new].append(finding)
    return [
        Alike(first, tuple(others), name_of(top, names) if (top := owner.get(first.urn, "")) else "")
        for first, *others in found.values()
    ]


def revision(name: str) -> str:
    """A commit's hash as short as it is usually told, a changed work tree's with its ``+``; other names stay."""
    found = re.fullmatch(r"([0-9a-f]{12})[0-9a-f]{1,52}(\+?)", name)
    return "".join(found.groups()) if found else name


def budget_bar(expected: float, budget: float | None, width: int = 10) -> tuple[str, str]:
    """A bar and its words: ``▰▰▰▱…`` and ``46 % of the budget of $5,000``; both empty without a budget."""
    if budget is None:
        return "", ""
    if budget <= 0:
        return "▰" * width, f"the budget is {money(budget)}"
    share = expected / budget
    if not math.isfinite(share):
        return "", f"unknown, of the budget of {money(budget)}"
    full = max(0, min(width, round(share * width)))
    part = "less than 1" if 0 < share < 0.01 else f"{min(share, 99.99) * 100:,.0f}"
    return "▰" * full + "▱" * (width - full), f"{part} % of the budget of {money(budget)}"
