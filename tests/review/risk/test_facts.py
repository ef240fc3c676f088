"""The tables that rules rest on: sources, and names that the SDK knows."""

import re
from pathlib import Path

import pytest
import yaml

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
