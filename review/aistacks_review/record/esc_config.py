"""Configuration that comes from an environment of Pulumi ESC, which a plan can't read: a symbol stands for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from pulumi.config import ConfigMissingError

from aistacks_core.snapshot import Opaque

from .sdk_internals import replaced
from .unreadable_config import KINDS, in_place_of


@contextmanager
def from_environments(names: Sequence[str], opaque: list[Opaque]) -> Iterator[None]:
    """While it holds, a key that the program requires and the settings lack is a symbol, a number or unknown, and named
    in ``opaque``, if one of the environments ``names`` may give it."""
    if not names:
        yield
        return

    def forgiving(kind: str) -> Callable[[Any], Any]:
        def made(stock: Callable[..., Any]) -> Callable[..., Any]:
            def require(config: Any, key: str, secret: bool, *args: Any, **options: Any) -> Any:
                try:
                    return stock(config, key, secret, *args, **options)
                except ConfigMissingError as missing:
                    told = Opaque("config of an ESC environment", missing.key)
                    if told not in opaque:
                        opaque.append(told)
                    return in_place_of(kind, missing.key, secret=secret)

            return require

        return made

    with ExitStack() as all_of_them:
        all_of_them.enter_context(replaced("pulumi.config:Config._require", forgiving("")))
        for kind in KINDS:
            all_of_them.enter_context(replaced(f"pulumi.config:Config._require_{kind}", forgiving(kind)))
        yield
