"""What a risk rule is, and the list of them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..findings import Risk, RiskKind, Severity
from .context import Context

Judge = Callable[[Context], Iterable[Risk]]


@dataclass(frozen=True)
class Rule:
    """One way in which a change can go wrong."""

    id: str
    """For example ``bucket-deleted``; what ``docs/risks.md`` lists it by."""
    kind: RiskKind
    severities: tuple[Severity, ...]
    """What it can be raised as, worst first."""
    when: str
    """When it is raised, one sentence."""
    judge: Judge
    always: bool = False
    """Whether it has something to say where no resource changes."""


RULES: list[Rule] = []
"""Every rule, in the order in which the modules declare them."""


def rule(kind: RiskKind, *severities: Severity, when: str, always: bool = False) -> Callable[[Judge], Judge]:
    """Declares the function below as a rule; its name, with hyphens, is the rule's id."""

    def declare(judge: Judge) -> Judge:
        RULES.append(Rule(judge.__name__.replace("_", "-"), kind, severities, when, judge, always))
        return judge

    return declare
