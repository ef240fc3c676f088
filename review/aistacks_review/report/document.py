"""A review as JSON, by the schema ``aistacks.plan/1``, and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from aistacks_core.errors import UserError
from aistacks_core.snapshot import Opaque, Plan, Registration

from ..compare.changes import ChangeKind, ResourceChange
from ..cost.figures import Cost, CostLine, Estimate, Range, Unpriced
from ..findings import PolicyFinding, Risk, RiskKind, Severity, Verdict, Waiver
from ..review import Review
from . import json_values as values

VERSION = "aistacks.plan/1"
_MOST_DEPTH = 64


def to_document(reviews: list[Review]) -> dict[str, Any]:
    """The whole answer of ``aistacks plan``. Secrets aren't in it; values longer than 4,000 characters are cut."""
    return {"version": VERSION, "reviews": [_review(review) for review in reviews]}


def from_document(document: Any, where: str = "document") -> list[Review]:
    """The reviews in a document. Raises ``UserError`` naming the place where it isn't one."""
    _validate(document, where)
    return [_read(table) for table in document["reviews"]]


def schema() -> dict[str, Any]:
    """The JSON Schema of a document."""
    return dict(_schema())


@cache
def _schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((resources.files(__package__) / "schema" / "plan.v1.json").read_text("utf-8"))
    return found


def _validate(document: Any, where: str) -> None:
    from fastjsonschema import JsonSchemaValueException

    if _depth(document) > _MOST_DEPTH:
        raise UserError(where, "values nested too deep", f"at most {_MOST_DEPTH} levels")
    if isinstance(document, dict) and document.get("version") != VERSION:
        raise UserError(f"{where}: version", repr(document.get("version"))[:60], repr(VERSION))
    try:
        _validator()(document)
    except JsonSchemaValueException as error:
        path = str(error.name).removeprefix("data").lstrip(".") or "the document"
        raise UserError(
            f"{where}: {path[:200]}", repr(error.value)[:80], f"what the schema says: {error.rule}"
        ) from None


@cache
def _validator() -> Any:
    import fastjsonschema

    return fastjsonschema.compile(_schema())


def _depth(value: Any) -> int:
    """How deep ``value`` is nested, without recursion: it may be anybody's."""
    level, items = 0, [value]
    while items and level <= _MOST_DEPTH:
        level += 1
        inner = [v.values() if isinstance(v, dict) else v for v in items if isinstance(v, (dict, list))]
        items = [v for group in inner for v in group]
    return level


def _review(review: Review) -> dict[str, Any]:
    table: dict[str, Any] = {
        "project": values.cut(review.project),
        "environment": values.cut(review.environment),
        "head": {"revision": review.head_revision},
        "base": {"revision": review.base_revision} if review.base is not None else None,
        "region": review.head.region,
        "same": review.same,
        "passed": review.passed,
        "resources": [_resource(r) for r in review.head.resources],
        "changes": [_change(c) for c in review.changes],
        "risks": [_strings(asdict(r)) for r in review.risks],
        "policies": {"passed": review.policies_passed, "findings": [_strings(asdict(f)) for f in review.policies]},
        "cost": _cost(review.cost) if review.cost else None,
        "opaque": [_strings(vars(o)) for o in review.opaque],
        "disagreements": [values.cut(d) for d in review.disagreements],
        "notes": [values.cut(n) for n in review.notes],
    }
    return table | ({"error": values.cut(review.error)} if review.error else {})


def _resource(registration: Registration) -> dict[str, Any]:
    """What a reader needs to place a resource; its inputs stay out."""
    table = {
        "urn": registration.urn,
        "type": registration.type,
        "name": registration.name,
        "custom": registration.custom,
        "parent": registration.parent,
        "dependencies": list(registration.dependencies),
    }
    if registration.file:
        table |= {"file": registration.file, "line": registration.line}
    answer: dict[str, Any] = _strings(table)
    return answer


