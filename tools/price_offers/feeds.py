"""Reads the price book's items out of a recording of a feed behind one of AWS's pricing pages."""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aistacks_catalog.aws.prices.book import Row
from aistacks_core.errors import UserError
from aistacks_core.facts import read


@functools.cache
def facts() -> dict[str, Any]:
    """The whole of ``feeds.yaml``."""
    found: dict[str, Any] = read(Path(__file__).with_name("feeds.yaml"))
    return found


def parse(text: str, name: str, where: str) -> dict[str, list[Row]]:
    """The rows of each region in a recording of the feed ``name``.

    Regions and keys that ``feeds.yaml`` doesn't name are left out, and so is an item of which a region has not every
    tier. ``where`` heads an error's place. Raises ``UserError`` for what isn't such a feed, and where it has none of
    the items.
    """
    feed = facts()["feeds"].get(name)
    if feed is None:
        raise UserError(name, "an unknown feed", f"one of {', '.join(facts()['feeds'])}")
    try:
        recorded = json.loads(text)
        date, regions = recorded["manifest"]["hawkFilePublicationDate"][:10], dict(recorded["regions"])
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(where, str(error)[:80], "a feed of AWS's pricing pages: manifest and regions") from error
    if recorded["manifest"].get("currencyCode") != "USD":
        raise UserError(where, f"prices in {recorded['manifest'].get('currencyCode')!r}", "US dollars")
    found = {}
    for title, region in facts()["regions"].items():
        rows = list(_Region(feed, regions.get(title, {}), region, date, where).rows())
        if rows:
            found[region] = rows
    if not found:
        raise UserError(where, f"none of the items of {name}", "the keys that feeds.yaml names")
    return found


class _Region:
    """One region's prices in a feed."""

    def __init__(self, feed: Mapping[str, Any], prices: Mapping[str, Any], region: str, date: str, where: str) -> None:
        self.feed, self.prices, self.region, self.date, self.where = feed, prices, region, date, where
        self.source = feed["source"].format(region=region)

    def rows(self) -> Iterator[Row]:
        for entry in self.feed.get("items", ()):
            tiers = entry.get("tiers") or [{"key": entry["key"]}]
            if all(tier["key"] in self.prices for tier in tiers):
                for tier in tiers:
                    limits = tier.get("from", 0), tier.get("to", math.inf)
                    yield self._row(entry["item"], entry["unit"], tier["key"], *limits)
        seen: dict[str, Row] = {}
        for kind in self.feed.get("kinds", ()):
            yield from self._kind(kind, re.compile(kind["pattern"]), seen)

    def _kind(self, kind: Mapping[str, str], pattern: re.Pattern[str], seen: dict[str, Row]) -> Iterator[Row]:
        for key in self.prices:
            match = pattern.fullmatch(key)
            if match is None:
                continue
            made = self._row(kind["item"].format(**match.groupdict()), kind["unit"], key)
            first = seen.setdefault(made.item, made)
            if first is made:
                yield made
            elif first.price != made.price:
                raise UserError(f"{self.where}: {key}", f"a second price of {made.item}", f"{first.price:g} alone")

    def _row(self, item: str, unit: str, key: str, begin: float = 0, end: float = math.inf) -> Row:
        found = self.prices[key]
        try:
            price = float(found["price"])
        except (KeyError, TypeError, ValueError):
            price = -1.0
        if not math.isfinite(price) or price < 0:
            raise UserError(f"{self.where}: {key}", repr(found)[:80], "a price: a number from 0 up")
        sku = str(found.get("rateCode", "")).partition(".")[0]
        return Row(self.feed["service"], item, self.region, unit, price, begin, end, sku, self.source, self.date)
