"""What a pricing rule works with: the plan and its links, the use assumed, the prices, and the bill that it writes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from functools import cached_property

from aistacks_catalog.aws.prices.book import Price, PriceBook, load
from aistacks_core.snapshot import UNKNOWN, Plan, Registration

from .assumptions import Usage
from .figures import CostLine, Range, Unpriced
from .quantities import text

_A_MILLION = 1e6
_SMALL = 0.001
"""Dollars: what costs less is told by the million."""


def unit_price(price: Price) -> str:
    """``$0.045 a GB``, or of what is small ``$0.2 a million requests``; the first tier that isn't free."""
    many = 0 < price.first < _SMALL
    dollars = f"{price.first * (_A_MILLION if many else 1):,.6f}".rstrip("0").rstrip(".")
    more = " at first" if len({row.price for row in price.rows if row.price}) > 1 else ""
    return f"${dollars} a {f'million {price.unit}s' if many else price.unit}{more}"


Books = Callable[[str], PriceBook]
"""The price book of a region."""
_EVERYWHERE = "aws:cloudfront/", "aws:route53/zone:"
_AWS_PROVIDER = "pulumi:providers:aws"


class Context:
    """One estimate in the making."""

    def __init__(self, plan: Plan, usage: Usage, today: dt.date, books: Books = load) -> None:
        self.plan = plan
        self.usage = usage
        self.today = today
        self.lines: list[CostLine] = []
        self.unpriced: list[Unpriced] = []
        self.free = 0
        self.dates: set[str] = set()
        """Of the prices that were used."""
        self._books = books
        self._loaded: dict[str, PriceBook] = {}

    @cached_property
    def by_urn(self) -> dict[str, Registration]:
        """Every resource of the plan."""
        return {r.urn: r for r in self.plan.resources}

    @cached_property
    def by_type(self) -> dict[str, list[Registration]]:
        """Every resource of the plan, by token."""
        found: dict[str, list[Registration]] = {}
        for r in self.plan.resources:
            found.setdefault(r.type, []).append(r)
        return found

    def linked(self, r: Registration, property_: str, type_: str) -> Registration | None:
        """The resource of ``type_`` that a property of ``r`` was made from."""
        for urn in r.property_dependencies.get(property_, ()):
            found = self.by_urn.get(urn)
            if found is not None and found.type == type_:
                return found
        return None

    def region(self, r: Registration) -> str:
        """Where ``r`` is: its own region, its provider's, the stack's. Empty where it isn't known.

        What AWS runs everywhere has its prices in the book of us-east-1.
        """
        if r.type.startswith(_EVERYWHERE):
            return "us-east-1"
        region = r.inputs.get("region")
        if region is None and r.provider:
            provider = self.by_urn.get(r.provider.rpartition("::")[0])
            if provider is not None and provider.type == _AWS_PROVIDER:
                region = provider.inputs.get("region")
        return self.plan.region if region is None else text(region) or ""

    def price(self, r: Registration, service: str, item: str) -> Price | None:
        """What an item costs where ``r`` is; ``None`` where that isn't in the book."""
        return self._book(self.region(r)).get(service, item)

    def _book(self, region: str) -> PriceBook:
        if region not in self._loaded:
            self._loaded[region] = self._books(region)
        return self._loaded[region]

    def charge(
        self, r: Registration, what: str, service: str, item: str, quantity: float | Range, assumption: str = ""
    ) -> None:
        """Bill a month's quantity of an item at the book's price; unpriced where the book has none."""
        amounts = quantity if isinstance(quantity, Range) else Range(quantity, quantity, quantity)
        price = self.price(r, service, item)
        if price is None:
            self.leave(r, what, self.missing(r, f"{service} {item}"))
            return
        monthly = Range(price.cost(amounts.low), price.cost(amounts.expected), price.cost(amounts.high))
        self.bill(r, what, amounts, monthly, [price], assumption=assumption)

    def used(
        self, r: Registration, what: str, service: str, item: str, figure: str, *, times: float = 1, note: str = ""
    ) -> None:
        """Bill a month's use as the environment's file states it: ``figure`` of ``Usage``, ``times`` over.

        Where it isn't stated, the price of a unit is told, and what it comes to is no part of the total. ``note`` is
        the assumption in words; default: the figure's.
        """
        self.used_as(r, what, service, item, figure, getattr(self.usage, figure), times=times, note=note)

    def used_as(
        self,
        r: Registration,
        what: str,
        service: str,
        item: str,
        figure: str,
        stated: float | None,
        *,
        times: float = 1,
        note: str = "",
    ) -> None:
        """The same for a quantity that follows from several figures; ``None`` where one of them isn't stated."""
        if stated is not None:
            self.charge(r, what, service, item, self.use(stated * times), note or figure)
            return
        price = self.price(r, service, item)
        if price is None:
            self.leave(r, what, self.missing(r, f"{service} {item}"))
        else:
            reason = f"depends on use, {unit_price(price)}; {figure} in the environment's file says how much"
            self.unpriced.append(Unpriced(r.urn, what, reason, by_use=True))

    def bill(
        self,
        r: Registration,
        what: str,
        quantity: Range,
        monthly: Range,
        prices: Iterable[Price],
        *,
        assumption: str = "",
    ) -> None:
        """Write one line whose ``monthly`` is worked out already; the first price is that of ``expected``."""
        used = list(prices)
        self.dates |= {price.date for price in used}
        unit_price = monthly.expected / quantity.expected if quantity.expected else used[0].first
        self.lines.append(
            CostLine(
                urn=r.urn,
                what=what,
                quantity=quantity,
                unit=used[0].unit,
                price=unit_price,
                monthly=monthly,
                source=used[0].source,
                sku=used[0].sku,
                assumption=assumption,
            )
        )

    def leave(self, r: Registration, what: str, reason: str) -> None:
        """Say that it isn't known what something costs."""
        self.unpriced.append(Unpriced(urn=r.urn, what=what, reason=reason))

    def missing(self, r: Registration, what: str) -> str:
        """Why the book has no price of something where ``r`` is."""
        region = self.region(r)
        if not region:
            unknown = r.inputs.get("region") is UNKNOWN
            return "its region isn't known before deployment" if unknown else "the stack's settings name no region"
        if not len(self._book(region)):
            return f"there is no price book of {region}"
        return f"the price book of {region} has no price of {what}"

    def use(self, expected: float) -> Range:
        """A quantity that is only assumed: idle, as assumed, and in a busy month."""
        return Range(0, expected, expected * self.usage.busy_factor)

    def always(self, count: float = 1) -> float:
        """Hours of ``count`` things that run all month."""
        return count * self.usage.hours
