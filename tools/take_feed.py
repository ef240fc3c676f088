"""Takes prices into the price books from recordings of the feeds behind AWS's pricing pages; feeds.yaml names them.

.venv/bin/python tools/take_feed.py lambda recorded/lambda.json
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from aistacks_catalog.aws.prices import book
from aistacks_core import console
from aistacks_core.errors import UserError
from price_offers import feeds
from price_offers.refresh import take

Book = Annotated[
    Path | None, typer.Option("--book", metavar="FOLDER", help="Folder of the price books. Default: the catalogue's.")
]
app = typer.Typer(add_completion=False)


@app.command()
def main(name: str, files: list[Path], book_folder: Book = None) -> None:
    """Take the items of the feed NAME out of FILES; a region's book stays whole or as it was."""
    of = book_folder or book.folder()
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(str(path), str(error), "a recording of a feed") from error
        for region, rows in feeds.parse(text, name, str(path)).items():
            if region not in book.regions(of):
                continue
            outcome = take(region, rows, of)
            counts = f"{len(outcome.added)} new, {len(outcome.changed)} changed, {outcome.same} the same"
            console.out.print(f"{region}: {counts}")


if __name__ == "__main__":
    try:
        app()
    except UserError as mistake:
        console.err.print(f"error: {mistake}", soft_wrap=True, markup=False)
        sys.exit(2)
