"""What is said first of an environment: a verdict, and its changes by component."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from aistacks_core.snapshot import Registration

from ..compare.changes import ChangeKind, ResourceChange
from ..findings import PolicyFinding, Risk, Severity, Verdict
from ..review import Review
from .wording import AT_STAKE, DONE, WORST_FIRST, counted, happens, join_names, money, title


class Level(StrEnum):
    """How an environment fares, worst first."""

    FAILED = "failed"
    UNCOMPARED = "uncompared"
    """The base can't be planned."""
    BLOCKED = "blocked"
    CAREFUL = "careful"
    STILL = "still"
    """It fails, and did so before."""
    CHANGES = "changes"
    SAME = "same"


@dataclass(frozen=True)
class Conclusion:
    """``text``: the verdict. ``why``: what it rests on, a sentence or empty."""

    level: Level
    text: str
    why: str = ""


def conclusion(review: Review) -> Conclusion:
    """The verdict on one environment."""
    if review.error:
        return Conclusion(Level.FAILED, "Can't be planned", review.error)
    if review.base_error:
        why = f"The base can't be planned: {review.base_error}"
        return Conclusion(Level.UNCOMPARED, "Can't be compared", f"{why}. {_sentence(_blocking(review))}".strip())
    grave = [r for r in review.risks if r.severity in (Severity.CRITICAL, Severity.HIGH)]
    failing, careful = _sentence(_blocking(review)), _sentence(_careful(review, grave))
    if _breaks(review):
        return Conclusion(Level.BLOCKED, "Must not be merged", f"{failing} {careful}".strip())
    if careful:
        return Conclusion(Level.CAREFUL, "Look closely", f"{careful} {failing}".strip())
    if not review.passed:
        return Conclusion(Level.STILL, "Fails as before", failing)
    if review.changes:
        small = f"{counted(len(review.risks), 'smaller risk')}." if review.risks else "No risk was found."
        return Conclusion(Level.CHANGES, "Changes" if review.base else "All new", small)
    if review.opaque:
        return Conclusion(Level.SAME, "No change seen", f"{counted(len(review.opaque), 'part')} can't be seen.")
    return Conclusion(Level.SAME, "No change")


def _breaks(review: Review) -> bool:
    """Whether a policy or the budget fails that the base kept."""
    if any(finding.new for finding in review.failures):
        return True
    cost = review.cost
    if cost is None or cost.budget is None or not cost.over_budget:
        return False
    return cost.base is None or cost.base.total.expected <= cost.budget


def _refused(change: ResourceChange) -> bool:
    return change.protected and change.kind in (ChangeKind.DELETE, ChangeKind.REPLACE)


def _blocking(review: Review) -> list[str]:
    reasons = []
    if failures := review.failures:
        new = sum(finding.new for finding in failures)
        old = "" if new == len(failures) else f" ({new} of them new)" if new else " (as before)"
        verb = "fails" if len(failures) == 1 else "fail"
        reasons.append(f"{counted(len(failures), 'policy check')} {verb}{old}")
    cost = review.cost
    if cost and cost.over_budget and cost.budget is not None:
        over = cost.head.total.expected - cost.budget
        reasons.append(f"the expected cost is {money(over)} over the budget of {money(cost.budget)} a month")
    return reasons


def _careful(review: Review, grave: list[Risk]) -> list[str]:
    stakes = Counter(AT_STAKE[risk.kind].lower() for risk in grave)
    reasons = [f"{phrase} ({number:,} times)" if number > 1 else phrase for phrase, number in stakes.most_common()]
    if refused := sum(map(_refused, review.changes)):
        reasons.append(f"Pulumi will refuse {counted(refused, 'step')}, for what it touches is protected")
    if review.disagreements:
        reasons.append("program and cloud disagree")
    return reasons


def _sentence(reasons: list[str]) -> str:
    text = join_names(reasons)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def headline(reviews: Iterable[Review]) -> Conclusion:
    """The verdict on all environments together, in one sentence."""
    found = [(review.environment, conclusion(review)) for review in reviews]
    if not found:
        return Conclusion(Level.SAME, "No environment was planned.")
    level = min((c.level for _, c in found), key=list(Level).index)
    names = [name for name, c in found if c.level is level]
    where = f"{len(names)} environments" if len(names) > 3 else join_names(names)
    return Conclusion(
        level,
        {
            Level.FAILED: "This can't be judged: the program doesn't run in",
            Level.UNCOMPARED: "This can't be compared: the base doesn't run in",
            Level.BLOCKED: "This must not be merged as it is. What stops it is in",
            Level.CAREFUL: "Look closely before you merge this, at",
            Level.STILL: "What failed before still fails, and nothing else was found, in",
            Level.CHANGES: "This changes the cloud, and no great risk was found, in",
            Level.SAME: "This changes nothing in",
        }[level],
        where,
    )


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
