"""Exposure: what answers without asking who calls, as the policies judge it on both sides of a change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import aistacks_policies as pack
from aistacks_core.symbols import mark

from ..findings import Risk, RiskKind, Severity
from .context import Context, risk
from .facts import facts
from .rule import rule
from .snapshot_index import SnapshotIndex

_KIND = RiskKind.EXPOSURE
_Verdicts = Mapping[tuple[str, str], pack.Result]


@rule(
    _KIND,
    Severity.CRITICAL,
    Severity.MEDIUM,
    Severity.LOW,
    when="Something begins to answer without a sign-in: a method or route of an API, a GraphQL API by key only, a "
    "listener on the internet (low: it may be a website), guests of an identity pool, a cache, a Kafka cluster; or a "
    "database's snapshot is shared with everybody (critical). The table is risk/facts/exposure.yaml, what is looked at "
    "the policies' rules of those names.",
)
def open_endpoint(ctx: Context) -> Iterable[Risk]:
    """Something answers whoever calls."""
    table = facts("exposure")["open"]
    types = {type_ for id_ in table for type_ in pack.rules()[id_].types}
    if not any(ctx.head.by_type.get(type_) for type_ in types) or not ctx.changes:
        return
    before = {} if ctx.base is None else _verdicts(ctx.base, table)
    had = {(id_, ctx.head_urn(urn)): result.verdict for (id_, urn), result in before.items()}
    for (id_, urn), result in _verdicts(ctx.head, table).items():
        row, was = table[id_], had.get((id_, urn))
        if result.verdict is pack.Verdict.PASS or was is result.verdict or (ctx.new and not row.get("new")):
            continue
        registration = ctx.head.by_urn[urn]
        severity = Severity(row.get("severity", "medium"))
        name = registration.name
        if result.verdict is pack.Verdict.FAIL:
            yield risk(_KIND, severity, registration, f"{name} {row['says']}.", result.message)
        elif was is pack.Verdict.PASS:
            title = f"{name} may be one that {row['says']}; that isn't known before deployment."
            yield risk(_KIND, severity, registration, title, result.message, certain=False)


def _verdicts(index: SnapshotIndex, table: Iterable[str]) -> _Verdicts:
    """What each of these rules says of each resource, by rule and URN."""
    resources = [
        pack.Resource(r.type, r.name, r.urn, r.inputs, r.parent, r.property_dependencies)
        for r in index.plan.resources
        if r.custom
    ]
    marks = {mark(r.urn): r.urn for r in resources}
    return {(r.rule.id, r.resource.urn): r for r in pack.evaluate(resources, marks=marks, only=set(table))}
