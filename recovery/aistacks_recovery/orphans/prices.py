"""What a thing costs a month at the list price, as far as it follows from what it is."""

from __future__ import annotations

import functools

from aistacks_catalog.aws.inventory import Charge
from aistacks_catalog.aws.prices.book import PriceBook, load

from .expressions import value
from .listing import Thing


@functools.cache
def _book(region: str) -> PriceBook:
    return load(region)


def monthly(thing: Thing, home: str) -> tuple[float | None, str]:
    """US dollars of a month of 730 hours, and what isn't in them; ``None`` where the price isn't known.

    ``home``: the region whose prices hold for what is in none.
    """
    row = thing.row
    if row is None:
        return None, "no price rule"
    if not row.cost:
        return (None, row.open_cost) if row.open_cost else (0.0, "")
    book = _book(thing.region if load_has(thing.region) else home)
    parts = [_part(charge, thing, book) for charge in row.cost]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None, f"no price of it in the book of {thing.region}"
    return sum(known), row.open_cost


def load_has(region: str) -> bool:
    """Whether there is a price book of ``region``."""
    return len(_book(region)) > 0


def _part(charge: Charge, thing: Thing, book: PriceBook) -> float | None:
    item = value(charge.item, thing.context)
    if not item:
        return 0.0
    price = book.get(charge.service, item)
    if price is None:
        return None
    amount = float(value(charge.amount, thing.context) or 0) / charge.scale
    return price.cost(amount * float(value(charge.times, thing.context) or 0))
