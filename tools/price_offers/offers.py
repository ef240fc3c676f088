"""Reads the price book's items out of one of AWS's offer files: comma-separated, hundreds of megabytes, row by row."""

from __future__ import annotations

import csv
import functools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aistacks_catalog.aws.facts import instances
from aistacks_catalog.aws.prices.book import Row
from aistacks_core.errors import UserError
from aistacks_core.facts import read

_FIRST = ("formatversion", "v1.0")
_NEEDED = ("sku", "termtype", "startingrange", "endingrange", "unit", "priceperunit", "currency", "usagetype")
_HEADING_WITHIN = 20
"""Lines: the heading stands after a few of the file's own."""


@dataclass(frozen=True)
class Item:
    """An item of the price book, and which rows of an offer file are its price."""

    service: str
    item: str
    unit: str
    usage: str
    units: tuple[str, ...]
    where: Mapping[str, str]


@dataclass
class Offer:
    """What one offer file says of the price book's items."""

    version: str = ""
    published: str = ""
    """``YYYY-MM-DD``."""
    rows: dict[tuple[str, str], list[Row]] = field(default_factory=dict)


@functools.cache
def facts() -> dict[str, Any]:
    """The whole of ``offers.yaml``."""
    found: dict[str, Any] = read(Path(__file__).with_name("offers.yaml"))
    return found


def codes() -> list[str]:
    """AWS's codes of the offers that the price book draws on, in order."""
    return list(dict.fromkeys([facts()["instances"]["offer"], *(entry["offer"] for entry in facts()["items"])]))


def items(code: str) -> list[Item]:
    """What the price book has from one offer, instances apart."""
    return [
        Item(
            entry["service"],
            entry["item"],
            entry["unit"],
            entry["usage"],
            tuple(unit.casefold() for unit in entry["units"]),
            {name.casefold(): value for name, value in entry.get("where", {}).items()},
        )
        for entry in facts()["items"]
        if entry["offer"] == code
    ]


def prefixes(region: str) -> Sequence[str]:
    """What a usage type begins with in a region. Raises ``UserError`` for a region whose prefix isn't known."""
    known = facts()["prefixes"]
    if region not in known:
        raise UserError(region, "a region whose usage types aren't known here", f"one of {', '.join(known)}")
    found: list[str] = known[region]
    return found


def parse(lines: Iterable[str], code: str, region: str, where: str) -> Offer:
    """The price book's items in an offer file. ``where`` heads an error's place. Raises ``UserError`` where the file
    isn't what AWS publishes, is cut off, or has two prices for one thing."""
    table = csv.reader(lines)
    try:
        offer, columns = _head(table, code, where)
        wanted = _Wanted(code, region)
        for cells in table:
            if len(cells) != len(columns):
                raise UserError(
                    f"{where}:{table.line_num}", f"{len(cells)} columns", f"{len(columns)}", "The file is cut off."
                )
            row = dict(zip(columns, cells, strict=True))
            if row["termtype"] == "OnDemand" and row.get("region code", region) == region:
                _take(offer, wanted, row, f"{where}:{table.line_num}", code, region)
    except (csv.Error, UnicodeDecodeError) as error:
        raise UserError(f"{where}:{table.line_num}", str(error), "an offer file of AWS's price list") from error
    return offer


def _head(table: Iterator[list[str]], code: str, where: str) -> tuple[Offer, list[str]]:
    meta: dict[str, str] = {}
    for number, cells in enumerate(table):
        names = [cell.casefold() for cell in cells]
        if number == 0 and tuple(names) != _FIRST:
            raise UserError(where, repr(",".join(cells))[:80], "an offer file of AWS's price list, format v1.0")
        if names and names[0] == "sku":
            missing = [name for name in _NEEDED if name not in names]
            if missing:
                raise UserError(where, f"no column {', '.join(missing)}", "the columns of format v1.0")
            _same_offer(meta, code, where)
            return Offer(meta.get("version", ""), meta.get("publication date", "")[:10]), names
        if number > _HEADING_WITHIN:
            break
        meta.update([(names[0], cells[1])] if len(cells) == len(("name", "value")) else [])
    raise UserError(where, "no heading", "an offer file of AWS's price list, format v1.0", "The file may be cut off.")


def _same_offer(meta: Mapping[str, str], code: str, where: str) -> None:
    if meta.get("offercode", code) != code:
        raise UserError(where, f"the offer {meta['offercode']}", code)
    if not meta.get("version") or not meta.get("publication date"):
        raise UserError(where, "no version or publication date", "those of an offer file of AWS's price list")


class _Wanted:
    """Which rows of an offer file count, by usage type and by instance type."""

    def __init__(self, code: str, region: str) -> None:
        self.by_usage: dict[str, list[Item]] = {}
        for item in items(code):
            for prefix in prefixes(region):
                self.by_usage.setdefault(prefix + item.usage, []).append(item)
        machines = facts()["instances"]
        self.column = machines["column"].casefold() if machines["offer"] == code else ""
        self.where = {name.casefold(): value for name, value in machines["where"].items()}
        self.known = instances()

    def item(self, row: Mapping[str, str]) -> Item | None:
        for item in self.by_usage.get(row["usagetype"], ()):
            if _meets(row, item.where):
                return item
        type_ = row.get(self.column, "") if self.column else ""
        if type_ not in self.known or not _meets(row, self.where):
            return None
        machines = facts()["instances"]
        units = tuple(unit.casefold() for unit in machines["units"])
        name = machines["item"].format(type=type_)
        return Item(machines["service"], name, machines["unit"], "", units, self.where)


def _meets(row: Mapping[str, str], where: Mapping[str, str]) -> bool:
    for name, value in where.items():
        column = name.removesuffix("?")
        if column not in row and column != name:
            continue
        if row.get(column) != value:
            return False
    return True


def _take(offer: Offer, wanted: _Wanted, row: Mapping[str, str], where: str, code: str, region: str) -> None:
    item = wanted.item(row)
    if item is None:
        return
    if row["currency"] != "USD":
        raise UserError(where, f"a price in {row['currency']!r}", "US dollars")
    if item.units and row["unit"].casefold() not in item.units:
        raise UserError(where, f"{item.item} by {row['unit']!r}", f"by {' or '.join(item.units)}")
    new = Row(
        service=item.service,
        item=item.item,
        region=region,
        unit=item.unit,
        price=_number(row["priceperunit"], where),
        begin=_number(row["startingrange"] or "0", where),
        end=math.inf if row["endingrange"] in ("Inf", "") else _number(row["endingrange"], where),
        sku=row["sku"],
        source=f"AWS price list, {code} {offer.version}",
        date=offer.published,
    )
    rows = offer.rows.setdefault((item.service, item.item), [])
    for old in rows:
        if new.begin < old.end and old.begin < new.end:
            if (new.begin, new.end, new.price) == (old.begin, old.end, old.price):
                return
            raise UserError(
                where, f"a second price of {item.service} {item.item}, {new.price:g}", f"{old.price:g} alone"
            )
    rows.append(new)


def _number(text: str, where: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not math.isfinite(number) or number < 0:
        raise UserError(where, repr(text), "a number from 0 up")
    return number
