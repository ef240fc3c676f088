"""What an environment's file says of use and budget."""

import math

import pytest
import yaml
from pydantic import ValidationError

from aistacks_core.errors import UserError
from aistacks_review.cost import Assumptions, Usage, read

FILE = "Pulumi.dev.yaml"


def table(text):
    return {"aistacks:plan": yaml.safe_load(text), "aws:region": "eu-west-1"}


def test_without_a_table_there_are_defaults_and_no_budget():
    assert read({"aws:region": "eu-west-1"}, FILE) == Assumptions()
    assert Assumptions().budget_usd_per_month is None
    assert Assumptions().usage.hours == 730


@pytest.mark.parametrize("text", ["", "{}", "assumptions:", "assumptions: {}"])
def test_an_empty_table_is_the_defaults(text):
    assert read(table(text), FILE) == Assumptions()


def test_what_is_stated_counts_and_the_rest_is_the_defaults():
    found = read(table("{budget_usd_per_month: 1500, assumptions: {nat_gb: 7, pools: {gpu: 0.5}}}"), FILE)
    assert found.budget_usd_per_month == 1500
    assert (found.usage.nat_gb, found.usage.pools) == (7, {"gpu": 0.5})
    assert found.usage.hours == Usage().hours


def test_the_engine_hands_the_same_table_on_as_text():
    assert read({"aistacks:plan": '{"budget_usd_per_month": 9.5}'}, FILE).budget_usd_per_month == 9.5


def test_another_project_has_its_own_key():
    config = {"lake:plan": {"budget_usd_per_month": 3}, "other:plan": {"budget_usd_per_month": 4}}
    assert read(config, FILE, "lake").budget_usd_per_month == 3
    assert read(config, FILE, "third") == Assumptions()
    with pytest.raises(UserError, match=r"Pulumi\.dev\.yaml: got the keys lake:plan, other:plan; expected one"):
        read(config, FILE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("budget: 3", r"Pulumi\.dev\.yaml: aistacks:plan\.budget: got an unknown key; expected one of budget_usd"),
        ("assumptions: {nat: 3}", r"aistacks:plan\.assumptions\.nat: got an unknown key; expected one of hours, busy"),
        ("assumptions: {nat_gb: many}", r"aistacks:plan\.assumptions\.nat_gb: got 'many'; expected a valid number"),
        ("assumptions: {nat_gb: '3'}", r"nat_gb: got '3'; expected a valid number"),
        ("assumptions: {nat_gb: true}", r"nat_gb: got True; expected a valid number"),
        ("assumptions: {nat_gb: -1}", r"nat_gb: got -1; expected greater than or equal to 0"),
        ("assumptions: {nat_gb: .inf}", r"nat_gb: got inf; expected"),
        ("assumptions: {nat_gb: .nan}", r"nat_gb: got nan; expected"),
        ("assumptions: {nat_gb: null}", r"nat_gb: got None; expected a valid number"),
        ("assumptions: {spot_share: 70}", r"spot_share: got 70; expected less than or equal to 1"),
        ("assumptions: {pools: {gpu: 2}}", r"assumptions\.pools\.gpu: got 2; expected less than or equal to 1"),
        ("assumptions: {hours: 0}", r"hours: got 0; expected greater than 0"),
        ("assumptions: 3", r"aistacks:plan\.assumptions: got 3; expected"),
        ("budget_usd_per_month: -3", r"budget_usd_per_month: got -3"),
        ("{budget_usd_per_month: -3, hmm: 1}", r"plan\.hmm: got an unknown key.*1 more after it"),
        ("[1, 2]", r"aistacks:plan: got \[1, 2\]; expected a mapping"),
        ("secure: v1:abc", r"aistacks:plan: got an encrypted value; expected a plain mapping"),
    ],
)
def test_what_is_wrong_is_one_line_with_its_path(text, message):
    with pytest.raises(UserError, match=message) as caught:
        read(table(text), FILE)
    assert "\n" not in str(caught.value)


def test_text_that_is_no_table_is_told():
    with pytest.raises(UserError, match=r"aistacks:plan: got .*; expected a mapping"):
        read({"aistacks:plan": "{a: ["}, FILE)
    with pytest.raises(UserError, match="expected a mapping"):
        read({"aistacks:plan": "hello"}, FILE)


def test_nothing_can_be_changed_afterwards():
    with pytest.raises(ValidationError, match="frozen"):
        Usage().nat_gb = 3


@pytest.mark.parametrize("name", Usage.model_fields)
def test_each_figure_has_a_default_that_it_accepts_and_a_reason(name):
    field = Usage.model_fields[name]
    if field.default is None:
        assert getattr(Usage(**{name: 1.5}), name) == 1.5, "use that isn't stated has no figure"
    else:
        assert Usage(**{name: field.default}) == Usage()
    assert len(field.description) > 30
    assert field.description.endswith(".")
    assert not isinstance(field.default, float) or math.isfinite(field.default)
