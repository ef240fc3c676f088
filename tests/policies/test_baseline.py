"""The list that says which rule answers which demand of the security baseline."""

from importlib import resources

import yaml

from aistacks_policies import rules

FACTS = resources.files("aistacks_policies") / "facts"
BASELINE = yaml.safe_load((FACTS / "baseline.yaml").read_text())
CONTROLS = yaml.safe_load((FACTS / "controls.yaml").read_text())


def test_each_of_the_66_demands_has_a_rule_or_a_reason():
    assert list(BASELINE["rules"]) == list(range(1, 67))
    for number, entry in BASELINE["rules"].items():
        assert entry["demand"], number
        assert entry.get("rules") or entry.get("not"), number
        assert set(entry) <= {"demand", "rules", "not"}, number


def test_every_rule_answers_a_demand_or_a_control_and_every_named_rule_is_there():
    named = [rule for entry in BASELINE["rules"].values() for rule in entry.get("rules", [])]
    assert len(set(named)) == len(named)
    answering = {rule.id for rule in rules().values() if set(rule.sources) & _controls()}
    beyond = CONTROLS["beyond"]
    assert set(named) | set(beyond) <= set(rules())
    assert set(rules()) == set(named) | answering | set(beyond)
    assert not set(beyond) & (set(named) | answering)


def test_each_control_is_a_rules_source_or_has_a_reason_why_not():
    answered = {source for rule in rules().values() for source in rule.sources}
    left_out = [control for entry in CONTROLS["not"] for control in entry["controls"] if entry["why"]]
    assert len(set(left_out)) == len(left_out)
    assert _controls() - answered == set(left_out)


def _controls():
    return {f"{service}.{n}" for service, numbers in CONTROLS["controls"].items() for n in numbers}


def test_the_list_has_a_source_and_a_date():
    for table in (BASELINE, CONTROLS):
        assert table["source"] and table["date"]