def _change(change: ResourceChange) -> dict[str, Any]:
    table: dict[str, Any] = {
        "kind": change.kind.value,
        "urn": values.cut(change.urn),
        "type": values.cut(change.type),
        "name": values.cut(change.name),
        "component": values.cut(change.component),
        "properties": [values.written(p) for p in change.properties],
    }
    if change.before and change.before.urn != change.urn:
        table["was"] = values.cut(change.before.urn)
    if change.registration.file:
        table |= {"file": values.cut(change.registration.file), "line": change.registration.line}
    for name in ("reason", "may_replace", "retained", "protected"):
        if value := getattr(change, name):
            table[name] = values.plain(value)
    return table


def _strings(table: Any) -> Any:
    return values.plain(table)


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "head": _estimate(cost.head),
        "base": _estimate(cost.base) if cost.base else None,
        "budget": cost.budget,
        "over_budget": cost.over_budget,
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    table: dict[str, Any] = {
        "region": estimate.region,
        "total": asdict(estimate.total),
        "lines": [asdict(line) for line in estimate.lines],
        "unpriced": [asdict(item) for item in estimate.unpriced],
        "free": estimate.free,
        "prices_of": estimate.prices_of,
    }
    return table


def _read(table: dict[str, Any]) -> Review:
    resources_ = [_registration(r) for r in table["resources"]]
    by_urn = {r.urn: r for r in resources_}
    return Review(
        project=table["project"],
        environment=table["environment"],
        head=Plan(resources_, {}, region=table["region"]),
        base=Plan([], {}) if table["base"] else None,
        head_revision=table["head"]["revision"],
        base_revision=table["base"]["revision"] if table["base"] else "",
        changes=[_read_change(c, by_urn) for c in table["changes"]],
        same=table["same"],
        risks=[Risk(**{**r, "kind": RiskKind(r["kind"]), "severity": Severity(r["severity"])}) for r in table["risks"]],
        policies=[_finding(f) for f in table["policies"]["findings"]],
        policies_passed=table["policies"]["passed"],
        cost=_read_cost(table["cost"]) if table["cost"] else None,
        opaque=[Opaque(**o) for o in table["opaque"]],
        disagreements=list(table["disagreements"]),
        notes=list(table["notes"]),
        error=table.get("error", ""),
    )


def _registration(table: dict[str, Any]) -> Registration:
    return Registration(
        type=table["type"],
        name=table["name"],
        urn=table["urn"],
        parent=table.get("parent", ""),
        custom=table.get("custom", True),
        inputs={},
        secrets=frozenset(),
        dependencies=tuple(table.get("dependencies", ())),
        file=table.get("file", ""),
        line=table.get("line", 0),
    )


def _read_change(table: dict[str, Any], by_urn: dict[str, Registration]) -> ResourceChange:
    kind = ChangeKind(table["kind"])
    here = by_urn.get(table["urn"]) or _registration({**table, "custom": True})
    before = None if kind is ChangeKind.CREATE else _registration({**table, "urn": table.get("was", table["urn"])})
    return ResourceChange(
        kind,
        before,
        None if kind is ChangeKind.DELETE else here,
        tuple(values.read(p) for p in table["properties"]),
        table["component"],
        table.get("reason", ""),
        table.get("may_replace", False),
        table.get("retained", False),
        table.get("protected", False),
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError("document: expires", repr(text)[:60], "a date, YYYY-MM-DD") from None


def _finding(table: dict[str, Any]) -> PolicyFinding:
    waiver = Waiver(**{**table["waiver"], "expires": _day(table["waiver"]["expires"])}) if table.get("waiver") else None
    typed = {"verdict": Verdict(table["verdict"]), "severity": Severity(table["severity"]), "waiver": waiver}
    return PolicyFinding(**{**table, **typed, "sources": tuple(table["sources"])})


def _read_cost(table: dict[str, Any]) -> Cost:
    base = _read_estimate(table["base"]) if table["base"] else None
    return Cost(_read_estimate(table["head"]), base, table["budget"])


def _read_estimate(table: dict[str, Any]) -> Estimate:
    lines = [
        CostLine(**{**line, "quantity": Range(**line["quantity"]), "monthly": Range(**line["monthly"])})
        for line in table["lines"]
    ]
    unpriced = [Unpriced(**item) for item in table["unpriced"]]
    return Estimate(table["region"], lines, unpriced, table["free"], table["prices_of"])
