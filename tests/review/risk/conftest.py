"""Small plans made by hand, compared and judged as `aistacks plan` does it."""

import json

import pytest

from aistacks_core.snapshot import Plan, Registration
from aistacks_core.symbols import mark
from aistacks_review.compare.comparison import compare
from aistacks_review.risk import assess


def _urn(type_, name):
    return f"urn:pulumi:test::shop::{type_}::{name}"


def _resource(type_, name, *, refers=None, custom=True, parent="", **options):
    inputs = options.pop("inputs", {})
    dependencies = {key: tuple(r.urn for r in them) for key, them in (refers or {}).items()}
    return Registration(
        type=type_,
        name=name,
        urn=_urn(type_, name),
        parent=parent,
        custom=custom,
        inputs=inputs,
        dependencies=tuple(u for urns in dependencies.values() for u in urns),
        property_dependencies=dependencies,
        **{"secrets": frozenset(), "file": "/shop/__main__.py", "line": 7, **options},
    )


@pytest.fixture
def resource():
    """``resource(type, name, inputs={...}, refers={property: [resource]}, protect=…)``."""
    return _resource


@pytest.fixture
def identity():
    """The text that stands for a resource's id or made name in a plan."""
    return lambda r: f"{r.name}-{mark(r.urn)}"


@pytest.fixture
def judge():
    """``judge(base, head)``: the risks between two lists of resources; ``base`` may be ``None``."""

    def judge_(base, head, region="eu-west-1"):
        before = None if base is None else Plan(list(base), {}, region=region)
        after = Plan(list(head), {}, region=region)
        return assess(before, after, compare(before, after).changes)

    return judge_


@pytest.fixture
def document():
    """``document(statement, …)``: a policy's JSON."""
    return lambda *statements: json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
