"""Everything that is said of one environment in one pull request."""

from __future__ import annotations

from dataclasses import dataclass, field

from aistacks_core.snapshot import INCOMPARABLE, Opaque, Plan

from .compare.changes import ChangeKind, ResourceChange
from .compare.uncompared import Uncompared
from .cost.figures import Cost
from .findings import PolicyFinding, Risk, Verdict
from .threshold import DEFAULT, Threshold

__all__ = ["INCOMPARABLE", "Review"]


@dataclass(frozen=True)
class Review:
    """One environment, head against base."""

    project: str
    environment: str
    head: Plan
    base: Plan | None
    """``None``: there is none to compare with, and everything is created."""
    head_revision: str = ""
    """A commit's hash, ``"working tree"``, or ``"pulumi preview"``."""
    base_revision: str = ""
    changes: list[ResourceChange] = field(default_factory=list)
    same: int = 0
    """Resources that stay as they are."""
    risks: list[Risk] = field(default_factory=list)
    """Worst first."""
    policies: list[PolicyFinding] = field(default_factory=list)
    """Failures and unknowns, worst first."""
    policies_passed: int = 0
    cost: Cost | None = None
    opaque: list[Opaque] = field(default_factory=list)
    """What of the head can't be seen this way."""
    uncompared: list[Uncompared] = field(default_factory=list)
    """The properties of which the plan can't say whether they change; `opaque` has them in words."""
    disagreements: list[str] = field(default_factory=list)
    """Where the program's plan and the cloud's own preview differ; only from a trusted run."""
    outputs: list[str] = field(default_factory=list)
    """What becomes of the stack's own outputs: a sentence for those that go, come and change."""
    notes: list[str] = field(default_factory=list)
    """What else a reader should know: a part was left out."""
    threshold: Threshold = DEFAULT
    """From which severity on a finding stops the merge, or wants a look."""
    base_error: str = ""
    """There is a base, and it could not be planned; one line. Nothing was compared then: no changes, no risks."""
    error: str = ""
    """The program of this environment could not be planned; one line. Nothing else is set then."""
    masked: bool = False
    """Whether every secret was taken out of what is shown (``report.masking.masked``)."""

    def count(self, kind: ChangeKind) -> int:
        """How many resources change in this way."""
        return sum(change.kind is kind for change in self.changes)

    @property
    def failures(self) -> list[PolicyFinding]:
        """What fails a policy and isn't waived."""
        return [f for f in self.policies if f.verdict is Verdict.FAIL and f.waiver is None]

    @property
    def stopping(self) -> list[PolicyFinding]:
        """Of the failures those that reach the threshold."""
        return [f for f in self.failures if self.threshold.block_policies.reached(f.severity)]

    @property
    def stopping_risks(self) -> list[Risk]:
        """Of the risks those that reach the threshold, if it stops for any."""
        return [r for r in self.risks if self.threshold.block_risks.reached(r.severity)]

    @property
    def over_budget(self) -> bool:
        """Whether the expected cost passes the budget."""
        return self.cost is not None and self.cost.over_budget

    @property
    def passed(self) -> bool:
        """Whether it could be compared, and nothing that reaches the threshold, nor the budget, fails."""
        return not (self.error or self.base_error or self.stopping or self.stopping_risks or self.over_budget)

    @property
    def changed(self) -> bool:
        """Whether something changes, be it but an option that guards or an output, or could, for all that is known."""
        return bool(self.changes or self.incomparable or self.outputs or (self.base is not None and self.risks))

    @property
    def incomparable(self) -> list[Opaque]:
        """What of both sides could not be held against each other."""
        return [part for part in self.opaque if part.kind == INCOMPARABLE]
