"""The facts about types that neither the Python SDK nor botocore carries, from the files beside this.

What replaces, what changes along, sets and defaults are in `rules/`, read from the source of Terraform's provider,
which Pulumi's wraps; how a resource without a name gets one is Pulumi's own, in `autonaming.yaml`.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from aistacks_core.facts import load

from .words import canonical_path

ANY = "*"
"""Among paths or inputs: every one."""
DEFAULTED = "__defaults"
"""Input that lists the inputs that the program didn't give; the vendor's provider keeps it in its state."""


@dataclass(frozen=True)
class Autonaming:
    """How an unnamed resource of a type is named. ``property`` None: it isn't.

    ``exclusive``: the provider takes it for a name, so that one which the program gives stands for one resource.
    """

    property: str | None = "name"
    max_length: int = 255
    separator: str = "-"
    length: int = 7
    charset: str = "0123456789abcdef"
    lower: bool = False
    prefix: str = ""
    suffix_if: Mapping[str, str] = field(default_factory=dict)
    exclusive: bool = True


@dataclass(frozen=True)
class Facts:
    """What is known of one type. Paths are canonical (see ``words.canonical_path``) unless said otherwise."""

    known: bool = False
    """Whether the provider's rules for this type were read. False: any change may replace the resource."""
    replaces: frozenset[str] = frozenset()
    """Paths whose change always replaces the resource. ``block.#``: its being there or not, or another number of it."""
    may_replace: frozenset[str] = frozenset()
    """Paths whose change replaces the resource on a condition, or on one that couldn't be read; ``ANY``: every path."""
    changes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The outputs that are unknown until an update in place is done, by name on the wire (``latestVersion``).

    Each has the top-level inputs, also by name on the wire, whose change makes it so; ``ANY``: whichever changes. An
    output that is an input, too, stays where the program gives it.
    """
    sets: frozenset[str] = frozenset()
    computed: frozenset[str] = frozenset()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    autonaming: Autonaming = field(default_factory=Autonaming)
    delete_first: bool = False
    """Whether a replacement always deletes the old one first."""
    framework: bool = True
    """Whether the type is written in the provider's newer framework, in which names say nothing about the order. What
    isn't known is newer."""

    def names_delete_first(self, inputs: Mapping[str, Any]) -> bool:
        """Whether a replacement with these new inputs deletes the old one first, for the program gives it a name."""
        name = self.autonaming.property
        if self.framework or name is None or not self.autonaming.exclusive:
            return False
        return inputs.get(name) is not None and name not in (inputs.get(DEFAULTED) or [])

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
    """The facts about ``token``; a type that isn't in the files has the defaults, and isn't ``known``."""
    naming = _file("autonaming")
    rules = _rules(token.split(":")[1].partition("/")[0] if token.count(":") == 2 else "").get(token)
    about = rules or {}
    return Facts(
        known=rules is not None,
        replaces=frozenset(map(_canonical, [*about.get("replaces", ()), "region"])),
        may_replace=frozenset(path if path == ANY else _canonical(path) for path in about.get("may_replace", ())),
        changes={output: frozenset(inputs) for output, inputs in about.get("changes", {}).items()},
        sets=frozenset(map(canonical_path, about.get("sets", ()))),
        computed=frozenset(about.get("computed", ())),
        defaults=about.get("defaults", {}),
        autonaming=Autonaming(**(naming["default"] | naming["types"].get(token, {}))),
        delete_first=token in naming["delete_first"],
        framework=about.get("framework", rules is None),
    )


@functools.cache
def _rules(module: str) -> Mapping[str, Any]:
    file = files(__package__).joinpath("rules", f"{module}.json")
    found: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8")) if module and file.is_file() else {}
    return found


def _canonical(path: str) -> str:
    """A rule's path: ``block.#``, of another number of blocks, is of the block and not of what is in it."""
    whole = path.removesuffix(".#")
    return f"{canonical_path(whole)}{path[len(whole) :]}"
