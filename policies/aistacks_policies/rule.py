"""A rule: what it is called, where it comes from, and the function that judges a resource."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from .resource import Resource
from .stack import Stack, Types
from .values import Answers


class Severity(StrEnum):
    """How bad a failure is, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True)
class Rule:
    """One rule of the pack."""

    id: str
    """``s3-tls-only``: the service first."""
    types: frozenset[str]
    """Tokens of the resources that it judges."""
    severity: Severity
    sources: tuple[str, ...]
    """Ids of the same demand elsewhere; empty where it is only ours."""
    title: str
    """What holds where it passes."""
    description: str
    """Why, and what exactly is looked at."""
    fix: str
    function: Callable[..., Answers]
    across: bool
    """Whether it looks at other resources than the one it judges."""

    def check(self, resource: Resource, stack: Stack) -> Answers:
        """The function's answers."""
        return self.function(resource, stack) if self.across else self.function(resource)


_RULES: dict[str, Rule] = {}


def rule(
    id_: str, types: Types, severity: Severity, *sources: str, title: str, fix: str
) -> Callable[[Callable[..., Answers]], Callable[..., Answers]]:
    """Make a rule of a function of a resource, or of a resource and its stack. Its docstring is the description."""

    def keep(function: Callable[..., Answers]) -> Callable[..., Answers]:
        if id_ in _RULES:
            raise ValueError(f"two rules are called {id_}")
        across = len(inspect.signature(function).parameters) > 1
        description = " ".join((function.__doc__ or "").split())
        _RULES[id_] = Rule(id_, frozenset(types), severity, sources, title, description, fix, function, across)
        return function

    return keep


def registered() -> Iterator[Rule]:
    """The rules that modules loaded so far have made."""
    yield from _RULES.values()
