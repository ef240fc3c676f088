"""What evaluating statements and evaluating expressions know of each other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from tree_sitter import Node

from .source import GoFile, Source
from .values import Function

Scope = Mapping[str, Any]


class Machine(ABC):
    """Evaluates in the packages of ``source``. ``branches``: conditions that couldn't be decided, as ``file: text``."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.branches: list[str] = []

    @abstractmethod
    def value(self, node: Node | None, scope: Scope, file: GoFile) -> Any:
        """What an expression yields."""

    @abstractmethod
    def block(self, body: Node, scope: dict[str, Any], file: GoFile) -> None:
        """Run the statements of a block."""

    @abstractmethod
    def call(self, function: Any, arguments: Sequence[Any]) -> Any:
        """What a function returns: one value, or a list of several."""

    @abstractmethod
    def named(self, package: str, name: str) -> Any:
        """What a package declares under a name."""

    @abstractmethod
    def method(self, type_: str, name: str) -> Function | None:
        """A method of ``package path.Type``, or of a type that it embeds."""

    @abstractmethod
    def field(self, type_: str, name: str) -> tuple[Node, GoFile] | None:
        """The type of a struct's field, and the file that it stands in."""

    @abstractmethod
    def type_name(self, node: Node | None, file: GoFile) -> str:
        """A type's name with its package's path; pointers and type arguments left out."""

    @abstractmethod
    def zero(self, type_: Node | None, file: GoFile) -> Any:
        """What a variable of a type holds before anything is assigned."""
