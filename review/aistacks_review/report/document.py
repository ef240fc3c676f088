"""A review as JSON, by the schema ``aistacks.plan/1``, and back."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from aistacks_core.errors import UserError
from aistacks_core.snapshot import Opaque, Plan, Registration

from ..compare.changes import ChangeKind, ResourceChange
from ..cost.figures import Cost, CostLine, Estimate, Range, Unpriced
from ..findings import PolicyFinding, Risk, Waiver
from ..review import Review
from ..threshold import DEFAULT, Threshold
from . import json_values as values
from . import plan_v1 as v1
from .masking import masked
from .plan_v1 import VERSION
from .verdict import conclusion, headline

_MOST_DEPTH = 64


def to_document(reviews: list[Review]) -> dict[str, Any]:
    """The whole answer of ``aistacks plan``. Secrets aren't in it; values longer than 4,000 characters are cut."""
    reviews = [masked(review) for review in reviews]
    said = headline(reviews)
    document = {
        "version": VERSION,
        "verdict": " ".join(filter(None, (said.text, said.why))),
        "reviews": [_review(review) for review in reviews],
    }
    made = v1.Document.model_validate(document, context=v1.WRITING)
    return made.model_dump(mode="json", exclude_unset=True)


def from_document(document: Any, where: str = "document") -> list[Review]:
    """The reviews in a document. Raises ``UserError`` naming the place where it isn't one."""
    return [_read(review) for review in _validated(document, where).reviews]


def schema() -> dict[str, Any]:
    """The JSON Schema of a document."""
    made = v1.Document.model_json_schema()
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:aistacks:plan:1"}
    return {**head, **made, "title": VERSION}


def _validated(document: Any, where: str) -> v1.Document:
    if _depth(document) > _MOST_DEPTH:
        raise UserError(where, "values nested too deep", f"at most {_MOST_DEPTH} levels")
    if isinstance(document, dict) and document.get("version") != VERSION:
        raise UserError(f"{where}: version", repr(document.get("version"))[:60], repr(VERSION))
    if not isinstance(document, dict):
        raise UserError(f"{where}: the document", repr(document)[:80], "a mapping with version and reviews")
    try:
        return v1.Document.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
        got = "nothing" if first["type"] == "missing" else repr(first["input"])[:80]
        raise UserError(f"{where}: {path[:200]}", got, f"what the schema says: {first['msg']}") from None


def _depth(value: Any) -> int:
    """How deep ``value`` is nested, without recursion: it may be anybody's."""
    level, items = 0, [value]
    while items and level <= _MOST_DEPTH:
        level += 1
        inner = [v.values() if isinstance(v, dict) else v for v in items if isinstance(v, (dict, list))]
        items = [v for group in inner for v in group]
    return level


def _review(review: Review) -> dict[str, Any]:
    made: dict[str, Any] = {
        "verdict": conclusion(review),
        "project": review.project,
        "environment": review.environment,
        "head": {"revision": review.head_revision},
        "base": {"revision": review.base_revision} if review.base is not None else None,
        "region": review.head.region,
        "same": review.same,
        "passed": review.passed,
        "threshold": review.threshold,
        "resources": [_resource(r) for r in review.head.resources],
        "changes": [_change(c) for c in review.changes],
        "risks": review.risks,
        "policies": {"passed": review.policies_passed, "findings": review.policies},
        "cost": review.cost,
        "opaque": review.opaque,
        "disagreements": review.disagreements,
        "notes": review.notes,
    }
    return made | {name: text for name in ("outputs", "base_error", "error") if (text := getattr(review, name))}


def _resource(registration: Registration) -> dict[str, Any]:
    """What a reader needs to place a resource; its inputs stay out."""
    made = {
        "urn": registration.urn,
        "type": registration.type,
        "name": registration.name,
        "custom": registration.custom,
        "parent": registration.parent,
        "dependencies": values.plain(registration.dependencies),
    }
    return made | ({"file": registration.file, "line": registration.line} if registration.file else {})


