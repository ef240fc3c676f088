"""Random edits of a deployed program, planned and previewed by the real engine. The benchmark has two hundred."""

from __future__ import annotations

import pytest

import plan_against_engine
from aistacks_core.errors import UserError
from aistacks_sandbox.programs import engine, etcd, kubernetes

SEED = 5


@pytest.fixture(scope="module", params=[("plain", 9), ("dev", 3)], ids=lambda pair: pair[0])
def outcomes(request: pytest.FixtureRequest) -> list[plan_against_engine.Outcome]:
    name, edits = request.param
    try:
        for tool in (engine, kubernetes, etcd):
            tool.ensure()
    except UserError as error:
        pytest.skip(f"no sandbox on this machine: {error}")
    found: list[plan_against_engine.Outcome] = []
    with plan_against_engine.deployed(name) as base:
        for number in range(3 * edits):
            outcome = base.compared(number, SEED)
            if not outcome.refused:
                found.append(outcome)
            if len(found) == edits:
                break
    assert len(found) == edits
    return found


def test_the_plan_says_what_the_engine_says_or_why_not(outcomes: list[plan_against_engine.Outcome]) -> None:
    unexplained = {
        (outcome.number, outcome.said, urn): says
        for outcome in outcomes
        for urn, says in outcome.differences.items()
        if not outcome.reasons.get(urn)
    }
    assert unexplained == {}
    assert sum(sum(outcome.steps.values()) for outcome in outcomes) > len(outcomes)
