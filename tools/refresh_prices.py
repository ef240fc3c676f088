"""Takes new prices into the price book from AWS's public price list: no credentials, hundreds of MB a region.

.venv/bin/python tools/refresh_prices.py --region eu-west-1
"""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import Annotated

import typer

from aistacks_catalog.aws.prices import book
from aistacks_core import console
from aistacks_core.errors import UserError
from price_offers import downloads, offers
from price_offers.refresh import Outcome, refresh

Regions = Annotated[
    list[str] | None, typer.Option("--region", help="A region of AWS; may be repeated. Default: each that has a book.")
]
Offers = Annotated[
    list[str] | None,
    typer.Option("--offer", help="AWS's code of a service, such as AmazonEC2; may be repeated. Default: all."),
]
Recorded = Annotated[
    Path | None,
    typer.Option("--from", metavar="FOLDER", help="Recorded offer files: FOLDER/AmazonEC2/eu-west-1/index.csv."),
]
Endpoint = Annotated[str, typer.Option(help="Where the price list is. Default: AWS's own.")]
Book = Annotated[
    Path | None, typer.Option("--book", metavar="FOLDER", help="Folder of the price books. Default: the catalogue's.")
]
_MB = 1_000_000
app = typer.Typer(add_completion=False)


@app.command()
def take(
    region: Regions = None, offer: Offers = None, source: Recorded = None, endpoint: Endpoint = "", of: Book = None
) -> None:
    """Take new prices from AWS's public price list."""
    folder = of or book.folder()
    if not folder.is_dir():
        raise UserError(str(folder), "no folder", "a folder of price books")
    codes = _codes(offer, offers.codes())
    for name in dict.fromkeys(region or book.regions(folder)):
        offers.prefixes(name)
        if source is not None:
            outcome = refresh(name, codes, functools.partial(_recorded, source, name), folder)
        else:
            outcome = _downloaded(name, codes, endpoint, folder)
        _report(outcome)


def _downloaded(region: str, codes: list[str], endpoint: str, folder: Path) -> Outcome:
    base = downloads.check_endpoint(endpoint or offers.facts()["endpoint"])
    into = downloads.folder()
    got: dict[str, Path] = {}
    for code in codes:
        with console.phase(f"Getting {code}, {region}") as show:
            got[code] = downloads.offer_file(
                code, region, base, into, lambda there, total: show(_progress(there, total))
            )
    with console.phase(f"Reading the offers of {region}"):
        try:
            outcome = refresh(region, codes, got.get, folder)
        except UserError as error:
            # A file that can't be used is got anew the next time; the others aren't.
            for path in got.values():
                if error.where.startswith(str(path)):
                    path.unlink(missing_ok=True)
            raise
    for path in got.values():
        path.unlink(missing_ok=True)
    return outcome


def _progress(there: int, total: int) -> str:
    return f"{there / _MB:.0f} of {total / _MB:.0f} MB" if total else f"{there / _MB:.0f} MB"


def _recorded(source: Path, region: str, code: str) -> Path | None:
    path = source / code / region / "index.csv"
    if path.is_file():
        return path
    console.note(f"no {path}: its prices stay as they are")
    return None


def _report(outcome: Outcome) -> None:
    for name, before, now in outcome.changed:
        console.out.print(f"{outcome.region}  {name}  {before:g} -> {now:g}", soft_wrap=True)
    for name in outcome.added:
        console.out.print(f"{outcome.region}  {name}  new", soft_wrap=True)
    for name in outcome.gone:
        console.out.print(f"{outcome.region}  {name}  no longer there", soft_wrap=True)
    counts = f"{len(outcome.changed)} changed, {len(outcome.added)} new, {outcome.same} the same"
    console.out.print(f"{outcome.region}: {counts}, {outcome.kept} not in the price list that was read")


def _codes(asked: list[str] | None, known: list[str]) -> list[str]:
    for code in asked or []:
        if code not in known:
            raise UserError("--offer", repr(code), f"one of {', '.join(known)}")
    return asked or known


if __name__ == "__main__":
    try:
        app()
    except UserError as mistake:
        console.err.print(f"error: {mistake}", soft_wrap=True, markup=False)
        sys.exit(2)
