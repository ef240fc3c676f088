"""`aistacks prices`: shows the price book."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aistacks_core import console
from aistacks_core.errors import UserError
from aistacks_core.yaml_files import read_mapping

prices = typer.Typer(no_args_is_help=True)
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


@prices.callback()
def _group() -> None:
    """What AWS charges, as the plan counts it."""


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


def _known_regions(folder: Path) -> str:
    from aistacks_catalog.aws.prices import book

    return f"a region that has a price book: {', '.join(book.regions(folder)) or 'none is here'}"


def _regions(asked: list[str] | None) -> list[str]:
    """What was asked for, or the regions of the environments' files in this folder and its ``stacks``."""
    found = dict.fromkeys(asked or [])
    paths = [] if found else sorted([*Path().glob("Pulumi.*.yaml"), *Path("stacks").glob("Pulumi.*.yaml")])
    for path in paths:
        try:
            config = read_mapping(path, "an environment's settings").get("config")
        except UserError:
            continue
        region = config.get("aws:region") if isinstance(config, dict) else None
        if isinstance(region, str):
            found[region] = None
    if not found:
        raise UserError("--region", "none, and no environment's file here names one", "a region such as eu-west-1")
    return list(found)
