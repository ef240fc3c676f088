"""The rules' fixtures, read from `fixtures/*.yaml`: a file for a module of rules."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from aistacks_core.property_values import UNKNOWN
from aistacks_core.symbols import mark
from aistacks_policies import Resource, Stack, rules

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*.yaml"))


@dataclass(frozen=True)
class Ref:
    """Another resource's id."""

    name: str


class _Loader(yaml.SafeLoader):
    pass


_Loader.add_constructor("!ref", lambda loader, node: Ref(node.value))
_Loader.add_constructor("!unknown", lambda loader, node: UNKNOWN)
_Loader.add_constructor("!json", lambda loader, node: json.dumps(loader.construct_mapping(node, deep=True)))


@dataclass(frozen=True)
class Case:
    """One fixture. ``resources``: token, name and properties of each."""

    rule: str
    verdict: str
    resources: list[tuple[str, str, dict[str, Any]]]

    def stack(self, symbols: bool = True, today: Any = None) -> Stack:
        """Its resources. References are symbols, as in a plan, or unknown, as in the engine's first preview."""
        urns = {name: _urn(token, name) for token, name, _ in self.resources}
        made = [
            Resource(
                token,
                name,
                urns[name],
                _resolved(props, urns, symbols),
                depends={k: found for k, v in props.items() if (found := tuple(_refs(v, urns)))},
            )
            for token, name, props in self.resources
        ]
        return Stack(made, marks={mark(urn): urn for urn in urns.values()} if symbols else {}, today=today)

    def judged(self, stack: Stack) -> Resource:
        """The resource that the rule speaks of."""
        return next(r for r in stack.resources if r.type in rules()[self.rule].types)


def _urn(token: str, name: str) -> str:
    return f"urn:pulumi:test::fixtures::{token}::{name}"


def _refs(value: Any, urns: dict[str, str]) -> Any:
    if isinstance(value, Ref):
        yield urns[value.name]
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _refs(item, urns)


def _resolved(value: Any, urns: dict[str, str], symbols: bool) -> Any:
    if isinstance(value, Ref):
        return f"{value.name}-{mark(urns[value.name])}" if symbols else UNKNOWN
    if isinstance(value, dict):
        return {k: _resolved(v, urns, symbols) for k, v in value.items()}
    return [_resolved(v, urns, symbols) for v in value] if isinstance(value, list) else value


def cases() -> list[Case]:
    """Every fixture of every rule."""
    found = []
    for path in FIXTURES:
        table = yaml.load(path.read_text(), _Loader)
        kinds = table.pop("types")
        for rule, by_verdict in table.items():
            for verdict, several in by_verdict.items():
                for one in several:
                    resources = [(kinds[k], name, props) for key, props in one.items() for k, name in [key.split(" ")]]
                    found.append(Case(rule, verdict, resources))
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for argument, verdicts in (("case", ("pass", "fail", "unknown")), ("failing_case", ("fail",))):
        if argument in metafunc.fixturenames:
            counted: Counter[str] = Counter()
            named = {}
            for case in (c for c in cases() if c.verdict in verdicts):
                name = f"{case.rule}-{case.verdict}"
                counted[name] += 1
                named[f"{name}-{counted[name]}"] = case
            metafunc.parametrize(argument, named.values(), ids=named)


@pytest.fixture(scope="session")
def every_case() -> list[Case]:
    return cases()
