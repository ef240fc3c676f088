"""One plan, with what is looked up in it: by URN, by type, by mark, and who refers to whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from aistacks_catalog.aws.types.facts import canonical_token
from aistacks_core.snapshot import Plan, Registration
from aistacks_core.symbols import ACCOUNT, mark, marks

RESOURCE_NAMES = ("name", "bucket", "identifier", "clusterIdentifier", "repositoryName")
"""Inputs that hold a resource's name in AWS."""


class SnapshotIndex:
    """One plan, with what is looked up in it."""

    def __init__(self, plan: Plan, account: str = "") -> None:
        self.plan = plan
        self.account = account

    def normalized(self, value: Any) -> Any:
        """``value`` with the account's own ID, where it is known, replaced by the placeholder that symbols have."""
        if not self.account or self.account == ACCOUNT:
            return value
        if isinstance(value, str):
            return value.replace(self.account, ACCOUNT)
        if isinstance(value, Mapping):
            return {self.normalized(k): self.normalized(v) for k, v in value.items()}
        return [self.normalized(v) for v in value] if isinstance(value, list) else value

    @cached_property
    def by_urn(self) -> dict[str, Registration]:
        """Registrations by URN."""
        return {r.urn: r for r in self.plan.resources}

    @cached_property
    def by_mark(self) -> dict[str, Registration]:
        """Registrations by the mark that stands for them in texts."""
        return {mark(r.urn): r for r in self.plan.resources if r.custom}

    @cached_property
    def by_type(self) -> dict[str, list[Registration]]:
        """Registrations by token, older tokens under today's."""
        found: dict[str, list[Registration]] = {}
        for resource in self.plan.resources:
            found.setdefault(canonical_token(resource.type), []).append(resource)
        return found

    @cached_property
    def users(self) -> dict[str, list[tuple[Registration, str]]]:
        """By URN: who refers to it, and with which property."""
        found: dict[str, list[tuple[Registration, str]]] = {}
        for resource in self.plan.resources:
            for key, urns in resource.property_dependencies.items():
                for urn in set(urns):
                    found.setdefault(urn, []).append((resource, key))
        return found

    def of(self, *types: str) -> Iterator[Registration]:
        """The resources of these tokens."""
        for type_ in types:
            yield from self.by_type.get(type_, [])

    def resolve(self, resource: Registration, key: str, types: Iterable[str] = ()) -> Registration | None:
        """The resource that the property ``key`` refers to: by the mark in it, else by the program's dependencies,
        else by a name that is written out. Only one of ``types``, where any is given."""
        return self.resolve_value(resource.inputs.get(key), types, resource.property_dependencies.get(key, ()))

    def resolve_value(
        self, value: Any, types: Iterable[str] = (), dependencies: Iterable[str] = ()
    ) -> Registration | None:
        """The resource that ``value`` (an id, a name, an ARN) refers to, as ``resolve`` finds it."""
        wanted = tuple(types)
        for found_mark in marks(value):
            found = self.by_mark.get(found_mark)
            if found is not None and (not wanted or found.type in wanted):
                return found
        for urn in dependencies:
            found = self.by_urn.get(urn)
            if found is not None and found.custom and (not wanted or found.type in wanted):
                return found
        if isinstance(value, str) and value:
            for candidate in self.of(*wanted):
                names = (candidate.inputs.get(k) for k in RESOURCE_NAMES)
                if any(n == value or (isinstance(n, str) and n and value.endswith((f"/{n}", f":{n}"))) for n in names):
                    return candidate
        return None
