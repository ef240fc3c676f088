"""Bottlerocket's settings as user data. Karpenter merges its own into them and keeps what it doesn't know
(aws/karpenter-provider-aws at 1d92708, pkg/providers/amifamily/bootstrap, read 2026-12-01).
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

_KARPENTERS = ("api-server", "cluster-certificate", "cluster-name", "node-taints")
"""Of ``settings.kubernetes``: what Karpenter overwrites, whatever the user data says."""


class SettingsError(ValueError):
    """Settings that can't be: what was got, and what was expected."""

    def __init__(self, got: str, expected: str) -> None:
        super().__init__(f"got {got}; expected {expected}")
        self.got, self.expected = got, expected


def parsed(text: str) -> dict[str, Any]:
    """The table ``settings`` of user data. Raises ``SettingsError``."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(text, f"Bottlerocket's settings as TOML: {error}") from None
    for key in table:
        if key != "settings":
            raise SettingsError(key, "tables below settings only, such as [settings.kernel.sysctl]")
    if "settings" not in table:
        # The first line of a script is a comment to TOML.
        raise SettingsError(text, "Bottlerocket's settings as TOML: a table settings")
    found: dict[str, Any] = table["settings"]
    for key in _KARPENTERS:
        if key in found.get("kubernetes", {}):
            raise SettingsError(f"settings.kubernetes.{key}", "a setting that Karpenter doesn't overwrite")
    return found


def merged(one: Mapping[str, Any], other: Mapping[str, Any], path: str = "settings") -> dict[str, Any]:
    """Both tables as one. Raises ``SettingsError`` for what both state."""
    found = dict(one)
    for key, value in other.items():
        if key not in found:
            found[key] = value
        elif isinstance(found[key], Mapping) and isinstance(value, Mapping):
            found[key] = merged(found[key], value, f"{path}.{key}")
        else:
            raise SettingsError(f"{path}.{key}", "a setting that no other argument of the pool states")
    return found


def user_data(settings: Mapping[str, Any]) -> str:
    """``settings`` as TOML, below the table ``settings``. Values are strings, numbers, booleans, lists and tables."""
    return "\n".join(_table(("settings",), settings)) + "\n"


def _table(path: tuple[str, ...], values: Mapping[str, Any]) -> Iterator[str]:
    plain = {key: value for key, value in values.items() if not isinstance(value, Mapping)}
    if plain:
        yield f"[{'.'.join(_key(part) for part in path)}]"
        yield from (f"{_key(key)} = {_value(value)}" for key, value in plain.items())
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _table((*path, key), value)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    # JSON's strings, numbers and booleans are TOML's, too.
    return json.dumps(value)


def _key(part: str) -> str:
    return part if part.replace("-", "").replace("_", "").isalnum() and part.isascii() else json.dumps(part)
