"""What is said first of an environment: whether the change may be merged, and what that rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ..compare.changes import ChangeKind, ResourceChange
from ..findings import PolicyFinding
from ..review import Review
from ..threshold import DEFAULT
from .wording import AT_STAKE, counted, join_names, money


class Level(StrEnum):
    """How an environment fares, worst first."""

    FAILED = "failed"
    UNCOMPARED = "uncompared"
    """The base can't be planned."""
    BLOCKED = "blocked"
    CAREFUL = "careful"
    STILL = "still"
    """It fails, and did so before."""
    FINE = "fine"
    """It changes something, and nothing reaches the threshold."""
    UNSEEN = "unseen"
    """Nothing is seen to change, and not everything is seen."""
    SAME = "same"


@dataclass(frozen=True)
class Conclusion:
    """``text``: the verdict. ``why``: what it rests on, a sentence or empty."""

    level: Level
    text: str
    why: str = ""


_NEW = "All new"
_REST = {
    Level.FAILED: ": the program doesn't run in",
    Level.UNCOMPARED: ": the base doesn't run in",
    Level.BLOCKED: ": what stops it is in",
    Level.CAREFUL: ": there is a reason in",
    Level.STILL: ", and no worse, in",
    Level.FINE: ": nothing reaches the threshold in",
    Level.UNSEEN: ", though not everything can be seen, in",
    Level.SAME: " in",
}


def conclusion(review: Review) -> Conclusion:
    """The verdict on one environment, by its threshold."""
    if review.error:
        return Conclusion(Level.FAILED, "Can't be planned", review.error)
    failing = _failing(review)
    if review.base_error:
        why = f"The base can't be planned: {review.base_error.rstrip('.')}."
        return Conclusion(Level.UNCOMPARED, "Can't be compared", f"{why} {_sentence(failing)}".strip())
    careful = _careful(review)
    if _breaks(review):
        return Conclusion(Level.BLOCKED, "Must not be merged", _sentences(failing, careful))
    if careful:
        return Conclusion(Level.CAREFUL, "Look closely", _sentences(careful, failing))
    if not review.passed:
        return Conclusion(Level.STILL, "Fails as before", _sentences(failing, _unseen(review)))
    if review.changes or review.outputs or (review.base is not None and review.risks):
        small = _small(review) or ["no risk was found"]
        return Conclusion(Level.FINE, "Fine to merge" if review.base else _NEW, _sentences(small, _unseen(review)))
    if review.opaque:
        return Conclusion(Level.UNSEEN, "No change seen", _sentence(_unseen(review)))
    return Conclusion(Level.SAME, "No change")


def threshold(review: Review) -> str:
    """The bounds that the verdict goes by, and where they are from."""
    found = ", ".join(f"{name} {bound}" for name, bound in review.threshold)
    return f"{found} ({f'Pulumi.{review.environment}.yaml' if review.threshold != DEFAULT else 'the default'})"


def _breaks(review: Review) -> bool:
    """Whether a policy, a risk or the budget fails that the base kept."""
    if any(finding.new for finding in review.stopping) or review.stopping_risks:
        return True
    cost = review.cost
    if cost is None or cost.budget is None or not cost.over_budget:
        return False
    return cost.base is None or cost.base.total.expected <= cost.budget


def _refused(change: ResourceChange) -> bool:
    return change.protected and change.kind in (ChangeKind.DELETE, ChangeKind.REPLACE)


def _failing(review: Review) -> list[str]:
    """What reaches the threshold, or passes the budget."""
    reasons = []
    if failures := review.stopping:
        new = sum(finding.new for finding in failures)
        old = "" if new == len(failures) else f" ({new} of them new)" if new else " (as before)"
        verb = "fails" if len(failures) == 1 else "fail"
        reasons.append(f"{counted(len(failures), 'policy check')} {verb}{old}")
    cost = review.cost
    if cost and cost.over_budget and cost.budget is not None:
        over = cost.head.total.expected - cost.budget
        reasons.append(f"the expected cost is {money(over)} over the budget of {money(cost.budget)} a month")
    return reasons


def _careful(review: Review) -> list[str]:
    bound = review.threshold
    grave = [r for r in review.risks if bound.look_risks.reached(r.severity) or bound.block_risks.reached(r.severity)]
    stakes = Counter(AT_STAKE[risk.kind].lower() for risk in grave)
    reasons = [f"{phrase} ({number:,} times)" if number > 1 else phrase for phrase, number in stakes.most_common()]
    if failing := [f for f in _below(review) if bound.look_policies.reached(f.severity)]:
        reasons.append(_fails(failing))
    if refused := sum(map(_refused, review.changes)):
        reasons.append(f"Pulumi will refuse {counted(refused, 'step')}, for what it touches is protected")
    if unsure := sum(change.may_replace for change in review.changes):
        reasons.append(f"{counted(unsure, 'resource')} may be replaced")
    if review.disagreements:
        reasons.append("program and cloud disagree")
    if review.changes and review.incomparable:
        reasons.append(f"{counted(len(review.incomparable), 'part')} can't be compared")
    return reasons


def _small(review: Review) -> list[str]:
    """What was found and reaches no bound."""
    reasons = [counted(len(review.risks), "smaller risk")] if review.risks else []
    if review.outputs and not review.changes:
        reasons.append("only the stack's outputs change" if not review.risks else "the stack's outputs change")
    failing = _below(review)
    return [*reasons, _fails(failing)] if failing else reasons


def _below(review: Review) -> list[PolicyFinding]:
    """What newly fails and stops nobody."""
    bound = review.threshold.block_policies
    return [f for f in review.failures if f.new and not bound.reached(f.severity)]


def _fails(failing: list[PolicyFinding]) -> str:
    worst = failing[0].severity
    verb = "fails" if len(failing) == 1 else "fail"
    return f"{counted(len(failing), 'policy check')} {verb} ({worst}{' at worst' if len(failing) > 1 else ''})"


def _unseen(review: Review) -> list[str]:
    unlike = len(review.incomparable)
    rest = len(review.opaque) - unlike
    found = [f"{counted(unlike, 'part')} can't be compared"] if unlike else []
    return [*found, f"{counted(rest, 'part')} can't be seen"] if rest else found


def _sentences(*reasons: list[str]) -> str:
    return " ".join(filter(None, map(_sentence, reasons)))


def _sentence(reasons: list[str]) -> str:
    text = join_names(reasons)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def headline(reviews: Iterable[Review]) -> Conclusion:
    """The verdict on all environments together, in one sentence that begins with the worst one's own words."""
    reviews = list(reviews)
    found = [(review.environment, conclusion(review)) for review in reviews]
    if not found:
        return Conclusion(Level.SAME, "No environment was planned.")
    level = min((c.level for _, c in found), key=list(Level).index)
    worst = [(name, c.text) for name, c in found if c.level is level]
    names = [name for name, _ in worst]
    text = next((text for _, text in worst if text != _NEW), _NEW)
    where = f"{len(names)} environments" if len(names) > 3 else join_names(names)
    rest = _REST[level]
    if level is Level.STILL and any(review.incomparable for review in reviews):
        rest = ", though not everything can be compared, in"
    return Conclusion(level, f"{text}{rest}", where)
