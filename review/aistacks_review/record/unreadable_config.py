"""Configuration that a plan can't read, encrypted or of an environment of Pulumi ESC, where the program takes no text.

A number has a number that stands for it, as a resource's has. Nothing stands for a boolean or an object: as secrets
they are unknown, and a program that decides by one is told why it can't be planned.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from aistacks_core.errors import UserError
from aistacks_core.symbols import mark, number

from .sdk_internals import find, replaced

_ENCRYPTED = re.compile(r"encrypted-zz[0-9a-f]{12}zz")
_UNKNOWN: Any = find("pulumi.runtime.rpc:UNKNOWN")
_OUTPUT = "config"
KINDS = ("int", "float", "bool", "object")


def in_place_of(kind: str, key: str, *, secret: bool) -> Any:
    """What stands for the setting ``key`` where the program asks for a ``kind`` of ``KINDS``, or a text (``""``).

    Raises ``UserError`` where nothing can: the program has it as a plain boolean or object, not as a secret.
    """
    if not kind:
        return f"{key.partition(':')[2]}-{mark(key)}"
    if kind in ("int", "float"):
        found = number(key, _OUTPUT)
        return found if kind == "int" else float(found)
    if secret:
        return _UNKNOWN
    raise UserError(
        f"config {key}",
        f"a value that a plan can't read, as the plain {kind} that the program takes",
        "one in plain text",
        f"Take it by require_secret_{kind}, or don't encrypt it: a plan decrypts nothing.",
    )


@contextmanager
def encrypted() -> Iterator[None]:
    """While it holds, an encrypted setting is a number, unknown or refused, by what the program asks for."""
    with ExitStack() as all_of_them:
        for kind in KINDS:
            all_of_them.enter_context(replaced(f"pulumi.config:Config._get_{kind}", _reading(kind)))
        yield


def _reading(kind: str) -> Callable[[Any], Any]:
    def made(stock: Callable[..., Any]) -> Callable[..., Any]:
        def get(config: Any, key: str, use: Any = None, instead_of: Any = None) -> Any:
            text = config._get(key)
            if isinstance(text, str) and _ENCRYPTED.fullmatch(text):
                # The SDK says what to use instead only where the program takes it as no secret.
                return in_place_of(kind, config.full_key(key), secret=use is None)
            return stock(config, key, use, instead_of)

        return get

    return made
