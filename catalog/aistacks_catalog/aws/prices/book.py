"""The price book: what one unit of an item costs in one region, read from ``prices/<region>.csv``.

A row is ``service, item, region, unit, price, from, to, sku, source, date``: ``price`` in US dollars a ``unit`` for the
part of a month's quantity between ``from`` and ``to`` (empty: without end), ``source`` where it was read and ``date``
of when that source was published. No region ever stands in for another.
"""

from __future__ import annotations

import csv
import math
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aistacks_core.errors import UserError

COLUMNS = ("service", "item", "region", "unit", "price", "from", "to", "sku", "source", "date")
VARIABLE = "AISTACKS_PRICES"
"""Names another folder of price books."""
_PACKAGED = Path(__file__).parent / "prices"
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a price book."""

    service: str
    item: str
    region: str
    unit: str
    price: float
    """US dollars a unit."""
    begin: float
    """First unit of a month that this price holds for, less one."""
    end: float
    """Last unit; infinite where there is none."""
    sku: str
    """AWS's own number of it; empty where it wasn't read."""
    source: str
    date: str

    def cells(self) -> list[str]:
        """As the line stands in the file."""
        end = "" if math.isinf(self.end) else _plain(self.end)
        numbers = (_plain(self.price), _plain(self.begin), end)
        return [self.service, self.item, self.region, self.unit, *numbers, self.sku, self.source, self.date]


@dataclass(frozen=True, slots=True)
class Price:
    """What an item costs, cheapest quantity first."""

    rows: tuple[Row, ...]

    @property
    def unit(self) -> str:
        """What is counted, for example ``"GB"``."""
        return self.rows[0].unit

    @property
    def first(self) -> float:
        """Dollars of the first unit that isn't free."""
        return next((row.price for row in self.rows if row.price), 0.0)

    @property
    def source(self) -> str:
        """Where it was read, with the date."""
        return f"{self.rows[0].source}, {self.date}"

    @property
    def sku(self) -> str:
        """AWS's number of it, or empty."""
        return self.rows[0].sku

    @property
    def date(self) -> str:
        """Of the oldest of its rows, ``YYYY-MM-DD``."""
        return min(row.date for row in self.rows)

    def cost(self, quantity: float) -> float:
        """Dollars of a month's ``quantity``, each tier at its own price."""
        return sum(row.price * (min(quantity, row.end) - row.begin) for row in self.rows if quantity > row.begin)


class PriceBook:
    """The prices of one region."""

    def __init__(self, region: str, rows: Iterable[Row] = ()) -> None:
        self.region = region
        """As AWS calls it, for example ``"eu-west-1"``."""
        found: dict[tuple[str, str], list[Row]] = {}
        for row in rows:
            found.setdefault((row.service, row.item), []).append(row)
        self._prices = {key: Price(tuple(sorted(some, key=lambda r: r.begin))) for key, some in found.items()}

    def __len__(self) -> int:
        return len(self._prices)

    def __iter__(self) -> Iterator[Price]:
        return iter(self._prices.values())

    def get(self, service: str, item: str) -> Price | None:
        """The price of an item; ``None`` where this book has none."""
        return self._prices.get((service, item))


def folder() -> Path:
    """Where the price books are: ``$AISTACKS_PRICES``, else those that came with this command."""
    named = os.environ.get(VARIABLE, "")
    return Path(named) if named else _PACKAGED


def regions(of: Path | None = None) -> list[str]:
    """Every region that has a price book, sorted."""
    return sorted(p.stem for p in (of or folder()).glob("*.csv") if _REGION.fullmatch(p.stem))


def load(region: str, of: Path | None = None) -> PriceBook:
    """The book of ``region``; an empty one where there is none. Raises ``UserError`` that names the line of a book
    that can't be read."""
    if not _REGION.fullmatch(region):
        return PriceBook(region)
    path = (of or folder()) / f"{region}.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return PriceBook(region, list(read(file, str(path), region)))
    except FileNotFoundError:
        return PriceBook(region)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(str(path), str(error), "a price book: comma-separated text in UTF-8") from error


def read(lines: Iterable[str], where: str, region: str) -> Iterator[Row]:
    """The rows of a book; ``where`` heads an error's place."""
    table = csv.reader(lines)
    if tuple(next(table, [])) != COLUMNS:
        raise UserError(f"{where}:1", "another heading", ",".join(COLUMNS))
    reach: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for cells in table:
        place = f"{where}:{table.line_num}"
        row = _row(cells, place, region)
        taken = reach.setdefault((row.service, row.item), [])
        if any(row.begin < end and begin < row.end for begin, end in taken):
            raise UserError(place, f"two prices of {row.service} {row.item} for the same quantity", "one")
        taken.append((row.begin, row.end))
        yield row


def _row(cells: Sequence[str], place: str, region: str) -> Row:
    if len(cells) != len(COLUMNS):
        raise UserError(place, f"{len(cells)} columns", f"{len(COLUMNS)}: {','.join(COLUMNS)}")
    row = dict(zip(COLUMNS, cells, strict=True))
    if row["region"] != region:
        raise UserError(place, f"the region {row['region']!r}", f"{region}, as the file's name says")
    for column in ("service", "item", "unit", "source"):
        if not row[column].strip():
            raise UserError(place, f"no {column}", "one on each row")
    if not _DATE.fullmatch(row["date"]):
        raise UserError(place, f"the date {row['date']!r}", "YYYY-MM-DD")
    begin = _number(row["from"] or "0", "from", place)
    end = _number(row["to"], "to", place) if row["to"] else math.inf
    if end <= begin:
        raise UserError(place, f"from {row['from']} to {row['to']}", "a quantity that ends after it begins")
    price = _number(row["price"], "price", place)
    texts = (row["service"], row["item"], row["region"], row["unit"])
    return Row(*texts, price, begin, end, row["sku"], row["source"], row["date"])


def _number(text: str, column: str, place: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not math.isfinite(number) or number < 0:
        raise UserError(place, f"{column} {text!r}", "a number from 0 up")
    return number


def _plain(number: float) -> str:
    """Without an exponent, and no longer than needed."""
    return f"{number:.12f}".rstrip("0").rstrip(".") or "0"
