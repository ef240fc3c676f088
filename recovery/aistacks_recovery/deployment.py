"""A stack's deployment as the engine exports it: its resources, and the operations that never ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Resource:
    """One resource of a deployment.

    ``inputs`` and ``outputs`` are the engine's wire values, with secrets as the engine exported them. ``id`` is empty
    for a component and for what is still being created. ``provider`` is the provider's URN and id, as the engine
    notes them (``<urn>::<id>``). ``external``: read by the program, not managed by it.
    """

    urn: str
    type: str
    id: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    parent: str = ""
    provider: str = ""
    custom: bool = True
    external: bool = False
    protect: bool = False
    retained: bool = False
    """Left in place when it is deleted (``retain_on_delete``)."""
    gone: bool = False
    """Deleted already, and in the state only until its successor is made (the engine's ``pendingReplacement``)."""

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True)
class Pending:
    """An operation of which the engine noted the beginning and not the end.

    ``operation`` is the engine's word: ``creating``, ``updating``, ``deleting``, ``reading`` or ``importing``.
    """

    operation: str
    resource: Resource


@dataclass(frozen=True)
class Deployment:
    """``resources`` in the engine's order: what others depend on comes first."""

    resources: tuple[Resource, ...]
    pending: tuple[Pending, ...]


def read(deployment: Mapping[str, Any] | None) -> Deployment:
    """The deployment of ``pulumi stack export`` (the value of its ``deployment``); empty for a new stack."""
    found = deployment or {}
    resources = tuple(_resource(each) for each in found.get("resources") or [])
    pending = tuple(
        Pending(str(each["type"]), _resource(each["resource"])) for each in found.get("pending_operations") or []
    )
    return Deployment(resources, pending)


def _resource(noted: Mapping[str, Any]) -> Resource:
    return Resource(
        urn=noted["urn"],
        type=noted["type"],
        id=str(noted.get("id") or ""),
        inputs=noted.get("inputs") or {},
        outputs=noted.get("outputs") or {},
        parent=noted.get("parent") or "",
        provider=noted.get("provider") or "",
        custom=bool(noted.get("custom")),
        external=bool(noted.get("external")),
        protect=bool(noted.get("protect")),
        retained=bool(noted.get("retainOnDelete")),
        gone=bool(noted.get("pendingReplacement")),
    )
