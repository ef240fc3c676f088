"""What the evaluation of Go source yields beside texts, numbers, lists and maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tree_sitter import Node

from .source import GoFile


@dataclass(frozen=True)
class Opaque:
    """A value that can't be told from the source alone; ``why`` names the expression."""

    why: str


@dataclass(frozen=True)
class External:
    """Something that a package outside of the source declares, by its import path and name."""

    name: str

    @property
    def short(self) -> str:
        """Package and name without the path: ``schema.TypeString``."""
        return self.name.rsplit("/", 1)[-1]


@dataclass(eq=False)
class Call:
    """A call of something outside of the source: its name as in ``External.short``, its arguments."""

    name: str
    arguments: list[Any]


@dataclass(eq=False)
class Struct:
    """A composite literal. ``type`` is ``package path.Name``; ``fields`` by name, or position."""

    type: str
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def short(self) -> str:
        """The type without the path: ``schema.StringAttribute``."""
        return self.type.rsplit("/", 1)[-1]


@dataclass(eq=False)
class Function:
    """A function, method or function literal, with what it closes over."""

    node: Node
    file: GoFile
    scope: Mapping[str, Any] = field(default_factory=dict)
    receiver: Any = None


def known(value: Any) -> bool:
    """Whether a value is a plain one."""
    return not isinstance(value, Opaque | External | Call | Function)
