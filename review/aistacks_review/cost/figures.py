"""What a plan costs a month: lines with a range each, and what has no price."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Range:
    """US dollars a month. ``low`` is the cheapest way the program allows (spot, idle), ``high`` the dearest it allows
    (on-demand, every pool at its upper bound), ``expected`` what the assumptions say."""

    low: float = 0.0
    expected: float = 0.0
    high: float = 0.0

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.expected + other.expected, self.high + other.high)

    def __sub__(self, other: Range) -> Range:
        return Range(self.low - other.low, self.expected - other.expected, self.high - other.high)


@dataclass(frozen=True)
class CostLine:
    """One thing that is paid for."""

    urn: str
    what: str
    """``"NAT gateway, hours"``."""
    quantity: Range
    """In ``unit``, a month."""
    unit: str
    """``"hours"``, ``"GB-month"``, ``"requests"``."""
    price: float
    """Dollars a unit; where prices differ within the line, that of ``expected``."""
    monthly: Range
    source: str
    """Where the price was read, with its date."""
    sku: str = ""
    assumption: str = ""
    """Which assumption of the environment's file the quantity rests on, in words; empty where it is a fact."""


@dataclass(frozen=True)
class Unpriced:
    """What may cost something that isn't known here. It counts as unknown, never as zero."""

    urn: str
    """Of the resource; of a part that the plan can't see into, its kind and name."""
    what: str
    reason: str
    by_use: bool = False
    """Whether only the use of it isn't known: ``reason`` has the price of a unit, and the figure that would say it."""


@dataclass(frozen=True)
class Estimate:
    """A plan's cost a month."""

    region: str
    lines: list[CostLine] = field(default_factory=list)
    unpriced: list[Unpriced] = field(default_factory=list)
    free: int = 0
    """How many resources cost nothing by themselves (roles, policies, route tables)."""
    prices_of: str = ""
    """Date of the oldest price that was used, ``YYYY-MM-DD``."""

    @property
    def total(self) -> Range:
        """Everything that has a price; no more than the least that it costs, where something isn't known."""
        return sum((line.monthly for line in self.lines), Range())

    @property
    def complete(self) -> bool:
        """Whether all of it is known: the total is then what the plan costs, and not only the least."""
        return not self.unpriced

    @property
    def unknown(self) -> int:
        """Resources of which something isn't known, whatever their use."""
        return len({one.urn for one in self.unpriced if not one.by_use})

    @property
    def by_use(self) -> int:
        """Resources that besides cost as much as they are used, which nobody has stated."""
        return len({one.urn for one in self.unpriced} - {one.urn for one in self.unpriced if not one.by_use})


@dataclass(frozen=True)
class Cost:
    """The head's estimate, beside the base's and the budget."""

    head: Estimate
    base: Estimate | None = None
    budget: float | None = None
    """Dollars a month, from the environment's file; ``None`` where it states none."""

    unclear: list[str] = field(default_factory=list)
    """URNs of what isn't known of one side or the other and isn't the same on both, so that the change isn't known."""

    @property
    def change(self) -> Range | None:
        """Head less base; ``None`` without a base.

        What had a price and has none now, or the other way round, is no change of so much: it is left out, and is
        ``unclear``.
        """
        if self.base is None:
            return None
        left = self.incomparable
        head = (line.monthly for line in self.head.lines if line.urn not in left)
        base = (line.monthly for line in self.base.lines if line.urn not in left)
        return sum(head, Range()) - sum(base, Range())

    @property
    def incomparable(self) -> set[str]:
        """URNs of what is on both sides, but of which something is known on one of them only."""
        if self.base is None or not self.unclear:
            return set()
        head, base = _unknown_parts(self.head), _unknown_parts(self.base)
        there = _urns(self.head) & _urns(self.base)
        return {urn for urn in self.unclear if urn in there and head.get(urn) != base.get(urn)}

    @property
    def over_budget(self) -> bool:
        """Whether the expected cost passes the budget, by what is known of it alone."""
        return self.budget is not None and self.head.total.expected > self.budget

    @property
    def within_budget(self) -> bool | None:
        """Whether the budget holds; ``None`` without one, and where something isn't known."""
        if self.budget is None:
            return None
        return False if self.over_budget else True if self.head.complete else None


def _unknown_parts(estimate: Estimate) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for one in estimate.unpriced:
        found.setdefault(one.urn, set()).add((one.what, one.reason))
    return found


def _urns(estimate: Estimate) -> set[str]:
    return {line.urn for line in estimate.lines} | {one.urn for one in estimate.unpriced}
