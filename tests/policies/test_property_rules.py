"""The table of rules on single properties: what an entry may say, and how a path is read."""

from pathlib import Path

import pytest

import aistacks_policies
from aistacks_core.facts import load
from aistacks_policies import Resource, evaluate, rules
from aistacks_policies.property_rules import tables
from aistacks_policies.values import Value

FILES = sorted((Path(aistacks_policies.__file__).parent / "tables").glob("*.yaml"))
TABLE = tables()
DEMANDS = {"be", "not_be", "be_at_least", "contain", "be_set"}


@pytest.mark.parametrize("id_", sorted(TABLE))
def test_an_entry_has_known_keys_and_one_demand_on_each_property(id_):
    entry = TABLE[id_]
    assert set(entry) - {"of"} == {"types", "severity", "sources", "title", "why", "fix", "must"}
    assert entry["must"]
    for wanted in entry["must"].values():
        assert len(DEMANDS & set(wanted)) == 1
        assert set(wanted) <= DEMANDS | {"default"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_table_has_a_source_and_a_date_and_is_read(path):
    table = load("aistacks_policies", f"tables/{path.name}")
    assert table["source"] and table["date"]
    assert set(table["rules"]) <= set(TABLE)


def test_entries_are_sorted_by_id_and_become_rules():
    files = [load("aistacks_policies", f"tables/{path.name}")["rules"] for path in FILES]
    files.append(load("aistacks_policies", "property_rules.yaml"))
    for entries in files:
        assert list(entries) == sorted(entries)
    assert len(TABLE) == sum(map(len, files))
    assert set(TABLE) <= set(rules())


def test_only_a_demand_for_a_value_of_another_resource_looks_across():
    across = {id_ for id_ in TABLE if rules()[id_].across}
    assert across == {
        id_ for id_, e in TABLE.items() if any(isinstance(w.get("be_set"), str) for w in e["must"].values())
    }
    assert "sns-encrypted" in across and "redshift-private" not in across


def _be_set(entry):
    return (wanted.get("be_set") for wanted in entry["must"].values())


def test_brackets_in_a_path_stand_for_each_element():
    role = Resource(
        "kubernetes:rbac.authorization.k8s.io/v1:Role",
        "role",
        "urn:role",
        {"rules": [{"verbs": ["get"]}, {"verbs": ["list", "*"]}]},
    )
    [result] = evaluate([role], only=["rbac-no-wildcards"])
    assert result.message == 'rules[1].verbs[1]: is "*", must be something else'


def test_a_default_is_what_the_cloud_takes_where_a_property_is_unset():
    cluster = Resource("aws:redshift/cluster:Cluster", "warehouse", "urn:warehouse", {})
    verdicts = {r.rule.id: r.verdict for r in evaluate([cluster], only=["redshift-private", "redshift-snapshots"])}
    assert verdicts == {"redshift-private": "pass", "redshift-snapshots": "fail"}
    assert Value(cluster.props).at("publiclyAccessible").absent


def test_the_pages_example_prints_what_the_page_says(capsys):
    page = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
    section = page.split("\n## Alone\n")[1].split("\n## ")[0]
    program, printed = (fence.split("\n", 1)[1] for fence in section.split("```")[1::2])
    exec(compile(program, "docs/policies.md", "exec"), {})
    assert capsys.readouterr().out == printed
