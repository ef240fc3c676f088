"""Each rule on its fixtures: what passes, what fails, and what can't be told."""

import copy
import importlib
import keyword
import re
from datetime import date

import pulumi
import pytest

from aistacks_core.property_values import UNKNOWN
from aistacks_policies import Resource, Stack, judge, rules
from aistacks_policies.values import Verdict, worst

TODAY = date(2026, 11, 24)
ODD = (
    None,
    "",
    "x",
    "*",
    0,
    -1,
    1.5,
    True,
    [],
    {},
    [None],
    {"a": []},
    "zz0123456789abzz",
    '{"Statement": 7}',
    "[" * 3000,
)
PACK_IDS = re.compile(
    r"^(CKV2?_(AWS|K8S)_\d+|[A-Z][A-Za-z0-9]+\.\d+|CIS EKS \d\.\d\.\d|CIS AWS \d(\.\d)+"
    r"|EKS best practices|Pod Security Standards: \w+)$"
)


def verdict(case, stack):
    return judge(rules()[case.rule], case.judged(stack), stack).verdict


def test_a_rule_says_of_its_fixture_what_it_is_there_for(case):
    stack = case.stack(today=TODAY)
    result = judge(rules()[case.rule], case.judged(stack), stack)
    assert result.verdict == case.verdict, result.message
    assert bool(result.message) == (case.verdict != "pass")
    assert "the rule broke" not in result.message


def test_references_that_are_not_known_yet_never_turn_a_verdict_round(case):
    opposite = {"pass": "fail", "fail": "pass"}.get(case.verdict)
    assert verdict(case, case.stack(symbols=False, today=TODAY)) != opposite


def test_what_fails_never_passes_where_a_value_becomes_unknown(failing_case):
    passing = [
        where
        for where, changed in variations(failing_case.stack(today=TODAY), [UNKNOWN])
        if verdict(failing_case, changed) is Verdict.PASS
    ]
    assert passing == []


def test_most_failing_cases_have_values_that_can_become_unknown(every_case):
    failing = [case for case in every_case if case.verdict == "fail"]
    bare = [case for case in failing if next(variations(case.stack(today=TODAY), [UNKNOWN]), None) is None]
    # A resource may fail by what it lacks.
    assert len(bare) < len(failing) / 4


def test_no_odd_value_breaks_a_rule(case):
    rule = rules()[case.rule]
    for where, changed in variations(case.stack(today=TODAY), ODD):
        try:
            worst(rule.check(case.judged(changed), changed))
        except Exception as error:  # noqa: BLE001
            pytest.fail(f"{where}: {error!r}")


def variations(stack, values):
    """The stack with one value of one resource replaced, for each place and each of ``values``."""
    for index, resource in enumerate(stack.resources):
        for path in paths(resource.props):
            for value in values:
                props = copy.deepcopy(dict(resource.props))
                put(props, path, value)
                made = Resource(resource.type, resource.name, resource.urn, props, depends=resource.depends)
                others = [made if i == index else r for i, r in enumerate(stack.resources)]
                yield f"{resource.name} {path} = {value!r:.40}", Stack(others, marks=stack._marks, today=stack.today)


def paths(value, path=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from paths(item, (*path, key))


def put(value, path, new):
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = new


def test_every_rule_has_a_passing_a_failing_and_an_unknown_fixture(every_case):
    there = {(c.rule, c.verdict) for c in every_case}
    wanted = {(rule, verdict) for rule in rules() for verdict in ("pass", "fail", "unknown")}
    assert there == wanted


def test_every_rule_says_what_it_is_why_and_what_to_do():
    assert len(rules()) > 100
    for rule in rules().values():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.id)
        assert rule.title and not rule.title.endswith(".") and len(rule.title) <= 90, rule.id
        assert rule.description.endswith("."), rule.id
        assert rule.fix.endswith("."), rule.id
        assert all(PACK_IDS.match(s) for s in rule.sources), (rule.id, rule.sources)
        assert len(set(rule.sources)) == len(rule.sources), rule.id


def test_properties_in_fixtures_are_the_providers_own(every_case):
    wrong = []
    for case in every_case:
        for token, _, props in case.resources:
            known = properties_of(token)
            wrong += [f"{case.rule}: {token} {key}" for key in props if key not in known]
    assert not sorted(set(wrong))


def properties_of(token):
    package, module, kind = token.split(":")
    if package == "kubernetes":
        return {"metadata", "spec", "rules", "subjects", "provisioner", "parameters", "chart", "version"}
    folder = module.split("/")[0]
    made = getattr(importlib.import_module(f"pulumi_aws.{folder}{'_' * keyword.iskeyword(folder)}"), kind)
    module = importlib.import_module(made.__module__)
    # Where a nested input of another resource has the name, the SDK calls the resource's own `…InitArgs`.
    args = getattr(module, f"{kind}InitArgs", None) or getattr(module, f"{kind}Args")
    return set(pulumi._types.input_type_py_to_pulumi_names(args).values())
