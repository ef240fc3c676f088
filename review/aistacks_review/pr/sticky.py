"""One comment per pull request: found again, updated in place, its duplicates removed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aistacks_core.errors import UserError

from .provider import Comment, CommentThread


@dataclass(frozen=True)
class Outcome:
    """What became of the comment."""

    action: str
    """``created``, ``updated`` or ``unchanged``."""
    url: str
    removed: int
    """Duplicates that were taken away."""


MARKER = "<!-- aistacks-plan -->"
"""The hidden first line, as the report begins with it."""


def marker(key: str) -> str:
    """The first line of the comment of one of several reports on a pull request; ``key`` is empty where there is one.

    Raises ``UserError`` where the key isn't at most 40 letters, digits, dots, underscores and single hyphens.
    """
    if not key:
        return MARKER
    # Two hyphens would end the HTML comment early.
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,38}[A-Za-z0-9])?", key) or "--" in key:
        raise UserError("--key", repr(key), "at most 40 letters, digits, dots and single hyphens")
    return f"<!-- aistacks-plan: {key} -->"


def put(thread: CommentThread, key: str, text: str) -> Outcome:
    """Make ``text`` the one comment of this key.

    Ours is what this token's own account wrote *and* begins with the marker: anybody can copy a marker, and a bot can
    quote one further down. The oldest of ours is kept, others are taken away.
    """
    first = marker(key)
    body = _lines(text if _first(text) == first else f"{first}\n{text}")
    if len(body) > thread.most:
        raise UserError("comment", f"{len(body)} characters", f"at most {thread.most}, the provider's limit")
    me = thread.me()
    mine = _own_comments(thread, me, first)
    action, url = "unchanged", ""
    if not mine:
        made = thread.create(body)
        action, url = "created", made.url
        # Another run may have written in the meantime, or a request that seemed lost arrived after all.
        mine = _own_comments(thread, me, first) or [made]
    kept, *duplicates = mine
    if _lines(kept.body) != body:
        kept = thread.update(kept, body)
        action = action if action == "created" else "updated"
    for duplicate in duplicates:
        thread.delete(duplicate)
    return Outcome(action, kept.url or url, len(duplicates))


def _own_comments(thread: CommentThread, me: str, first: str) -> list[Comment]:
    return [c for c in thread.comments() if c.author == me and _first(c.body) == first]


def _first(body: str) -> str:
    return body.split("\n", 1)[0].rstrip("\r")


def _lines(body: str) -> str:
    # GitHub and GitLab normalize line ends and strip trailing whitespace.
    return body.replace("\r\n", "\n").rstrip() + "\n"
