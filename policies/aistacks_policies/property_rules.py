"""Rules that are one demand on properties of one resource: tables, in ``property_rules.yaml`` and ``tables/``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from aistacks_core.facts import load

from .kms import KEYS
from .pods import SERVICES, WORKLOADS, containers, spec
from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import Answer, Answers, Value

_TYPES: Mapping[str, Types] = {
    "workloads": WORKLOADS,
    "services": SERVICES,
    "kms keys": KEYS,
    "log groups": ("aws:cloudwatch/logGroup:LogGroup",),
}
_TABLES = ("brokers", "databases", "platform", "serving")
_PARTS: Mapping[str, Callable[[Resource], list[Value]]] = {
    "resource": lambda resource: [Value(resource.props)],
    "pod": lambda workload: [spec(workload)],
    "containers": containers,
    "app containers": partial(containers, starting=False),
}


def _elements(value: Value, path: str) -> Iterator[Value]:
    """The values at a dotted path, in which ``[]`` stands for each element of a list."""
    head, each, rest = path.partition("[]")
    if not each:
        yield value.at(path)
        return
    for element in value.at(head).each():
        yield from _elements(element, rest.removeprefix(".")) if rest else [element]


def _demand(value: Value, wanted: Mapping[str, Any], resource: Resource, stack: Stack) -> Answer:
    if "default" in wanted:
        value = value.or_else(wanted["default"])
    match wanted:
        case {"be": list(allowed)}:
            return value.must_be(*allowed)
        case {"be": allowed}:
            return value.must_be(allowed)
        case {"not_be": forbidden}:
            return value.must_not_be(*forbidden)
        case {"be_at_least": least}:
            return value.must_be_at_least(least)
        case {"contain": items}:
            return value.must_hold(*items)
        case {"be_set": types} if types in _TYPES:
            return stack.must_come_from(resource, value, _TYPES[types])
        case {"be_set": True}:
            return value.must_be_set()
    raise ValueError(f"{resource.type}: {value.path} must {wanted}, which isn't a demand")


def _judge(must: Mapping[str, Mapping[str, Any]], part: str, resource: Resource, stack: Stack) -> Answers:
    for inner in _PARTS[part](resource):
        for path, wanted in must.items():
            for value in _elements(inner, path):
                yield _demand(value, wanted, resource, stack)


def _define(id_: str, entry: Mapping[str, Any]) -> None:
    types = entry["types"]
    must, part = entry["must"], entry.get("of", "resource")

    def alone(resource: Resource) -> Answers:
        return _judge(must, part, resource, Stack([resource]))

    def across(resource: Resource, stack: Stack) -> Answers:
        return _judge(must, part, resource, stack)

    looks_across = any(isinstance(wanted.get("be_set"), str) for wanted in must.values())
    function: Callable[..., Answers] = across if looks_across else alone
    function.__doc__ = entry["why"]
    rule(
        id_,
        _TYPES[types] if isinstance(types, str) else tuple(types),
        Severity(entry["severity"]),
        *entry["sources"],
        title=entry["title"],
        fix=entry["fix"],
    )(function)


def tables() -> dict[str, Mapping[str, Any]]:
    """Every entry by its rule's id, from all files."""
    found = dict(load(__package__, "property_rules.yaml"))
    for name in _TABLES:
        found |= load(__package__, f"tables/{name}.yaml")["rules"]
    return found


for _id, _entry in tables().items():
    _define(_id, _entry)
