"""What a plan and each of its components cost a month, head beside base, in words. What isn't known is never ``$0``,
never ``as before``, and never a saving."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from ..cost.figures import Cost, Estimate, Range
from ..review import Review
from .overview import budget_bar, name_of, owners, titles
from .wording import counted, join_names, money, span

_ROWS = 12
_KNOWN = "of what is known"


@dataclass(frozen=True)
class Spending:
    """One component's sums; ``before`` is ``None`` without a base. ``title`` isn't escaped."""

    title: str
    now: Range
    before: Range | None
    known: bool = True
    """Whether ``now`` is all of it; else it is the least."""
    priced: bool = True
    """Whether anything of it has a price."""
    by_use: bool = False
    """Whether what isn't known is only the use of it."""
    unclear: bool = False
    """Whether the change isn't known, or not all of it."""
    change: float | None = None
    """Of the expected cost, as far as both sides are known; ``None`` without a base."""

    @property
    def expected(self) -> str:
        """``$40``, ``at least $40``, ``by use``, ``not known``."""
        if not self.priced:
            return _unpriced(self.by_use)
        return money(self.now.expected) if self.known else f"at least {money(self.now.expected)}"

    @property
    def range(self) -> str:
        """Lowest to highest; ``not known`` where nothing of it has a price."""
        return span(self.now) if self.priced else _unpriced(self.by_use)

    @property
    def full_range(self) -> str:
        """The same, with what it is of where that isn't all; empty where it is one figure."""
        if not self.priced or span(self.now) == money(self.now.expected):
            return ""
        return span(self.now) if self.known else f"{span(self.now)} {_KNOWN}"

    @property
    def changes(self) -> str:
        """``+$35``, ``none``, ``new``, ``+$35 known``, ``not known``."""
        if self.change is None:
            return "not known" if self.unclear else "new"
        return _change(self.change, self.unclear, "none", "not known", "known")


def spending(review: Review, most: int = _ROWS) -> list[Spending]:
    """The dearest first, then what isn't known; what is beyond ``most`` rows is summed in the last one."""
    cost = review.cost
    if cost is None:
        return []
    owner, names = owners(review), titles(review)
    now, before = _sums(cost.head, owner), _sums(cost.base, owner) if cost.base is not None else {}
    unknown = {owner.get(one.urn, "") for one in cost.head.unpriced}
    dark = {owner.get(one.urn, "") for one in cost.head.unpriced if not one.by_use}
    unclear = {owner.get(urn, "") for urn in cost.unclear}
    left = cost.incomparable
    apart: dict[str, float] = defaultdict(float)
    for sign, side in ((1, cost.head), (-1, cost.base)):
        for line in side.lines if side else []:
            if line.urn not in left:
                apart[owner.get(line.urn, "")] += sign * line.monthly.expected
    nothing = Range()
    urns = sorted(
        now.keys() | before.keys() | unknown | unclear,
        key=lambda u: (-now.get(u, nothing).expected, -before.get(u, nothing).expected, u),
    )

    def row(title: str, of: Collection[str]) -> Spending:
        return Spending(
            title,
            sum((now.get(u, nothing) for u in of), Range()),
            sum((before.get(u, nothing) for u in of), Range()) if cost.base is not None else None,
            known=unknown.isdisjoint(of),
            priced=any(u in now for u in of) or unknown.isdisjoint(of),
            by_use=dark.isdisjoint(of) and not unknown.isdisjoint(of),
            unclear=not unclear.isdisjoint(of) or bool(review.base_error),
            change=sum(apart[u] for u in of) if cost.base is not None else None,
        )

    if len(urns) <= most:
        return [row(name_of(u, names), [u]) for u in urns]
    rest = urns[most - 1 :]
    return [*(row(name_of(u, names), [u]) for u in urns[: most - 1]), row(f"{len(rest)} other components", rest)]


def together(cost: Cost, review: Review | None = None) -> Spending:
    """All of it. With a review whose base couldn't be planned, the change isn't known."""
    change = cost.change
    return Spending(
        "All together",
        cost.head.total,
        cost.base.total if cost.base else None,
        known=cost.head.complete,
        priced=bool(cost.head.lines) or cost.head.complete,
        by_use=not cost.head.unknown and not cost.head.complete,
        unclear=bool(cost.unclear) or bool(review and review.base_error),
        change=None if change is None else change.expected,
    )


def change_of(cost: Cost, review: Review | None = None) -> str:
    """``+$35``, ``as before``, ``+$35 of what is known``, ``change not known``; empty without a base.

    With a review whose base couldn't be planned, the change isn't known.
    """
    change = cost.change
    if change is None and review is not None and review.base_error:
        return "change not known"
    return (
        "" if change is None else _change(change.expected, bool(cost.unclear), "as before", "change not known", _KNOWN)
    )


def left_out(estimate: Estimate) -> str:
    """``and 4 resources not known, 2 by their use``: what the total is without; empty where nothing is."""
    parts = [f"{counted(estimate.unknown, 'resource')} not known"] if estimate.unknown else []
    if estimate.by_use:
        parts.append(f"what {counted(estimate.by_use, 'resource')} cost{'s' * (estimate.by_use == 1)} by use")
    return f"and {join_names(parts)}" if parts else ""


def budget_of(cost: Cost) -> tuple[str, str]:
    """As ``budget_bar``; ``at least 46 % of the budget of $5,000`` where something isn't known."""
    bar, words = budget_bar(cost.head.total.expected, cost.budget)
    if not words or cost.head.complete:
        return bar, words
    if not cost.head.lines:
        return "", f"whether the budget of {money(cost.budget or 0)} holds isn't known"
    more = "" if cost.over_budget else "; whether it holds isn't known"
    return bar, f"at least {words}{more}"


def _unpriced(by_use: bool) -> str:
    return "by use" if by_use else "not known"


def _change(dollars: float, unclear: bool, none: str, unknown: str, of: str) -> str:
    text = money(dollars, signed=True)
    if text == "$0":
        return unknown if unclear else none
    return f"{text} {of}" if unclear else text


def _sums(estimate: Estimate, owner: dict[str, str]) -> dict[str, Range]:
    found: dict[str, Range] = defaultdict(Range)
    for line in estimate.lines:
        found[owner.get(line.urn, "")] += line.monthly
    return dict(found)