def _change(change: ResourceChange) -> dict[str, Any]:
    made: dict[str, Any] = {
        "kind": change.kind,
        "urn": change.urn,
        "type": change.type,
        "name": change.name,
        "component": change.component,
        "properties": [values.to_json(p) for p in change.properties],
    }
    if change.before and change.before.urn != change.urn:
        made["was"] = change.before.urn
    if change.registration.file:
        made |= {"file": change.registration.file, "line": change.registration.line}
    if change.kind is ChangeKind.REPLACE and change.delete_first is not None:
        made["delete_first"] = change.delete_first
    return made | {
        name: value for name in ("reason", "may_replace", "retained", "protected") if (value := getattr(change, name))
    }


def _read(review: v1.Review) -> Review:
    resources = [_registration(r) for r in review.resources]
    by_urn = {r.urn: r for r in resources}
    return Review(
        project=review.project,
        environment=review.environment,
        head=Plan(resources, {}, region=review.region),
        base=Plan([], {}) if review.base else None,
        head_revision=review.head.revision,
        base_revision=review.base.revision if review.base else "",
        changes=[_read_change(c, by_urn) for c in review.changes],
        same=review.same,
        risks=[Risk(**r.model_dump()) for r in review.risks],
        policies=[_finding(f) for f in review.policies.findings],
        policies_passed=review.policies.passed,
        cost=_cost(review.cost) if review.cost else None,
        opaque=[Opaque(**o.model_dump()) for o in review.opaque],
        disagreements=review.disagreements,
        outputs=review.outputs,
        notes=review.notes,
        threshold=Threshold(**review.threshold.model_dump()) if review.threshold else DEFAULT,
        base_error=review.base_error,
        error=review.error,
    )


def _registration(resource: v1.Resource) -> Registration:
    return Registration(
        **resource.model_dump(exclude={"dependencies"}),
        inputs={},
        secrets=frozenset(),
        dependencies=tuple(resource.dependencies),
    )


def _read_change(change: v1.Change, by_urn: dict[str, Registration]) -> ResourceChange:
    here = by_urn.get(change.urn) or _registration_of(change, change.urn)
    before = _registration_of(change, change.was or change.urn)
    return ResourceChange(
        change.kind,
        None if change.kind is ChangeKind.CREATE else before,
        None if change.kind is ChangeKind.DELETE else here,
        tuple(values.read(p.model_dump(exclude_unset=True)) for p in change.properties),
        component=change.component,
        reason=change.reason,
        may_replace=change.may_replace,
        delete_first=change.delete_first if change.kind is ChangeKind.REPLACE else None,
        retained=change.retained,
        protected=change.protected,
    )


def _registration_of(change: v1.Change, urn: str) -> Registration:
    """What a change says of its resource, as far as that goes."""
    return Registration(
        type=change.type,
        name=change.name,
        urn=urn,
        parent="",
        custom=True,
        inputs={},
        secrets=frozenset(),
        file=change.file,
        line=change.line,
    )


def _finding(finding: v1.Finding) -> PolicyFinding:
    waiver = Waiver(**finding.waiver.model_dump()) if finding.waiver else None
    rest = finding.model_dump(exclude={"waiver", "sources"})
    return PolicyFinding(**rest, sources=tuple(finding.sources), waiver=waiver)


def _cost(cost: v1.Cost) -> Cost:
    return Cost(_estimate(cost.head), _estimate(cost.base) if cost.base else None, cost.budget, cost.unclear)


def _estimate(estimate: v1.Estimate) -> Estimate:
    lines = [
        CostLine(**{**one.model_dump(), "quantity": _range(one.quantity), "monthly": _range(one.monthly)})
        for one in estimate.lines
    ]
    unpriced = [Unpriced(**one.model_dump()) for one in estimate.unpriced]
    return Estimate(estimate.region, lines, unpriced, estimate.free, estimate.prices_of)


def _range(found: v1.Range) -> Range:
    return Range(**found.model_dump())


if __name__ == "__main__":
    # The schema that is committed.
    print(json.dumps(schema(), indent=1))  # noqa: T201
