"""The page says of each assumption what the code has."""

import re
from pathlib import Path

import yaml
from typer.main import get_command

from aistacks_cli.prices import prices
from aistacks_review.cost import Usage, read

PAGE = (Path(__file__).parents[3] / "docs" / "cost.md").read_text()
ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def test_each_assumption_is_in_the_table_with_its_default_and_its_reason():
    rows = {name: (default, reason) for name, default, reason in ROW.findall(PAGE)}
    said = {
        name: ("none" if field.default in ({}, None) else format(field.default, ",g"), field.description)
        for name, field in Usage.model_fields.items()
    }
    assert rows == said


def test_the_example_is_accepted():
    example = yaml.safe_load(re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1])
    assert read(example["config"], "docs/cost.md").budget_usd_per_month == 4000


def test_the_commands_of_the_page_exist():
    command = get_command(prices)
    lines = re.findall(r"aistacks prices ([^`\n]*)", PAGE)
    assert len(lines) == 2
    for line in lines:
        verb, *words = line.partition("#")[0].split()
        options = {o for p in command.commands[verb].params for o in p.opts}
        assert {w for w in words if w.startswith("--")} <= options
