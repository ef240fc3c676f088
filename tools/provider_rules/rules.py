"""What is read of one resource type, by the provider's own names. Paths are dotted, without indexes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ANY = "*"
COUNT = "#"
"""Last segment of a path: how many elements a block has, not what is in them."""


@dataclass
class Rules:
    """One type. ``attributes``: every path, with whether it can be set."""

    terraform: str
    framework: bool
    attributes: dict[str, bool] = field(default_factory=dict)
    replaces: set[str] = field(default_factory=set)
    may_replace: dict[str, str] = field(default_factory=dict)
    """Paths (or ``ANY``) that replace on a condition, each with where that is said."""
    changes: dict[str, set[str]] = field(default_factory=dict)
    """Outputs that an update makes unknown, each with the attributes that do it (or ``ANY``)."""
    sets: set[str] = field(default_factory=set)
    computed: set[str] = field(default_factory=set)
    """Top-level attributes that can be set and that the provider fills in otherwise."""
    defaults: dict[str, Any] = field(default_factory=dict)
    """Of top-level attributes, where the source says it as a literal."""
    unread: list[str] = field(default_factory=list)
    """What couldn't be followed, in words."""
