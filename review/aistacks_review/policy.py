"""Judges a plan by the policy pack: the rules that the engine runs, on our registrations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import aistacks_policies as pack
from aistacks_core.snapshot import Plan, Registration
from aistacks_core.symbols import mark, without_marks
from aistacks_policies import waivers as waiver_files

from .findings import PolicyFinding, Waiver

WAIVERS = Path("policies/waivers.yaml")
"""Where a project keeps its waivers, below its folder."""
_HIDDEN = "a secret value; it isn't shown"


def waivers_of(project: Path) -> list[Waiver]:
    """The waivers of the project in a folder; none where it has no file of them.

    Raises ``UserError`` naming the file and the path in it.
    """
    return waiver_files.read(project / WAIVERS, pack.rules())


def check(plan: Plan, waivers: list[Waiver], today: dt.date, base: Plan | None) -> tuple[list[PolicyFinding], int]:
    """What the rules say of ``plan``: its failures and unknowns, the worst first, and how many answers were passes.

    A finding is not ``new`` where the same rule answers the same of the same resource in ``base``. A waiver counts up
    to its last day; afterwards the finding says that it has expired.
    """
    results = _evaluated(plan, waivers, today)
    old = {_key(r) for r in _evaluated(base, [], today)} if base else set()
    registrations = {r.urn: r for r in plan.resources}
    reported = [r for r in results if r.verdict is not pack.Verdict.PASS]
    findings = [_finding(result, registrations, _key(result) not in old) for result in reported]
    return findings, len(results) - len(reported)


def _key(result: pack.Result) -> tuple[str, str, str]:
    return (result.rule.id, result.resource.urn, result.verdict)


def _evaluated(plan: Plan, waivers: list[Waiver], today: dt.date) -> list[pack.Result]:
    marks = {mark(r.urn): r.urn for r in plan.resources}
    return pack.evaluate([_view(r) for r in plan.resources], waivers, today, marks=marks)


def _view(registration: Registration) -> pack.Resource:
    return pack.Resource(
        registration.type,
        registration.name,
        registration.urn,
        registration.inputs,
        registration.parent,
        registration.property_dependencies,
    )


def _finding(result: pack.Result, registrations: Mapping[str, Registration], new: bool) -> PolicyFinding:
    rule = result.rule
    registration = registrations[result.resource.urn]
    return PolicyFinding(
        rule=rule.id,
        sources=rule.sources,
        title=rule.title,
        verdict=result.verdict,
        severity=rule.severity,
        urn=registration.urn,
        message=_message(result, registrations),
        fix=rule.fix,
        file=registration.file,
        line=registration.line,
        waiver=result.waiver,
        new=new,
    )


def _message(result: pack.Result, registrations: Mapping[str, Registration]) -> str:
    """What was found, unless it speaks of a property that holds a secret."""
    for urn, name in sorted(result.places):
        secrets = registrations[urn].secrets if urn in registrations else frozenset()
        if any(path.replace("[", ".").split(".")[0] in (name, "") for path in secrets):
            return f"{name}: {_HIDDEN}"
    return without_marks(result.message)
