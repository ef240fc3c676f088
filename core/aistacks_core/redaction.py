"""Keeps secret texts out of what is shown: those that were marked, in every form, and those whose name says it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from .property_values import Secret
from .secret_forms import Form, forms, inside
from .symbols import marks

SECRET = "(secret)"  # noqa: S105 (a word that stands for one)
HIDDEN = "(hidden: its name says that it is secret)"
SHORTEST = 3
"""Characters. Of a shorter one every other word would hold a copy."""
_LOOKED_FOR = 200
"""Of a longer one only the beginning is looked for, and all that follows it is hidden."""
_LONGEST_FORM = 12 * _LOOKED_FOR
_CUT = 6
"""Characters. Somebody cut a text in the middle of a secret where so many of it stand before its end or a ``…``."""
_LONG = 8
_LINES = 20_000
_WITH_CARE = 100_000
"""Characters of a text that are searched for parts of secrets, too."""
_DEPTH = 20
_COMMON = frozenset({"default", "enabled", "disabled", "true", "false", "none", "null"})
"""Settings that say nothing by themselves, and stand everywhere."""
_SYMBOL = re.compile(r"[\w.:/*-]*")
_TELLING = re.compile(
    r"(passwords?|passwd|passphrase|secret|token|private_?key|api_?key|access_?key|secret_?key|credentials?|"
    r"secret_?(string|binary|value)|connection_?string|kubeconfig)$",
    re.IGNORECASE,
)
VARIABLE = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL", re.IGNORECASE)
"""In the name of an environment variable: that its value is secret."""


@lru_cache(maxsize=8192)
def tells(name: str) -> bool:
    """Whether a name says that a text under it is secret, though nobody marked it: in a chart's values, in a
    container's environment."""
    name = name[-100:]
    return _TELLING.search(name) is not None or (name.isupper() and VARIABLE.search(name) is not None)


def hideable(value: Any) -> bool:
    """Whether ``value`` is a text that a telling name makes secret: an ARN or another id says only where one is."""
    return isinstance(value, str) and value != "" and not value.startswith("arn:") and not _is_symbol(value[:4096])


class Redactor:
    """The texts and numbers in some secret values, as they stand, in JSON, in a URL, in base64, in hexadecimal."""

    def __init__(self, values: Iterable[Any]) -> None:
        self._starts: dict[str, list[Form]] = defaultdict(list)
        """First letters to what begins with them: looking costs the same however many there are."""
        self.longest: frozenset[str] = frozenset()
        """The secrets of eight characters or more, as they stand, but for what follows the first 200."""
        texts = {text for value in values for text in _texts(value, 0)}
        texts |= {part for text in texts for part in inside(text) if _looked_for(part)}
        self.longest = frozenset(text for text in texts if len(text) >= _LONG)
        for text in texts:
            for form in forms(text, whole=len(text) < _LOOKED_FOR):
                if len(form.text) >= SHORTEST:
                    self._starts[form.text[:SHORTEST]].append(form)
        for found in self._starts.values():
            found.sort(key=lambda form: len(form.text), reverse=True)
        letters = ["".join(sorted({start[i] for start in self._starts})) for i in range(SHORTEST)]
        self._begins = re.compile("".join(f"[{re.escape(group)}]" for group in letters)) if self._starts else None

    def __bool__(self) -> bool:
        return self._begins is not None

    def without(self, text: str, limit: int | None = None) -> str:
        """``text``, or its first ``limit`` characters, with ``(secret)`` for each secret that begins in them."""
        if self._begins is None:
            return text[:limit]
        if limit is None and len(text) > _WITH_CARE:
            return self.without(text, _WITH_CARE) + self._rest(text[_WITH_CARE:])
        cut = limit is not None and len(text) > limit + _LONGEST_FORM
        text = text if limit is None else text[: limit + _LONGEST_FORM]
        end = len(text) if limit is None else min(limit, len(text))
        made: list[str] = []
        begin = here = 0
        while (candidate := self._begins.search(text, here)) is not None and candidate.start() < end:
            here = candidate.start()
            first, last = self._span(text, here, cut=cut)
            if last == first:
                here += 1
                continue
            made += (text[begin : max(begin, first)], SECRET)
            begin = here = last
        return "".join((*made, text[begin:end]))

    def _rest(self, text: str) -> str:
        """What follows a very long text's beginning: every whole form is replaced, at the speed of ``str.replace``."""
        for form in (form for found in self._starts.values() for form in found):
            if form.open and form.text in text:
                text = text[: text.index(form.text)] + SECRET
            text = text.replace(form.text, SECRET)
        return text

    def _span(self, text: str, here: int, *, cut: bool) -> tuple[int, int]:
        """From where to where a secret stands that begins here; the same twice for none."""
        for form in self._starts.get(text[here : here + SHORTEST], ()):
            if text.startswith(form.text, here):
                end = here + len(form.text)
                return max(0, here - form.before), len(text) if form.open else min(len(text), end + form.after)
            end = here + _common(text, here, form.text)
            if end - here >= _CUT and ((end == len(text) and not cut) or text.startswith(("…", "..."), end)):
                return here, end
        return here, here


def _common(text: str, here: int, form: str) -> int:
    """How many characters of ``form`` stand there."""
    number = 0
    for left, right in zip(text[here : here + len(form)], form, strict=False):
        if left != right:
            break
        number += 1
    return number


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        for text in {value, value.strip()}:
            if _looked_for(text):
                yield text[:_LOOKED_FOR]
        if "\n" in value.strip():
            # A key in a document is indented there, and each of its lines stands alone.
            yield from (line.strip() for line in value[:_LINES].splitlines() if len(line.strip()) >= _LONG * 2)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _texts(str(value), depth)
    elif isinstance(value, Secret):
        yield from _texts(value.value, depth + 1)
    elif depth < _DEPTH and isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item, depth + 1)


def _looked_for(text: str) -> bool:
    return len(text) >= SHORTEST and text.lower() not in _COMMON and not _is_symbol(text[:4096])


def _is_symbol(text: str) -> bool:
    """Whether it is an id, a name or an ARN that deployment will make: no secret is in it yet."""
    return next(marks(text), None) is not None and _SYMBOL.fullmatch(text) is not None
