"""The file of waivers: what it may hold, and what a mistake in it says."""

from datetime import date

import pytest

from aistacks_core.errors import UserError
from aistacks_policies import Resource, Waiver, evaluate
from aistacks_policies.waivers import read

RULES = {"logs-kept-a-year", "s3-versioning"}
GOOD = "{rule: s3-versioning, resource: lake-*, owner: ops, reason: a trial, expires: 2027-01-31}"
TODAY = date(2026, 11, 24)


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "waivers.yaml"
        path.write_text(text)
        return path

    return write


def test_a_waiver_is_read_whole(file):
    [waiver] = read(file(f"waivers:\n  - {GOOD}\n"), RULES)
    assert waiver == Waiver("s3-versioning", "lake-*", "ops", "a trial", date(2027, 1, 31))


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "waivers:\n", "waivers: []\n"])
def test_an_empty_file_waives_nothing(file, text):
    assert read(file(text), RULES) == []


def test_no_file_waives_nothing(tmp_path):
    assert read(tmp_path / "none.yaml", RULES) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("waivers:\n  - {rule: s3-versioning, rsource: a}", "waivers[0].rsource: got an unknown key"),
        (f"waivers:\n  - {GOOD.replace('s3-versioning', 's3-nothing')}", "waivers[0].rule: got 's3-nothing'"),
        (f"waivers:\n  - {GOOD.replace('owner: ops, ', '')}", "waivers[0].owner: got nothing"),
        (f"waivers:\n  - {GOOD.replace('owner: ops', 'owner: 7')}", "waivers[0].owner: got 7"),
        ("waivers:\n  - " + GOOD.replace("a trial", '" "'), "waivers[0].reason: got ' '"),
        (f"waivers:\n  - {GOOD.replace('2027-01-31', 'soon')}", "waivers[0].expires: got 'soon'"),
        (f"waivers:\n  - {GOOD.replace('2027-01-31', '2027-02-30')}", "waivers"),
        (f"waivers:\n  - {GOOD.replace('2027-01-31', '2027-01-31T00:00:00')}", "waivers[0].expires"),
        (f"waivers:\n  - {GOOD.replace(', expires: 2027-01-31', '')}", "waivers[0].expires: got nothing"),
        ("waivers: {a: b}", "waivers: got a mapping with a"),
        ("waivers:\n  - just text", "waivers[0]: got 'just text'"),
        ("- a", "got ['a']"),
        ("waiver: []", "got a mapping with waiver"),
        ("waivers: [", "waivers.yaml:1"),
        ("waivers: \x00", "waivers.yaml"),
    ],
)
def test_a_mistake_names_the_file_and_the_path_in_it(file, text, told):
    with pytest.raises(UserError) as error:
        read(file(text), RULES)
    assert "waivers.yaml" in str(error.value)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def logs(days=7, name="logs"):
    urn = f"urn:pulumi:prod::shop::aws:cloudwatch/logGroup:LogGroup::{name}"
    return Resource("aws:cloudwatch/logGroup:LogGroup", name, urn, {"retentionInDays": days})


def result(*waivers, today=TODAY):
    [found] = evaluate([logs()], waivers, today, only={"logs-kept-a-year"})
    return found


def waiver(resource="logs", expires=date(2026, 12, 31), owner="ops"):
    return Waiver("logs-kept-a-year", resource, owner, "a trial", expires)


@pytest.mark.parametrize("resource", ["logs", "l*", "urn:pulumi:prod::*", "*:LogGroup::logs", "*"])
def test_a_pattern_is_of_the_name_or_the_urn(resource):
    assert result(waiver(resource)).waiver == waiver(resource)


@pytest.mark.parametrize("resource", ["log", "urn:pulumi:dev::*", "LOGS", "[logs]"])
def test_what_the_pattern_does_not_match_stays_a_failure(resource):
    assert result(waiver(resource)).waiver is None


def test_a_waiver_holds_on_its_last_day_and_not_on_the_next():
    assert result(waiver(expires=TODAY)).waiver
    gone = result(waiver(expires=date(2026, 11, 23)))
    assert gone.waiver is None
    assert gone.expired == waiver(expires=date(2026, 11, 23))
    assert gone.message.endswith("(a waiver of ops expired on 2026-11-23)")


def test_one_that_holds_counts_before_one_that_expired():
    assert result(waiver("*", date(2020, 1, 1)), waiver("logs")).waiver == waiver("logs")


def test_a_waiver_of_another_rule_counts_for_nothing():
    other = Waiver("logs-customer-key", "*", "ops", "a trial", date(2030, 1, 1))
    assert result(other).waiver is None
