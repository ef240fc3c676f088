"""Keeps secret texts out of what is shown: those that were marked, in every form, and those whose name says it."""

from __future__ import annotations

import base64
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from .property_values import Secret
from .symbols import marks

SECRET = "(secret)"  # noqa: S105 (a word that stands for one)
HIDDEN = "(hidden: its name says that it is secret)"
SHORTEST = 3
"""Characters. Of a shorter one every other word would hold a copy."""
_LOOKED_FOR = 200
"""Of a longer one only the beginning is looked for, and all that follows it is hidden."""
_LONGEST_FORM = 12 * _LOOKED_FOR
_DEPTH = 20
_COMMON = frozenset({"default", "enabled", "disabled", "true", "false", "none", "null"})
"""Settings that say nothing by themselves, and stand everywhere."""
_SYMBOL = re.compile(r"[\w.:/*-]*")
_TELLING = re.compile(
    r"(passwords?|passwd|passphrase|secret|token|private_?key|api_?key|access_?key|secret_?key|credentials?|"
    r"connection_?string|kubeconfig)$",
    re.IGNORECASE,
)


def tells(name: str) -> bool:
    """Whether a name says that a text under it is secret, though nobody marked it: in a chart's values, in a
    container's environment."""
    return _TELLING.search(name[-100:]) is not None


class Redactor:
    """The texts and numbers in some secret values, as they stand, in JSON, in a URL and in base64."""

    def __init__(self, values: Iterable[Any]) -> None:
        self._starts: dict[str, list[str]] = defaultdict(list)
        """First letters to what begins with them: looking costs the same however many there are."""
        self._open: set[str] = set()
        for text in {text for value in values for text in _texts(value, 0)}:
            for form in _forms(text):
                self._starts[form[:SHORTEST]].append(form)
                if len(text) >= _LOOKED_FOR:
                    self._open.add(form)
        for forms in self._starts.values():
            forms.sort(key=len, reverse=True)

    def without(self, text: str, limit: int | None = None) -> str:
        """``text``, or its first ``limit`` characters, with ``(secret)`` for each secret that begins in them."""
        if not self._starts:
            return text[:limit]
        text = text if limit is None else text[: limit + _LONGEST_FORM]
        made: list[str] = []
        begin = here = 0
        end = len(text) if limit is None else min(limit, len(text))
        while here < end:
            forms = self._starts.get(text[here : here + SHORTEST], ())
            found = next((form for form in forms if text.startswith(form, here)), None)
            if found is None:
                here += 1
                continue
            made += (text[begin:here], SECRET)
            begin = here = len(text) if found in self._open else here + len(found)
        return "".join((*made, text[begin:end]))


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) >= SHORTEST and value.lower() not in _COMMON and not _is_symbol(value[:4096]):
            yield value[:_LOOKED_FOR]
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _texts(str(value), depth)
    elif isinstance(value, Secret):
        yield from _texts(value.value, depth + 1)
    elif depth < _DEPTH and isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item, depth + 1)


def _is_symbol(text: str) -> bool:
    """Whether it is an id, a name or an ARN that deployment will make: no secret is in it yet."""
    return next(marks(text), None) is not None and _SYMBOL.fullmatch(text) is not None


def _forms(text: str) -> set[str]:
    raw = text.encode(errors="surrogatepass")
    # Base64 goes by three bytes: its end depends on what follows.
    coded = base64.b64encode(raw[: len(raw) - len(raw) % 3]).decode()
    forms = {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], quote(raw, safe=""), coded}
    return {form for form in forms if len(form) >= SHORTEST}
