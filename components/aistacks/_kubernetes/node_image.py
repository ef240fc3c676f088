"""Pinned versions of what a cluster's nodes run; see `node_image.yaml`."""

import functools
from typing import Any

from aistacks_core.facts import load


@functools.cache
def _facts() -> dict[str, Any]:
    facts: dict[str, Any] = load(__package__, "node_image.yaml")
    return facts


def karpenter() -> dict[str, str]:
    """``chart``, ``crd_chart``, ``image`` and ``version`` of Karpenter."""
    found: dict[str, str] = _facts()["karpenter"]
    return found


def bottlerocket_alias() -> str:
    """What Karpenter calls the pinned Bottlerocket release."""
    return f"bottlerocket@v{_facts()['bottlerocket']}"


def system_ami(kubernetes: str) -> str | None:
    """The Amazon Linux 2023 release of the system nodes; ``None`` for a version that none is pinned for."""
    found: str | None = _facts()["system_ami"].get(kubernetes)
    return found
