"""The list that says which rule answers which demand of the security baseline."""

from importlib import resources

import yaml

from aistacks_policies import rules

BASELINE = yaml.safe_load((resources.files("aistacks_policies") / "facts" / "baseline.yaml").read_text())


def test_each_of_the_66_demands_has_a_rule_or_a_reason():
    assert list(BASELINE["rules"]) == list(range(1, 67))
    for number, entry in BASELINE["rules"].items():
        assert entry["demand"], number
        assert entry.get("rules") or entry.get("not"), number
        assert set(entry) <= {"demand", "rules", "not"}, number


def test_every_rule_answers_a_demand_and_every_named_rule_is_there():
    named = [rule for entry in BASELINE["rules"].values() for rule in entry.get("rules", [])]
    assert sorted(named) == sorted(rules())
    assert len(set(named)) == len(named)


def test_the_list_has_a_source_and_a_date():
    assert BASELINE["source"] and BASELINE["date"]
