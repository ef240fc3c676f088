"""The facts about types that neither the Python SDK nor botocore carries, from the YAML files beside this."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aistacks_core.facts import load

from .words import canonical_path

ANY = "*"
"""Among paths or inputs: every one."""
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
    """What is known of one type. Paths are canonical (see ``words.canonical_path``) unless said otherwise."""

    known: bool = False
    """Whether the provider's rules for this type were read. False: any change may replace the resource."""
    replaces: frozenset[str] = frozenset()
    """Paths whose change always replaces the resource."""
    may_replace: frozenset[str] = frozenset()
    """Paths whose change replaces the resource on a condition, or on one that couldn't be read; ``ANY``: every path."""
    changes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The outputs that are unknown until an update in place is done, by name on the wire (``latestVersion``), each with
    the top-level inputs, also by name on the wire, whose change makes them so; ``ANY`` among them: whichever changes."""
    sets: frozenset[str] = frozenset()
    computed: frozenset[str] = frozenset()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    autonaming: Autonaming = field(default_factory=Autonaming)
    delete_first: bool = False

    def forces_replacement(self, path: str) -> bool:
        """Whether a change at a property path replaces the resource."""
        changed = canonical_path(path)
        return any(_touches(changed, fact) for fact in self.replaces)

    def may_force_replacement(self, path: str) -> bool:
        """Whether a change at a property path may replace the resource, without it being certain."""
        if self.forces_replacement(path):
            return False
        if not self.known or ANY in self.may_replace:
            return True
        changed = canonical_path(path)
        return any(_touches(changed, fact) for fact in self.may_replace)

    def changed_outputs(self, inputs: Iterable[str]) -> frozenset[str]:
        """The outputs that a change in place of top-level ``inputs`` makes unknown, by names on the wire."""
        given = {ANY, *inputs}
        return frozenset(output for output, triggers in self.changes.items() if triggers & given)


def _touches(changed: str, fact: str) -> bool:
    """Whether a change at one canonical path is a change of what is at or below another, or around it."""
    return changed == fact or changed.startswith(f"{fact}.") or fact.startswith(f"{changed}.")


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
    rules = _file("replacement")["replace"]
    replaces = rules.get(token, [])
    return Facts(
        known=token in rules,
        replaces=frozenset(canonical_path(path) for path in [*replaces, "region"]),
        sets=frozenset(canonical_path(path) for path in schema.get("sets", [])),
        computed=frozenset(schema.get("computed", [])),
        changes={output: frozenset(inputs) for output, inputs in schema.get("changes", {}).items()},
        defaults=schema.get("defaults", {}),
        autonaming=Autonaming(**(naming["default"] | naming["types"].get(token, {}))),
        delete_first=token in naming["delete_first"],
    )
