"""Makes a review of an environment's plans: changes, risks, policies, cost."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aistacks_core.errors import UserError
from aistacks_core.project import Project
from aistacks_core.snapshot import INCOMPARABLE, Opaque, Plan

from .arguments import pointed
from .compare.comparison import compare
from .compare.uncompared import parts
from .cost.figures import Cost
from .findings import Waiver
from .record.base_tree import Tree
from .record.planning import Limits, Planned, Side, plan_environments
from .review import Review

if TYPE_CHECKING:
    from .cost.assumptions import Assumptions


class NowhereError(UserError):
    """Neither revision has the environment."""


def reviews(
    project: Project, environments: list[str], base: str, limits: Limits, tree: Tree | str | None = None
) -> Iterator[Review]:
    """A review of each environment, as it is ready. Raises ``UserError`` for what is wrong before any is planned.

    ``tree``: the base's files, if they are there already, or the line that says why there are none.
    """
    from .policy import waivers_of

    waivers = waivers_of(project.folder)
    planned, head_hash, base_hash = plan_environments(project, environments, base, limits, load, tree)
    for each in planned:
        if each.nowhere:
            known = ", ".join(project.stacks()) or "none"
            raise NowhereError(
                "aistacks plan", repr(each.environment), f"an environment of either revision (here: {known})"
            )
        yield _review(project, each, waivers, head_hash, base_hash)


def load() -> None:
    """What judging needs takes a while to load, and the programs run meanwhile."""
    for module in ("policy", "risk", "cost", "cost.assumptions", "report.terminal"):
        importlib.import_module(f"{__package__}.{module}")


def _review(project: Project, planned: Planned, waivers: list[Waiver], head_hash: str, base_hash: str) -> Review:
    empty = Review(project.name, planned.environment, Plan([], {}), None, head_hash, base_hash)
    if planned.head.error:
        return replace(empty, error=planned.head.error)
    base = planned.base.plan if planned.base else None
    made = replace(empty, head=planned.head.plan or Plan([], {}), base=base, notes=_notes(planned))
    try:
        made = replace(made, **_threshold(project, planned))
        if planned.base and planned.base.error:
            # Nothing is known of what is deployed, so nothing is new, and nothing stays.
            made = replace(made, base_error=planned.base.error)
        else:
            compared = compare(made.base, made.head)
            made = replace(
                made,
                changes=compared.changes,
                same=compared.same,
                opaque=[*parts(compared.uncompared), *_encrypted_anew(planned)],
                uncompared=compared.uncompared,
                outputs=compared.outputs,
            )
        return judged(made, waivers, _cost(project, planned, base), project.settings_path(planned.environment))
    except UserError as error:
        return replace(empty, error=str(error))


def _encrypted_anew(planned: Planned) -> Iterator[Opaque]:
    """Settings that were encrypted anew: their value is another, or the same under another text."""
    was, now = (side.settings.ciphers if side and side.settings else {} for side in (planned.base, planned.head))
    for key in now:
        if key in was and was[key] != now[key]:
            yield Opaque(INCOMPARABLE, f"the setting {key}: it was encrypted anew, so its value may be another")


def _notes(planned: Planned) -> list[str]:
    notes: list[str] = []
    for side in (planned.base, planned.head):
        notes += side.notes if side else ()
    if planned.base and not planned.base.there:
        notes.append("The base doesn't have this environment, so everything is created.")
    if not planned.head.there:
        notes.append("The head no longer has this environment, so everything in it is deleted.")
    return notes


def judged(review: Review, waivers: list[Waiver], cost: Cost | None, settings: Path | None = None) -> Review:
    """``review`` with what follows from its plans and changes. ``settings``: the environment's file, for its lines."""
    from .policy import check
    from .risk import assess

    risks = assess(review.base, review.head, review.changes)
    findings, passed = check(review.head, waivers, date.today(), review.base)
    findings = pointed(findings, review.head, settings)
    opaque = list(dict.fromkeys((*review.opaque, *review.head.opaque)))
    return replace(review, risks=risks, policies=findings, policies_passed=passed, cost=cost, opaque=opaque)


def _threshold(project: Project, planned: Planned) -> dict[str, Any]:
    """The stricter of both sides' thresholds, and a note where they differ."""
    head = assumptions(project, planned.environment, planned.head).threshold
    try:
        base = assumptions(project, planned.environment, planned.base).threshold if planned.base else head
    except UserError:
        # What the base's file says wrong is told where its cost is.
        base = head
    if planned.base is None or base == head or not planned.base.settings:
        return {"threshold": head}
    note = f"The threshold changes, from {base} to {head}. Of each bound the stricter holds for this change."
    return {"threshold": base.stricter(head), "notes": [*_notes(planned), note]}


def _cost(project: Project, planned: Planned, base: Plan | None) -> Cost:
    from .cost import cost

    head = planned.head.plan or Plan([], {})
    was = assumptions(project, planned.environment, planned.base) if base else None
    return cost(head, base, assumptions(project, planned.environment, planned.head), was)


def assumptions(project: Project, environment: str, side: Side | None) -> Assumptions:
    """What the environment's file assumes of its use. Raises ``UserError`` naming file and path."""
    from .cost.assumptions import read

    tables = side.settings.tables if side and side.settings else {}
    return read(tables, project.settings_path(environment).name, project.name)
