"""Bottlerocket's settings as user data. Karpenter merges its own into them and keeps what it doesn't know
(aws/karpenter-provider-aws at 1d92708, pkg/providers/amifamily/bootstrap, read 2026-12-01).
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any


def user_data(settings: Mapping[str, Any]) -> str:
    """``settings`` as TOML, below the table ``settings``. Values are strings, numbers, booleans and lists of them."""
    return "\n".join(_table(("settings",), settings)) + "\n"


def _table(path: tuple[str, ...], values: Mapping[str, Any]) -> Iterator[str]:
    plain = {key: value for key, value in values.items() if not isinstance(value, Mapping)}
    if plain:
        yield f"[{'.'.join(_key(part) for part in path)}]"
        # JSON's strings, numbers, booleans and lists are TOML's, too.
        yield from (f"{_key(key)} = {json.dumps(value)}" for key, value in plain.items())
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _table((*path, key), value)


def _key(part: str) -> str:
    return part if part.replace("-", "").replace("_", "").isalnum() and part.isascii() else json.dumps(part)
