"""The table of look-ups: complete, and written in the words of botocore and of the provider."""

from __future__ import annotations

import json
import lzma
import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from aistacks_catalog.aws.types.sdk import shape
from aistacks_recovery.lookups import kubernetes, table
from aistacks_recovery.lookups.expressions import compiled
from aistacks_sandbox.providers.aws import table as rows

ROOT = Path(__file__).parents[3]
LOOKUPS = table.lookups()


def _used_by_the_library() -> set[str]:
    """Types of AWS that a component or an example makes, as the program writes them (``ec2.Vpc``)."""
    found: set[str] = set()
    for folder in ("components", "stacks", "examples"):
        for file in (ROOT / folder).rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            found |= {".".join(pair) for pair in re.findall(r"\baws\.(\w+)\.([A-Z]\w+)\(", text)}
    return {name for name in found if not name.endswith("Args")}


def _recorded() -> set[str]:
    """The types of everything that the recorded states hold."""
    types: set[str] = set()
    for file in (ROOT / "tests" / "upgrades" / "states").rglob("*.json.xz"):
        state = json.loads(lzma.decompress(file.read_bytes()))
        types |= {each["type"] for each in state.get("deployment", state)["resources"] if each.get("custom")}
    return types


def test_every_type_of_the_library_and_the_sandbox_can_be_looked_up_or_says_why_not() -> None:
    wanted = {*rows.tokens(), *(each for each in _recorded() if each.startswith("aws:"))}
    assert wanted - {*LOOKUPS, *table.reasons()} == set()


def test_every_type_that_the_library_writes_is_among_them() -> None:
    written = {token.split(":")[1].partition("/")[0] + "." + token.rpartition(":")[2] for token in LOOKUPS}
    assert _used_by_the_library() - written == set()


def test_every_other_type_of_the_recorded_states_is_kubernetes_or_the_engines_own() -> None:
    others = {each for each in _recorded() if not each.startswith("aws:")}
    assert {each for each in others if not (kubernetes.known(each) or table.without_cloud(each.split(":")[0]))} == set()


def _service(name: str) -> Any:
    return botocore.session.get_session().get_service_model(name)


def _operation(service: str, call: str) -> Any:
    model = _service(service)
    named = {xform_name(name): name for name in model.operation_names}
    return model.operation_model(named[call])


def _keys(expression: str) -> set[str]:
    """The top-level keys of an object that an expression makes."""
    node = compiled(expression).parsed
    assert node["type"] == "multi_select_dict", expression
    return {pair["value"] for pair in node["children"]}


def _first_fields(node: Any) -> set[str]:
    """The fields that an expression takes from the top of what it is asked of."""
    if node["type"] == "field":
        return {node["value"]}
    if node["type"] in ("subexpression", "projection", "filter_projection", "flatten", "index_expression"):
        return _first_fields(node["children"][0])
    return {field for child in node["children"] if isinstance(child, dict) for field in _first_fields(child)}


@pytest.mark.parametrize("token", sorted(LOOKUPS))
def test_a_call_has_the_parameters_and_the_answer_that_the_service_has(token: str) -> None:
    lookup = LOOKUPS[token]
    calls = [(lookup.service, lookup.call, lookup.params, lookup.each)]
    calls += [(more.service or lookup.service, more.call, more.params, more.take) for more in lookup.more]
    for service, call, params, taken in calls:
        operation = _operation(service, call)
        members = operation.input_shape.members if operation.input_shape else {}
        given = _keys(params) if params else set()
        assert given <= set(members), (call, given)
        assert set(operation.input_shape.required_members if operation.input_shape else ()) <= given, call
        assert _first_fields(compiled(taken).parsed) <= {*operation.output_shape.members, "null"}, (call, taken)


@pytest.mark.parametrize("token", sorted(LOOKUPS))
def test_what_is_compared_and_needed_are_inputs_of_the_type(token: str) -> None:
    lookup = LOOKUPS[token]
    inputs = {*shape(token).inputs}
    named = {re.split(r"[.\[]", path)[0] for path in [*lookup.match, *lookup.holds, *lookup.unique]}
    named |= {re.split(r"[.\[]", path)[0] for more in lookup.more for path in more.match}
    named |= {name for need in lookup.needs for name in need.split(" or ")}
    texts = [lookup.params, lookup.keep, lookup.id, lookup.import_id, lookup.shown, *(m.params for m in lookup.more)]
    named |= {name for text in texts for name in re.findall(r"\binput\.(\w+)", text)}
    assert named - inputs == set()


def test_no_look_up_changes_anything() -> None:
    calls = {lookup.call for lookup in LOOKUPS.values()} | {m.call for each in LOOKUPS.values() for m in each.more}
    assert {call for call in calls if not re.match(r"(describe|get|list|head)_", call)} == set()
