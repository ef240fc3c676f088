"""What each component costs a month, head beside base."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from ..cost.figures import Cost, Estimate, Range
from ..review import Review
from .overview import name_of, owners, titles

_ROWS = 12


@dataclass(frozen=True)
class Spending:
    """One component's sums; ``before`` is ``None`` without a base. ``title`` isn't escaped."""

    title: str
    now: Range
    before: Range | None

    @property
    def change(self) -> float | None:
        """Of the expected cost; ``None`` without a base."""
        return None if self.before is None else self.now.expected - self.before.expected


def spending(review: Review, most: int = _ROWS) -> list[Spending]:
    """The dearest first; what is beyond ``most`` rows is summed in the last one."""
    cost = review.cost
    if cost is None:
        return []
    owner, names = owners(review), titles(review)
    now = _sums(cost.head, owner)
    before = _sums(cost.base, owner) if cost.base is not None else {}
    nothing = Range()
    urns = sorted(
        now.keys() | before.keys(),
        key=lambda u: (-now.get(u, nothing).expected, -before.get(u, nothing).expected, u),
    )
    rows = [(name_of(u, names), now.get(u, nothing), before.get(u, nothing)) for u in urns]
    if len(rows) > most:
        rest = rows[most - 1 :]
        total = (sum((row[1] for row in rest), Range()), sum((row[2] for row in rest), Range()))
        rows = [*rows[: most - 1], (f"{len(rest)} other components", *total)]
    return [Spending(title, new, old if cost.base is not None else None) for title, new, old in rows]


def together(cost: Cost) -> Spending:
    """All of it."""
    return Spending("All together", cost.head.total, cost.base.total if cost.base else None)


def _sums(estimate: Estimate, owner: dict[str, str]) -> dict[str, Range]:
    found: dict[str, Range] = defaultdict(Range)
    for line in estimate.lines:
        found[owner.get(line.urn, "")] += line.monthly
    return dict(found)
