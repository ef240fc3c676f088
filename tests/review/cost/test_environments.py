"""The environments of this repository: all in them is priced, free or known to be unpriced, and within the budget."""

import dataclasses
import datetime as dt
import json
import runpy
import time

import pytest

from aistacks_core.errors import UserError
from aistacks_review.cost import cost, estimate, read
from aistacks_review.cost.estimator import _NO_RULE
from aistacks_review.record.recorder import record
from recorded import ENVIRONMENTS, STACKS, record_environment, settings

TODAY = dt.date(2026, 11, 24)
"""Whichever day it is: versions of Kubernetes cost more from a day on."""
BUDGETS = {"dev", "staging", "prod"}
CHART = "volumes and load balancers of its own defaults aren't seen here"
STORED = "the price book of eu-west-1 has no price of redshift managed storage"
BACKUPS = {
    "aws:backup/vault:Vault": "has no price of backup storage",
    "aws:redshift/snapshotCopy:SnapshotCopy": "has no price of redshift snapshot storage",
}


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def environment(request):
    config = settings(request.param)["config"]
    plan = record_environment(request.param)
    plan = dataclasses.replace(plan, region=config["aws:region"])
    return request.param, plan, read(config, f"Pulumi.{request.param}.yaml")


def test_every_kind_has_a_rule_or_a_reason_to_be_free(environment):
    _, plan, assumptions = environment
    assert [u.what for u in estimate(plan, assumptions, today=TODAY).unpriced if u.reason == _NO_RULE] == []


def test_what_is_unpriced_is_what_no_source_was_read_for(environment):
    name, plan, assumptions = environment
    unpriced = estimate(plan, assumptions, today=TODAY).unpriced
    made = [(r.inputs.get("region", "eu-west-1"), text) for type_, text in BACKUPS.items() for r in plan.of(type_)]
    kept = {f"the price book of {region} {text}" for region, text in made}
    assert {u.reason for u in unpriced if not u.by_use} == {STORED, CHART, *kept}
    # What the environments' files state is whole: nothing depends on use that nobody stated.
    assert any(u.by_use for u in unpriced) == (name not in BUDGETS)


def test_it_is_under_its_budget(environment):
    name, plan, assumptions = environment
    found = cost(plan, None, assumptions, today=TODAY)
    assert (found.budget is not None) == (name in BUDGETS)
    assert not found.over_budget
    if found.budget:
        assert found.head.total.expected > 0.5 * found.budget, "a budget that far off warns of nothing"


def test_the_range_is_one(environment):
    total = estimate(environment[1], environment[2], today=TODAY).total
    assert 0 < total.low < total.expected < total.high


def test_it_takes_less_than_150_milliseconds(environment):
    spent = []
    for _ in range(3):
        began = time.process_time()
        estimate(environment[1], environment[2], today=TODAY)
        spent.append(time.process_time() - began)
    assert min(spent) < 0.15


def test_a_smaller_pool_costs_less_and_says_so():
    config = settings("dev")["config"]
    table = config["aistacks:environment"]
    before = record_environment("dev", table)
    table["pools"]["inference"]["max_gpus"] = 1
    after = record_environment("dev", table)
    assumptions = read(config, "dev")
    found = cost(
        dataclasses.replace(after, region="eu-west-1"),
        dataclasses.replace(before, region="eu-west-1"),
        assumptions,
        today=TODAY,
    )
    assert found.change.expected < 0
    assert found.change.high == pytest.approx(-(2646.79 + 35.9) / 2, abs=1)


def recorded_with(config):
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    program = STACKS / "__main__.py"
    return record(lambda: runpy.run_path(str(program), run_name="__main__"), stack="dev", config=texts, root=STACKS)


def test_the_program_leaves_the_keys_of_plan_and_store_alone_and_no_other():
    config = settings("dev")["config"]
    assert "aistacks:plan" in config
    noted = {**config, "aistacks:store": {"bucket": "models-3f1c2ab"}}
    assert len(recorded_with(noted).resources) == len(record_environment("dev").resources)
    with pytest.raises(
        UserError, match=r"aistacks:plans: got an unknown key; expected aistacks:environment or aistacks:p"
    ):
        recorded_with({**config, "aistacks:plans": {}})
