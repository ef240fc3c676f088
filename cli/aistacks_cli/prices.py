"""`aistacks prices`: shows the price book, and takes new prices from AWS's public price list."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
import yaml

from aistacks_core import console
from aistacks_core.errors import UserError

if TYPE_CHECKING:
    from aistacks_catalog.aws.prices.refresh import Outcome

prices = typer.Typer(no_args_is_help=True, help="What AWS charges, as the plan counts it.")
Regions = Annotated[
    list[str] | None,
    typer.Option("--region", help="A region of AWS; may be repeated. Default: those of the environments' files here."),
]
Book = Annotated[
    Path | None,
    typer.Option(
        "--book", metavar="FOLDER", help="Folder of the price books. Default: $AISTACKS_PRICES, or this command's own."
    ),
]
_MB = 1_000_000


@prices.command()
def show(
    service: Annotated[str, typer.Argument(metavar="[SERVICE]", help="Such as ec2, vpc, s3. Default: all.")] = "",
    region: Regions = None,
    of: Book = None,
) -> None:
    """Each price, with where and when it was read."""
    from rich.table import Table

    from aistacks_catalog.aws.prices import book

    folder = of or book.folder()
    for name in _regions(region):
        found = [price for price in book.load(name, folder) if not service or price.rows[0].service == service]
        if not found:
            known = ", ".join(sorted({p.rows[0].service for p in book.load(name, folder)}))
            where = f"{service or 'prices'} in {name}"
            raise UserError(where, "no price", f"a service of {known}" if known else _known_regions(folder))
        table = Table(title=f"{name}, US dollars", box=None, title_justify="left", header_style="bold")
        for heading in ("service", "item", "price", "a", "from", "sku", "date", "source"):
            table.add_column(heading, justify="right" if heading in ("price", "from") else "left", overflow="fold")
        for price in found:
            for row in price.rows:
                cells = row.cells()
                begin = f"{row.begin:,.0f}" if row.begin else ""
                table.add_row(row.service, row.item, cells[4], row.unit, begin, row.sku, row.date, row.source)
        console.out.print(table)


@prices.command()
def refresh(
    region: Regions = None,
    service: Annotated[
        list[str] | None,
        typer.Option("--offer", help="AWS's code of a service, such as AmazonEC2; may be repeated. Default: all."),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FOLDER", help="Recorded offer files: FOLDER/AmazonEC2/eu-west-1/index.csv."),
    ] = None,
    endpoint: Annotated[str, typer.Option(help="Where the price list is. Default: AWS's own.")] = "",
    of: Book = None,
) -> None:
    """Take new prices from AWS's public price list: no credentials; EC2's file has hundreds of megabytes a region."""
    from aistacks_catalog.aws.prices import book, offers
    from aistacks_catalog.aws.prices.refresh import refresh as take

    folder = of or book.folder()
    if not folder.is_dir():
        raise UserError(str(folder), "no folder", "a folder of price books")
    codes = _codes(service, offers.codes())
    for name in _regions(region):
        offers.prefixes(name)
        if source is not None:
            outcome = take(name, codes, functools.partial(_recorded, source, name), folder)
        else:
            outcome = _downloaded(name, codes, endpoint, folder)
        _tell(outcome)


def _downloaded(region: str, codes: list[str], endpoint: str, folder: Path) -> Outcome:
    from aistacks_catalog.aws.prices import downloads, offers
    from aistacks_catalog.aws.prices.refresh import refresh as take

    base = downloads.check_endpoint(endpoint or offers.facts()["endpoint"])
    into = downloads.folder()
    got: dict[str, Path] = {}
    for code in codes:
        with console.phase(f"Getting {code}, {region}") as show_:
            got[code] = downloads.offer_file(
                code, region, base, into, lambda there, total: show_(_progress(there, total))
            )
    with console.phase(f"Reading the offers of {region}"):
        try:
            outcome = take(region, codes, got.get, folder)
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


def _tell(outcome: Outcome) -> None:
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


def _known_regions(folder: Path) -> str:
    from aistacks_catalog.aws.prices import book

    return f"a region that has a price book: {', '.join(book.regions(folder)) or 'none is here'}"


def _regions(asked: list[str] | None) -> list[str]:
    """What was asked for, or the regions of the environments' files in this folder and its ``stacks``."""
    if asked:
        return list(dict.fromkeys(asked))
    found: dict[str, None] = {}
    for path in sorted([*Path().glob("Pulumi.*.yaml"), *Path("stacks").glob("Pulumi.*.yaml")]):
        try:
            settings = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError):
            continue
        config = settings.get("config") if isinstance(settings, dict) else None
        region = config.get("aws:region") if isinstance(config, dict) else None
        if isinstance(region, str):
            found[region] = None
    if not found:
        raise UserError("--region", "none, and no environment's file here names one", "a region such as eu-west-1")
    return list(found)
