"""The ``null`` package: a resource that is nothing, made anew when ``triggers`` change."""

from __future__ import annotations

import secrets

from aistacks_core.property_values import Props

from ..provider import Created
from .base import Kind, StateProvider


class Resource(Kind):
    """Nothing, with a number."""

    def make(self, name: str, inputs: Props) -> Created:  # noqa: ARG002
        """Draw the number that is its id."""
        return Created(str(secrets.randbits(63)), {})


def provider() -> StateProvider:
    """The package's provider."""
    return StateProvider("null", "0.2.4", kinds={"null:index/resource:Resource": Resource()})
