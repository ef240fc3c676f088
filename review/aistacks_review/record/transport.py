"""A plan as text, from the process that ran the program to the one that reports."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from aistacks_core.snapshot import UNKNOWN, Opaque, Plan, Registration

_UNKNOWN_KEY = "\u0000unknown"
_FIELDS = [f.name for f in fields(Registration)]


def dumps(plan: Plan) -> str:
    """The plan as JSON."""
    return json.dumps(
        {
            "resources": [_slim(r) for r in plan.resources],
            "exports": plan.exports,
            "opaque": [vars(o) for o in plan.opaque],
            "region": plan.region,
            "default_tags": plan.default_tags,
            "kubernetes": plan.kubernetes,
            "aws": plan.aws,
        },
        default=_default,
        separators=(",", ":"),
    )


def loads(table: dict[str, Any], root: str = "") -> Plan:
    """The plan in what ``json.loads(…, object_hook=known)`` gave, its files relative to ``root``."""
    start = f"{root}/" if root else ""
    return Plan(
        [_registration(_placed(r, start)) for r in table["resources"]],
        table["exports"],
        [Opaque(**_placed(o, start)) for o in table["opaque"]],
        table["region"],
        table["default_tags"],
        table["kubernetes"],
        table["aws"],
    )


def _placed(table: dict[str, Any], start: str) -> dict[str, Any]:
    file = table.get("file")
    return {**table, "file": file.removeprefix(start)} if file else table


def known(table: dict[str, Any]) -> Any:
    """Turns what stands for an unknown back into it."""
    return UNKNOWN if _UNKNOWN_KEY in table else table


def _slim(registration: Registration) -> dict[str, Any]:
    # Most of the switches are off for most resources.
    found = {name: value for name in _FIELDS if (value := getattr(registration, name)) not in (False, "", (), {}, 0)}
    if registration.replacement_trigger is not None:
        found["replacement_trigger"] = registration.replacement_trigger
    return found


def _registration(table: dict[str, Any]) -> Registration:
    given: dict[str, Any] = {"parent": "", "custom": False, "inputs": {}, "outputs": {}, **table}
    given["secrets"] = frozenset(given.get("secrets", ()))
    for name in (
        "dependencies",
        "ignore_changes",
        "replace_on_changes",
        "aliases",
        "additional_secret_outputs",
        "replace_with",
    ):
        given[name] = tuple(given.get(name, ()))
    for name in ("property_dependencies", "computed_from"):
        given[name] = {k: tuple(v) for k, v in given.get(name, {}).items()}
    return Registration(**given)


def _default(value: Any) -> Any:
    if value is UNKNOWN:
        return {_UNKNOWN_KEY: True}
    if isinstance(value, (frozenset, set)):
        return sorted(value)
    raise TypeError(type(value).__name__)
