"""Text that a program made, so that it can't be more than text wherever it is shown.

A pull request's author chooses names, values and messages. Here they lose what could hide, reorder or address
something; ``code`` and ``prose`` are the only two ways by which they get into HTML and into a comment.
"""

from __future__ import annotations

import re
import unicodedata
from html import escape
from typing import Any

from aistacks_core.symbols import without_marks

SHORT = 120
"""Characters of a name."""
SENTENCE = 500
"""Characters of a message."""
_MARK = 18
"""A symbol's mark has 16 characters; a cut in its middle would leave a part of it."""
_CUT_MARK = re.compile(r"z(z([0-9a-f]{0,12}|[0-9a-f]{12}z))?$")
# They print, and show nothing.
_BLANK = dict.fromkeys(map(ord, "\u115f\u1160\u2800\u3164\uffa0\u034f\u17b4\u17b5"), "")
_SPACES = {**dict.fromkeys(map(ord, "\u00a0\u1680\u202f\u205f\u3000"), " "), **dict.fromkeys(range(8192, 8203), " ")}
# The blocks of Hebrew, Arabic and the other scripts that run from right to left.
_LEFTWARDS = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_COMBINING = 2
"""More marks on one letter than any living script stacks would run over the lines around it."""


def clean(value: Any, limit: int = SHORT) -> str:
    """``value`` on one line, of at most ``limit`` characters, and all of it visible.

    Control, format (directions, zero width), private and unassigned characters become their number, as in
    ``\\u202e``; a symbol's mark becomes ``…``. Time and space don't grow with what is cut away.
    """
    text = value if isinstance(value, str) else str(value)
    if cut := len(text) > limit + _MARK:
        text = _CUT_MARK.sub("", text[: limit + _MARK])
    text = without_marks(text)
    if not (text.isascii() and text.isprintable()):
        text = _visible(text)
    if cut or len(text) > limit:
        text = f"{_CUT_MARK.sub('', text[: max(limit - 1, 0)])}…"
    return text


def _visible(text: str) -> str:
    made: list[str] = []
    marks = 0
    for letter in text.translate(_SPACES).translate(_BLANK):
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if letter.isprintable():
            if marks <= _COMBINING:
                made.append(letter)
        else:
            number = ord(letter)
            made.append(_NAMED.get(letter) or (f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"))
    return "".join(made)


def code(value: Any, limit: int = SHORT) -> str:
    """HTML of a name or a value. GitHub and GitLab create no mention, reference or link in ``code``."""
    text = clean(value, limit)
    return f"<code{_direction(text)}>{escape(text)}</code>" if text else "<code>(empty)</code>"


# A word or a short number: nothing that a forge makes a mention, a reference (a commit's "deadbeef"), an emoji or a
# link of.
_WORD = re.compile(
    r"(?![a-f]{7,}$)([A-Z]?[a-z]+(['\u2019][a-z]{1,2})?|[A-Z]{1,6}s?|[A-Z]{1,3}\d|[\u2212+]?\d{1,6}([.,]\d{1,3}){0,3}%?|[\u2013\u2014\u2026\u2192+=/%&]|"
    r"[A-Za-z]+-(months?|hours?|demand|only|managed|zone|region|wide|time|term|effect|existing))$"
)
_AMOUNT = re.compile(r"[\u2212+]?\$\d{1,3}([.,]\d{1,3}){0,4}$")
_AROUND = re.compile(r"([(\"'\u201c]*)(.*?)([.,;:!?)\"'\u201d]*)$", re.DOTALL)


def prose(value: Any, limit: int = SENTENCE, *, amounts: bool = False) -> str:
    """HTML of a sentence: plain words as they are, whatever else stands in it (names, paths) as ``code``.

    ``amounts``: whether amounts of dollars are words, too; a forge takes two of them for a formula.
    """
    text = value if isinstance(value, str) else str(value)
    tokens = clean(re.sub(r"\s+", " ", text[: limit + 1]).strip(), limit).split(" ")
    return " ".join(_word(word, amounts) for word in tokens if word)


def _word(word: str, amounts: bool) -> str:
    around = _AROUND.match(word)
    before, core, after = around.groups() if around else ("", word, "")
    if amounts and _AMOUNT.match(core):
        return escape(word)
    if not core or _WORD.match(core) or (not core.isascii() and core.isalpha() and not _direction(core)):
        return escape(word) if core else code(word)
    return f"{escape(before)}{code(core, SENTENCE)}{escape(after)}"


def _direction(text: str) -> str:
    """Where letters run from right to left, an attribute that keeps them from reordering what stands around."""
    return ' dir="auto"' if _LEFTWARDS.search(text) else ""


def link(address: str, text: str) -> str:
    """An anchor of ours to ``address``; only ``text`` where that is no plain http(s) address."""
    if re.fullmatch(r"https?://[A-Za-z0-9.\-]+(:\d+)?(/[A-Za-z0-9._~%/?&=#:+,\-]*)?", address):
        return f'<a href="{escape(address)}">{escape(text)}</a>'
    return escape(text)
