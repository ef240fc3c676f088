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
    """What may cost something and has no price here. It counts as unknown, never as zero."""

    urn: str
    what: str
    reason: str


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
        """Everything that has a price."""
        return sum((line.monthly for line in self.lines), Range())


@dataclass(frozen=True)
class Cost:
    """The head's estimate, beside the base's and the budget."""

    head: Estimate
    base: Estimate | None = None
    budget: float | None = None
    """Dollars a month, from the environment's file; ``None`` where it states none."""

    @property
    def change(self) -> Range | None:
        """Head less base; ``None`` without a base."""
        return None if self.base is None else self.head.total - self.base.total

    @property
    def over_budget(self) -> bool:
        """Whether the expected cost passes the budget."""
        return self.budget is not None and self.head.total.expected > self.budget
