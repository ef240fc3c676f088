"""What an instance costs an hour, by the catalogue's price books."""

from __future__ import annotations

import functools

from aistacks_catalog.aws.prices import book
from aistacks_catalog.aws.prices.book import PriceBook


def hourly(region: str, market: str, kind: str) -> float | None:
    """Dollars an hour of an instance type; ``market``: ``spot`` or ``on-demand``. None where no book has it."""
    found = _book(region).get("ec2", f"{market} {kind}")
    return found.first if found else None


@functools.cache
def _book(region: str) -> PriceBook:
    return book.load(region)
