"""Takes new prices from AWS's public price list into a price book: all of a region's, or none."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from aistacks_catalog.aws.prices import book
from aistacks_catalog.aws.prices.book import Row
from aistacks_core.errors import UserError

from . import offers

Find = Callable[[str], Path | None]
"""The offer file of a service's code; ``None`` where there is none to read."""


@dataclass
class Outcome:
    """What a refresh did to one region's book."""

    region: str
    changed: list[tuple[str, float, float]] = field(default_factory=list)
    """Item, price before, price now; the first that isn't free."""
    added: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    """Instance types that the region no longer has."""
    same: int = 0
    kept: int = 0
    """Items that the price list wasn't read for."""


def refresh(region: str, codes: Iterable[str], find: Find, of: Path) -> Outcome:
    """Write the new book of ``region`` in the folder ``of``. Raises ``UserError``, with the book as it was, where an
    offer file can't be read or lacks an item that the book has."""
    old = {_key(rows[0]): rows for rows in (list(price.rows) for price in book.load(region, of))}
    new = dict(old)
    read: set[tuple[str, str]] = set()
    gone: list[str] = []
    for code in codes:
        path = find(code)
        if path is None:
            continue
        found = _parse(path, code, region)
        read |= set(found.rows)
        gone += _missing(code, old, found, path, new)
        new.update(found.rows)
    if not read:
        raise UserError(region, "no offer file", f"at least one of {', '.join(codes)}")
    outcome = _compare(region, old, new, read)
    outcome.gone = gone
    _write(of / f"{region}.csv", new)
    return outcome


def take(region: str, rows: Iterable[Row], of: Path) -> Outcome:
    """Put the rows of a feed into the book of ``region`` in the folder ``of``; what it has besides stays, and so does
    a price that was published later than the feed's."""
    old = {_key(rows[0]): rows for rows in (list(price.rows) for price in book.load(region, of))}
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault(_key(row), []).append(row)
    read = {key for key, some in found.items() if key not in old or old[key][0].date <= some[0].date}
    new = {**old, **{key: found[key] for key in read}}
    _write(of / f"{region}.csv", new)
    return _compare(region, old, new, read)


def _parse(path: Path, code: str, region: str) -> offers.Offer:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return offers.parse(file, code, region, str(path))
    except OSError as error:
        raise UserError(str(path), error.strerror or str(error), f"the offer file of {code}") from error


def _missing(
    code: str,
    old: dict[tuple[str, str], list[Row]],
    found: offers.Offer,
    path: Path,
    new: dict[tuple[str, str], list[Row]],
) -> list[str]:
    """Take away the instance types that a region no longer has; a missing item of another kind is an error."""
    for item in offers.items(code):
        key = (item.service, item.item)
        if key in old and key not in found.rows:
            raise UserError(
                str(path),
                f"no price of {item.service} {item.item} (usage type {item.usage})",
                "each item that the price book has",
                "AWS may have renamed it: offers.yaml says how it is found.",
            )
    machines = offers.facts()["instances"]
    if machines["offer"] != code:
        return []
    start = machines["item"].format(type="")
    ours = [key for key in old if key[0] == machines["service"] and key[1].startswith(start)]
    if not any(key[0] == machines["service"] for key in found.rows):
        raise UserError(str(path), "no instance type", "the on-demand prices of Linux instances")
    lost = [key for key in ours if key not in found.rows]
    for key in lost:
        del new[key]
    return [key[1].removeprefix(start) for key in lost]


def _compare(
    region: str,
    old: dict[tuple[str, str], list[Row]],
    new: dict[tuple[str, str], list[Row]],
    read: set[tuple[str, str]],
) -> Outcome:
    outcome = Outcome(region, kept=len(new.keys() - read))
    for key in sorted(read):
        name = " ".join(key)
        if key not in old:
            outcome.added.append(name)
        elif _prices(old[key]) == _prices(new[key]):
            outcome.same += 1
        else:
            before, now = book.Price(tuple(old[key])), book.Price(tuple(new[key]))
            outcome.changed.append((name, before.first, now.first))
    return outcome


def _prices(rows: list[Row]) -> list[tuple[float, float, float]]:
    return sorted((row.begin, row.end, row.price) for row in rows)


def _key(row: Row) -> tuple[str, str]:
    return row.service, row.item


def _write(path: Path, rows: dict[tuple[str, str], list[Row]]) -> None:
    """In one step, so that a book is never half of one."""
    every = sorted((row for some in rows.values() for row in some), key=lambda r: (r.service, r.item, r.begin))
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="", dir=path.parent, prefix=".", suffix=".csv", delete=False
        ) as file:
            temporary = Path(file.name)
            table = csv.writer(file, lineterminator="\n")
            table.writerow(book.COLUMNS)
            table.writerows(row.cells() for row in every)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        # What can't be read back is never put in the old one's place.
        with temporary.open(encoding="utf-8", newline="") as file:
            list(book.read(file, str(path), path.stem))
        temporary.replace(path)
    except OSError as error:
        todo = f"Name another folder with --book, and in ${book.VARIABLE} for the plan."
        raise UserError(str(path), error.strerror or str(error), "a price book that can be written", todo) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
