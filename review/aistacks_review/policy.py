"""Judges a plan by the policy pack: the rules that the engine runs, on our registrations."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import aistacks_policies as pack
from aistacks_core.snapshot import Plan, Registration
from aistacks_core.symbols import mark, without_marks
from aistacks_policies import waivers as waiver_files

from .compare.matching import Matching
from .findings import PolicyFinding, Waiver

WAIVERS = Path("policies/waivers.yaml")
"""Where a project keeps its waivers, below its folder."""
_INDEX = re.compile(r"\[\d+\]")
_HIDDEN = "a secret value; it isn't shown"


def waivers_of(project: Path) -> list[Waiver]:
    """The waivers of the project in a folder; none where it has no file of them.

    Raises ``UserError`` naming the file and the path in it.
    """
    return waiver_files.read(project / WAIVERS, pack.rules())


def check(plan: Plan, waivers: list[Waiver], today: dt.date, base: Plan | None) -> tuple[list[PolicyFinding], int]:
    """What the rules say of ``plan``: its failures and unknowns, the worst first, and how many answers were passes.

    A finding is not ``new`` where the same rule finds as much of the same resource in ``base``, whatever that is called
    there. A waiver counts up to its last day, afterwards the finding says that it has expired; one with a name that an
    alias keeps counts, and the finding says so.
    """
    was = _names_in(base, plan) if base else {}
    old = {(r.rule.id, r.resource.urn, r.verdict): _found(r) for r in _evaluated(base, [], today)} if base else {}
    registrations = {r.urn: r for r in plan.resources}
    results = _evaluated(plan, waivers, today)
    findings = []
    for result in results:
        if result.verdict is pack.Verdict.PASS:
            continue
        urn = result.resource.urn
        before = old.get((result.rule.id, was.get(urn, urn), result.verdict))
        # Another number, name or order in it makes no other finding of it; one thing more does.
        new = before is None or len(_found(result)) > len(before)
        names = dict.fromkeys((was.get(urn, urn), *registrations[urn].aliases))
        findings.append(_finding(_waived(result, waivers, today, names), registrations, new))
    return findings, len(results) - len(findings)


def _names_in(base: Plan, head: Plan) -> dict[str, str]:
    """URNs of the head to those of the base, for what both have: by URN, by an alias, by its parent's alias."""
    matching = Matching(base, head)
    for registration in head.resources:
        matching.old(registration)
    return matching.found


def _found(result: pack.Result) -> set[str]:
    """What was found, wherever in its list it stands."""
    return {_INDEX.sub("[]", without_marks(text)) for text in result.texts}


def _waived(result: pack.Result, waivers: list[Waiver], today: dt.date, names: Iterable[str]) -> pack.Result:
    """``result`` with the waiver that says another of its resource's ``names`` (URNs), if one does."""
    for urn in names if result.waiver is None and waivers else ():
        waiver = waiver_files.find(waivers, result.rule.id, urn.rpartition("::")[2], urn)
        if urn != result.resource.urn and waiver is not None and waiver.holds(today):
            told = f"{result.message} (the waiver names {waiver.resource}, which is {result.resource.name} now)"
            return replace(result, waiver=waiver, message=told)
    return result


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
