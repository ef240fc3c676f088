"""A resource as a rule sees it, whoever registered it: a plan, the engine, or a test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aistacks_core.property_values import ABSENT

from .values import Value


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """``props``: the inputs, in wire names (camelCase), what isn't known as ``UNKNOWN``."""

    type: str
    """Token, for example ``aws:s3/bucket:Bucket``."""
    name: str
    """Logical name."""
    urn: str
    props: Mapping[str, Any]
    parent: str = ""
    """URN of the parent; empty for the stack."""
    depends: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By property, the URNs of what its value came from."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """Names and ids that are known because it is deployed; empty in a plan."""

    def __getitem__(self, key: str) -> Value:
        """One property."""
        return Value(self.props.get(key, ABSENT), key)

    def at(self, path: str) -> Value:
        """The value at a dotted path."""
        return Value(self.props).at(path)

    @property
    def kind(self) -> str:
        """The last part of the token: ``Bucket``."""
        return self.type.rsplit(":", 1)[-1]
