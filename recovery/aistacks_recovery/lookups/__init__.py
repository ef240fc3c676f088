"""From a resource's type and inputs to what there is of it in the cloud."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from ..account import Account
from ..deployment import Deployment, Resource


@dataclass(frozen=True)
class Found:
    """One thing in the cloud that could be the resource that was asked for."""

    id: str
    """As the provider would have given it, and as it expects it for an import."""
    certain: bool
    """By a name or key that only one thing can have, or by all the tags and fields that identify it."""
    created: dt.datetime | None = None
    shown: str = ""
    """An ARN, or kind/namespace/name, for people."""


class NoLookup(Exception):  # noqa: N818 (no error: a type that nobody has described)
    """Nobody has said how to look this type up."""


def find(resource: Resource, account: Account, known: Deployment) -> list[Found]:  # noqa: ARG001
    """What there is of ``resource`` that ``known`` doesn't have; empty: it wasn't made. Raises ``NoLookup``."""
    raise NoLookup(f"nobody has said how to look {resource.type} up")
