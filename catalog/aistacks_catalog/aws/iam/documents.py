"""IAM policy documents as sets of requests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from aistacks_core.property_values import UNKNOWN, contains_unknown

from .conditions import When, atoms
from .patterns import EVERY, Words, simple, words
from .requests import Allowed, Requests

ANY_ACTION = words(["?*:?*"])
"""An action is always ``service:name``, so ``*`` and ``*:*`` are the same."""


def parsed(document: Any) -> Any:
    """A document as a mapping, parts of which may be ``UNKNOWN``; ``UNKNOWN`` where it is no JSON, or no mapping."""
    found = _read(document) if isinstance(document, str) else document
    return found if isinstance(found, Mapping) else UNKNOWN


@lru_cache(maxsize=4096)
def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return UNKNOWN


def allowed(document: Any, *, of_resource: bool = False) -> Allowed | None:
    """What a policy document allows and denies. ``None`` where it isn't known.

    ``of_resource``: it belongs to a resource and names principals; a statement without one then says nothing.
    """
    found = parsed(document)
    if contains_unknown(found):
        return None
    statements = found.get("Statement", [])
    allows, denies = [], []
    for statement in statements if isinstance(statements, list) else [statements]:
        if not isinstance(statement, Mapping):
            return None
        requests = _requests(statement, of_resource)
        if requests is None:
            continue
        if statement.get("Effect") == "Allow":
            allows.append(requests)
        elif statement.get("Effect") == "Deny":
            denies.append(requests)
    return Allowed(tuple(allows), tuple(denies))


def _requests(statement: Mapping[str, Any], of_resource: bool) -> Requests | None:
    actions = _axis(statement, "Action", lower=True)
    # A trust policy has no resource: it is the role itself.
    resources = _axis(statement, "Resource", lower=False) if {"Resource", "NotResource"} & set(statement) else EVERY
    principals = _principals(statement) if of_resource else EVERY
    when = atoms(statement.get("Condition"))
    if actions is None or resources is None or principals is None or when is None:
        return None
    return Requests(actions | ANY_ACTION, resources, principals, When(when))


def _axis(statement: Mapping[str, Any], name: str, *, lower: bool) -> Words | None:
    for key, inside in ((name, True), (f"Not{name}", False)):
        if key in statement:
            values = _texts(statement[key])
            return words((v.lower() for v in values) if lower else values, inside)
    return None


def _texts(value: Any) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else [str(value)]


def _principals(statement: Mapping[str, Any]) -> Words | None:
    for key, inside in (("Principal", True), ("NotPrincipal", False)):
        if key in statement:
            return words(_principal_patterns(statement[key]), inside)
    return None


def _principal_patterns(value: Any) -> list[str]:
    if not isinstance(value, Mapping):
        return ["*"] if value == "*" else [f"AWS:{v}" for v in _texts(value)]
    found = []
    for kind, names in value.items():
        for name in _texts(names):
            if kind == "AWS":
                found += _of_aws(name)
            else:
                found.append(f"{kind}:{simple(name)}")
    return found


def _of_aws(name: str) -> list[str]:
    if name == "*":
        # IAM reads it as `"Principal": "*"`: everybody, without signing in too.
        return ["*"]
    account = name
    if name.startswith("arn:") and name.endswith(":root"):
        account = name.split(":")[4]
    if account.isdigit():
        # An account stands for every identity in it.
        return [f"AWS:arn:*:iam::{account}:*", f"AWS:arn:*:sts::{account}:*"]
    return [f"AWS:{name}"]
