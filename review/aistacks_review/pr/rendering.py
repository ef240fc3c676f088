"""From a document that anybody may have made to a comment and a page: only our own code takes part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aistacks_core.errors import UserError

from ..review import Review
from .intake import take
from .strict import parse

ROOM = 60_000
"""Characters of a comment; GitHub takes 65,536."""


def reviews_in(path: Path) -> list[Review]:
    """The reviews of the document in ``path`` (a file, a folder or an archive), checked first."""
    return reviews_of(take(path), str(path))


def reviews_of(data: bytes, where: str) -> list[Review]:
    """The reviews of a document's bytes. Raises ``UserError`` where it isn't one, whatever it is."""
    from ..report.document import from_document

    found = from_document(parse(data, where), where)
    if not found:
        raise UserError(where, "no environment", "one review at least")
    return found


def comment_of(reviews: Sequence[Review], page_url: str = "") -> str:
    """The comment, rendered here and now."""
    from ..report.markdown import markdown

    return markdown(reviews, limit=ROOM, page_url=page_url)


def page_of(reviews: Sequence[Review]) -> str:
    """The page, rendered here and now."""
    from ..report.page import page

    return page(reviews)


def refusal(sha: str, run_url: str = "") -> str:
    """The comment where there is no document that can be shown. Nothing of what was refused is in it."""
    from .sticky import MARKER

    commit = f" of `{sha[:12]}`" if sha else ""
    where = f"\n\n[What the jobs said]({run_url})." if run_url else ""
    return (
        f"{MARKER}\n\n⚪ **No plan{commit} can be shown.** The plan job left no document, or none that is valid. "
        f"An earlier plan no longer holds.{where}\n"
    )


def write(path: Path, text: str) -> None:
    """Write a text file. Raises ``UserError`` where that can't be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(str(path), error.strerror or "not writable", "a file that can be written") from None
