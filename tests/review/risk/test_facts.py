"""The tables that rules rest on: sources, and names that the SDK knows."""

import re
from pathlib import Path

import botocore.session
import pytest
import yaml

from aistacks_catalog.aws.types import facts as types
from aistacks_catalog.aws.types.sdk import shape

FACTS = Path(__file__).parents[3] / "review" / "aistacks_review" / "risk" / "facts"
TABLES = sorted(FACTS.glob("*.yaml"))


def load(name):
    return yaml.safe_load((FACTS / f"{name}.yaml").read_text())


@pytest.mark.parametrize("path", TABLES, ids=lambda p: p.stem)
def test_each_table_says_where_and_when_it_was_read(path):
    table = yaml.safe_load(path.read_text())
    assert table["source"].strip()
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(table["date"]))


ROWS = [
    (table, group, row)
    for table, groups in (
        ("interruption", ("restarts",)),
        ("irreversible", ("grows", "engines", "keys", "final")),
        ("retention", ("rows", "switches", "protections")),
    )
    for group in groups
    for row in load(table)[group]
]


@pytest.mark.parametrize("table", ["interruption", "irreversible", "retention"])
def test_each_group_without_sources_of_its_own_has_one(table):
    about = load(table)
    groups = {key for key, value in about.items() if isinstance(value, (list, dict)) and key != "sources"}
    own = {group for name, group, _ in ROWS if name == table}
    assert set(about["sources"]) == groups - own
    assert all(about["sources"].values())


@pytest.mark.parametrize(("table", "group", "row"), ROWS, ids=lambda x: x["type"] if isinstance(x, dict) else x)
def test_each_row_has_a_source_that_is_there(table, group, row):
    source = row["source"]
    if source.startswith(("https://docs.aws.amazon.com/", "https://github.com/aws/")):
        return
    if source.startswith("internal/service/"):
        assert re.fullmatch(r"internal/service/[a-z0-9]+ [A-Za-z]+(\.[A-Z][a-z]+)?", source)
        return
    operation, _, members = source.partition(": ")
    service, name = operation.split()
    shape_ = botocore.session.get_session().get_service_model(service).operation_model(name).input_shape
    assert members
    assert set(members.split(", ")) <= set(shape_.members)


def test_what_is_told_of_a_change_in_place_is_no_replacement():
    """Where a property surely replaces, nothing of it is changed in place."""
    for _, group, row in ROWS:
        if group != "final":
            for path in row.get("properties") or [row["property"]]:
                assert not types.facts(types.canonical_token(row["type"])).forces_replacement(path), (row["type"], path)


def named():
    """Every property that a table names, by type."""
    retention, exposure, irreversible = load("retention"), load("exposure"), load("irreversible")
    interruption, policies = load("interruption"), load("resource_policies")["types"]
    rows = [*retention["rows"], *retention["switches"], *retention["protections"], *exposure["switches"]]
    rows += [row for key in ("grows", "engines", "keys", "final") for row in irreversible[key]]
    yield from ((row["type"], row["property"]) for row in rows)
    yield from ((row["type"], name) for row in interruption["restarts"] for name in row["properties"])
    keys = ("needs", "keeps", "protection", "skips", "snapshot", "window")
    stateful = load("stateful")["types"].items()
    yield from ((type_, about[key]) for type_, about in stateful for key in keys if key in about)
    yield from ((type_, about[key]) for type_, about in policies.items() for key in ("policy", "of") if key in about)
    yield from ((type_, name) for type_, names in exposure["blocks"].items() for name in names)
    only = (*retention["copies"], *exposure["guards"], *interruption["serves"], *irreversible["names"])
    yield from ((type_, "") for type_ in only)


def test_every_type_and_property_is_one_of_the_sdk():
    unknown = []
    for type_, path in named():
        if type_.startswith("aws:"):
            # A few types have their inputs in a class of another name; their outputs hold the same.
            inputs = shape(type_).inputs or set(shape(type_).outputs)
            name = re.split(r"[.\[]", path)[0]
            if not inputs or (name and name not in inputs):
                unknown.append((type_, path))
    assert unknown == []
