"""The facts about types that neither the Python SDK nor botocore carries, from the YAML files beside this."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aistacks_core.facts import load

from .words import canonical_path

DEFAULTED = "__defaults"
"""Input that lists the inputs that the program didn't give; the vendor's provider keeps it in its state."""


@dataclass(frozen=True)
class Autonaming:
    """How an unnamed resource of a type is named. ``property`` None: it isn't."""

    property: str | None = "name"
    max_length: int = 255
    separator: str = "-"
    length: int = 7
    charset: str = "0123456789abcdef"
    lower: bool = False
    prefix: str = ""
    suffix_if: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What is known of one type. Paths are canonical (see ``words.canonical_path``)."""

    replaces: frozenset[str] = frozenset()
    sets: frozenset[str] = frozenset()
    computed: frozenset[str] = frozenset()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    autonaming: Autonaming = field(default_factory=Autonaming)
    delete_first: bool = False

    def forces_replacement(self, path: str) -> bool:
        """Whether a change at a property path replaces the resource."""
        changed = canonical_path(path)
        return any(
            changed == fact or changed.startswith(f"{fact}.") or fact.startswith(f"{changed}.")
            for fact in self.replaces
        )


def _file(name: str) -> Any:
    return load(__package__, f"{name}.yaml")


def canonical_token(token: str) -> str:
    """The type that ``token`` means: older tokens are aliases."""
    return str(_file("autonaming")["aliases"].get(token, token))


@functools.cache
def facts(token: str) -> Facts:
    """The facts about ``token``; a type that isn't in the files has the defaults."""
    naming = _file("autonaming")
    schema = _file("schema")["types"].get(token, {})
    replaces = _file("replacement")["replace"].get(token, [])
    return Facts(
        replaces=frozenset(canonical_path(path) for path in [*replaces, "region"]),
        sets=frozenset(canonical_path(path) for path in schema.get("sets", [])),
        computed=frozenset(schema.get("computed", [])),
        defaults=schema.get("defaults", {}),
        autonaming=Autonaming(**(naming["default"] | naming["types"].get(token, {}))),
        delete_first=token in naming["delete_first"],
    )
