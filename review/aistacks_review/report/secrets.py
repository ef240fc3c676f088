"""What must not be shown, wherever it turns up: the texts that a review's programs marked secret."""

from __future__ import annotations

import base64
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from aistacks_core.property_paths import at
from aistacks_core.property_values import Secret
from aistacks_core.snapshot import Registration
from aistacks_core.symbols import holds_symbol

from ..compare.differences import secrets_of
from ..review import Review

SECRET = "(secret)"  # noqa: S105 (a word that stands for one)
HIDDEN = "(hidden: its name says that it is secret)"
_LEAST = 6
"""Of a shorter one every other word would hold a copy."""
_LOOKED_FOR = 200
"""Of a longer one only the beginning is looked for, and all that follows it is hidden."""
_LONGEST_FORM = 12 * _LOOKED_FOR
_DEPTH = 20
_COMMON = {"default", "enabled", "disabled"}
_TELLING = re.compile(
    r"(passwords?|passwd|passphrase|secret|token|private_?key|api_?key|access_?key|secret_?key|credentials?|"
    r"connection_?string|kubeconfig)$",
    re.IGNORECASE,
)


def tells(name: str) -> bool:
    """Whether a name says that a text under it is secret, though nobody marked it: in a chart's values, in a
    container's environment."""
    return _TELLING.search(name[-100:]) is not None


class Secrets:
    """The secret texts of one review, as they stand, in JSON, in a URL and in base64."""

    def __init__(self, review: Review) -> None:
        self._starts: dict[str, list[str]] = defaultdict(list)
        """First letters to what begins with them: looking costs the same however many there are."""
        self._open: set[str] = set()
        texts = {t for plan in (review.head, review.base) if plan for r in plan.resources for t in _of(r)}
        for text in texts:
            for form in _forms(text):
                self._starts[form[:_LEAST]].append(form)
                if len(text) >= _LOOKED_FOR:
                    self._open.add(form)
        for forms in self._starts.values():
            forms.sort(key=len, reverse=True)

    def without(self, text: str, limit: int) -> str:
        """The first ``limit`` characters of ``text``, ``(secret)`` for each secret that begins in them."""
        if not self._starts:
            return text[:limit]
        text = text[: limit + _LONGEST_FORM]
        made: list[str] = []
        begin = here = 0
        end = min(limit, len(text))
        while here < end:
            forms = self._starts.get(text[here : here + _LEAST], ())
            found = next((form for form in forms if text.startswith(form, here)), None)
            if found is None:
                here += 1
                continue
            made += (text[begin:here], SECRET)
            begin = here = len(text) if found in self._open else here + len(found)
        return "".join((*made, text[begin:end]))


def _of(registration: Registration) -> Iterator[str]:
    plain = not (registration.secrets or registration.additional_secret_outputs)
    if plain and registration.type != "kubernetes:core/v1:Secret":
        return
    for path in secrets_of(registration):
        yield from _texts(at(registration.inputs, path), 0)


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) >= _LEAST and value.lower() not in _COMMON and not holds_symbol(value[:4096]):
            yield value[:_LOOKED_FOR]
    elif isinstance(value, Secret):
        yield from _texts(value.value, depth + 1)
    elif depth < _DEPTH and isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item, depth + 1)


def _forms(text: str) -> set[str]:
    raw = text.encode(errors="surrogatepass")
    # Base64 goes by three bytes: its end depends on what follows.
    coded = base64.b64encode(raw[: len(raw) - len(raw) % 3]).decode()
    forms = {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], quote(raw, safe=""), coded}
    return {form for form in forms if len(form) >= _LEAST}
