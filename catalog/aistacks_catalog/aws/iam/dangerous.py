"""Actions that reach further than their access level says, from ``actions.yaml``: one list for policies and risks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from aistacks_core.facts import load


@dataclass(frozen=True)
class Dangerous:
    """One such action."""

    name: str
    """As AWS writes it: ``iam:PassRole``."""
    kinds: frozenset[str]
    """Of ``escalation``, ``credentials``, ``exfiltration``, ``decryption``, ``sharing``, ``destruction``,
    ``execution``."""
    always: bool
    """Whether it is dangerous on any resource, not only on everything of a kind."""
    does: str
    """What it does, for a sentence that begins with its name."""


@cache
def dangerous() -> Mapping[str, Dangerous]:
    """Every one, by its name in lower case."""
    return {
        name.lower(): Dangerous(name, frozenset(about["kinds"]), about["high"] == "always", about["does"])
        for name, about in load(__package__, "actions.yaml")["actions"].items()
    }


@cache
def of_kind(kind: str) -> tuple[str, ...]:
    """The names of those of one kind. ``KeyError`` for a kind that isn't in the file."""
    load(__package__, "actions.yaml")["kinds"][kind]
    return tuple(action.name for action in dangerous().values() if kind in action.kinds)
