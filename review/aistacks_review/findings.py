"""What a review finds in a change: risks and broken policies."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from aistacks_policies import Severity, Verdict, Waiver

__all__ = ["PolicyFinding", "Risk", "RiskKind", "Severity", "Verdict", "Waiver"]


class RiskKind(StrEnum):
    """What is at stake."""

    DATA_LOSS = "data-loss"
    ACCESS = "access"
    """A principal may do more than before."""
    EXPOSURE = "exposure"
    """Something is reachable from where it wasn't."""
    INTERRUPTION = "interruption"
    """A service stops for a while."""
    IRREVERSIBLE = "irreversible"
    """It can't be taken back by reverting the change."""


@dataclass(frozen=True)
class Risk:
    """One reason to look twice."""

    kind: RiskKind
    severity: Severity
    urn: str
    title: str
    """One plain sentence that somebody who doesn't know Pulumi understands: ``"The bucket lake-bronze and all
    objects in it are deleted."``"""
    reason: str
    """Which property or fact it follows from: ``"cidrBlock changes, and AWS can't change it in place"``."""
    certain: bool = True
    """``False`` where it depends on something that isn't known before deployment."""
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class PolicyFinding:
    """A rule's answer about one resource. Passes are counted, not listed."""

    rule: str
    """Id of ours, for example ``s3-tls-only``."""
    sources: tuple[str, ...]
    """Ids of the rule elsewhere, for example ``("S3.5", "CKV_AWS_…")``."""
    title: str
    verdict: Verdict
    severity: Severity
    urn: str
    message: str
    """What was found, with the property's path."""
    fix: str
    file: str = ""
    line: int = 0
    waiver: Waiver | None = None
    """Set where a waiver that hasn't expired covers it: told, but no failure."""
    new: bool = True
    """``False`` where the base fails the same rule at the same resource."""
    argument: str = ""
    """What a person has to change, in the program's own words: ``"EksCluster(public_access_cidrs=…)"``. File and line
    are then those of the argument. Empty where the program's text doesn't say it."""
