"""Configuration that comes from an environment of Pulumi ESC, which a plan can't read: a symbol stands for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pulumi.config import ConfigMissingError

from aistacks_core.snapshot import Opaque
from aistacks_core.symbols import mark

from .sdk_internals import replaced


@contextmanager
def from_environments(names: Sequence[str], opaque: list[Opaque]) -> Iterator[None]:
    """While it holds, a key that the program requires and the settings lack is a symbol, and named in ``opaque``, if
    one of the environments ``names`` may give it."""
    if not names:
        yield
        return

    def forgiving(stock: Callable[..., Any]) -> Callable[..., Any]:
        def require(config: Any, key: str, *args: Any, **options: Any) -> Any:
            try:
                return stock(config, key, *args, **options)
            except ConfigMissingError as missing:
                told = Opaque("config of an ESC environment", missing.key)
                if told not in opaque:
                    opaque.append(told)
                return f"{key}-{mark(missing.key)}"

        return require

    with replaced("pulumi.config:Config._require", forgiving):
        yield
