"""Finds an object of Kubernetes by its kind and name."""

from __future__ import annotations

from ..account import Account
from ..deployment import Deployment, Resource
from .found import Found, NoLookup


def known(token: str) -> bool:
    """Whether the type is one of Kubernetes."""
    return token.partition(":")[0] == "kubernetes"


def find(resource: Resource, account: Account, known: Deployment) -> list[Found]:  # noqa: ARG001
    """As ``lookups.find`` says, for a type of Kubernetes."""
    raise NoLookup(f"{resource.type}: objects of Kubernetes aren't looked up yet")
