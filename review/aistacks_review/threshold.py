"""From which severity on a finding stops a merge, or wants a second look: said by each environment's file."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .findings import Severity


class Bound(StrEnum):
    """A severity, or ``never``; worst first, so that a later one lets less through."""

    NEVER = "never"
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    def reached(self, severity: Severity) -> bool:
        """Whether ``severity`` is this one or a worse one."""
        return self is not Bound.NEVER and _RANKS[Bound(severity.value)] <= _RANKS[self]


_RANKS = {bound: rank for rank, bound in enumerate(Bound)}


class Threshold(BaseModel):
    """The table ``threshold`` of a project's ``plan`` settings; one severity alone stands for ``block_policies``."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)

    block_policies: Bound = Field(
        default=Bound.HIGH, description="A policy that newly fails with this severity or a worse one stops a merge."
    )
    block_risks: Bound = Field(default=Bound.NEVER, description="Likewise for a risk.")
    look_policies: Bound = Field(
        default=Bound.MEDIUM, description="A policy that newly fails with this severity or a worse one wants a look."
    )
    look_risks: Bound = Field(default=Bound.HIGH, description="Likewise for a risk.")

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, value: Any) -> Any:
        if value is None:
            return {}
        return {"block_policies": value} if isinstance(value, str) else value

    def stricter(self, other: Threshold) -> Threshold:
        """Of each bound the one that lets less through: a change can't lower the bar that it has to pass."""
        both = {name: (mine, getattr(other, name)) for name, mine in self}
        return Threshold(**{name: max(pair, key=_RANKS.__getitem__) for name, pair in both.items()})

    def __str__(self) -> str:
        """``block_policies: high, …``: what isn't the default, all of it where everything is."""
        own = [f"{name}: {bound}" for name, bound in self if bound != getattr(DEFAULT, name)]
        return ", ".join(own or _all(self))


def _all(threshold: Threshold) -> Iterator[str]:
    yield from (f"{name}: {bound}" for name, bound in threshold)


DEFAULT = Threshold()
"""What holds where a file says nothing: no ``low`` finding stops anybody."""
