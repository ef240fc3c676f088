"""Lists a store: every package, published or incomplete."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from aistacks_core import checksums
from aistacks_core.errors import UserError

from .bucket import DIGEST, NAME, Bucket, Object

_KEY = re.compile(rf"({NAME.pattern})/({DIGEST.pattern})/(.+)")
_LEAST = 6
"""Least number of hex digits of an abbreviated digest."""


@dataclass(frozen=True)
class Entry:
    """One package as listed; nothing is verified.

    ``published``: time of its `SHA256SUMS`, ``None`` for an incomplete one. ``newest``: time of its last object.
    """

    model: str
    digest: str
    objects: int
    bytes: int
    published: dt.datetime | None
    newest: dt.datetime
    signed: bool

    @property
    def short(self) -> str:
        """Name and abbreviated digest."""
        return f"{self.model}@{self.digest[:12]}"


def entries(bucket: Bucket, model: str = "") -> list[Entry]:
    """Every package, of ``model`` if given; sorted by name, the newest of each model first."""
    found: dict[tuple[str, str], dict[str, Object]] = {}
    # With the slash, as "digits" is a prefix of "digits-large", too.
    for key, item in bucket.walk(f"{bucket.prefix}{model}/" if model else bucket.prefix):
        match = _KEY.fullmatch(key.removeprefix(bucket.prefix))
        if match:
            found.setdefault((match[1], match[2]), {})[match[3]] = item
    made = [_entry(name, digest, objects) for (name, digest), objects in found.items()]
    made.sort(key=lambda each: (each.published or each.newest, each.digest), reverse=True)
    return sorted(made, key=lambda each: each.model)


def find(bucket: Bucket, model: str, prefix: str = "") -> Entry:
    """The one published package of ``model`` whose digest begins with ``prefix``; without it, the newest.

    Raises `UserError` where there is none or several.
    """
    known = [each for each in entries(bucket, model) if each.published]
    if not known:
        others = sorted({each.model for each in entries(bucket)})
        more = f"It has {', '.join(others)}." if others else "It is empty."
        raise UserError(bucket.where, f"no published model {model!r}", "one that is there", more)
    fitting = [each for each in known if each.digest.startswith(prefix)]
    if not fitting:
        raise UserError(f"{model}@{prefix}", "no such digest", f"one of {_names(known)}", f"Store: {bucket.where}.")
    if prefix and len(fitting) > 1:
        raise UserError(f"{model}@{prefix}", f"{len(fitting)} digests", "one", f"More digits: {_names(fitting)}.")
    return fitting[0]


def reference(text: str) -> tuple[str, str]:
    """Parse ``NAME`` or ``NAME@DIGEST``, with an abbreviated digest, into name and digest prefix.

    Raises `UserError` for anything else.
    """
    name, at, prefix = text.partition("@")
    prefix = prefix.removeprefix("sha256:")
    fits = re.fullmatch(rf"[0-9a-f]{{{_LEAST},64}}", prefix) if at else not prefix
    if not NAME.fullmatch(name) or not fits:
        raise UserError(text, "no model", f"NAME or NAME@DIGEST, of the digest at least {_LEAST} hex digits")
    return name, prefix


def _entry(model: str, digest: str, objects: dict[str, Object]) -> Entry:
    sums = objects.get(checksums.SUMS)
    return Entry(
        model=model,
        digest=digest,
        objects=len(objects),
        bytes=sum(item.size for item in objects.values()),
        published=sums.modified if sums else None,
        newest=max(item.modified for item in objects.values()),
        signed=checksums.SIGNATURE in objects,
    )


def _names(entries: list[Entry]) -> str:
    return ", ".join(each.digest[:12] for each in entries[:5]) + (", …" if len(entries) > 5 else "")
