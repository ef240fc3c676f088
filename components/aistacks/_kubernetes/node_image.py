"""Pinned versions of node images and of Karpenter; see `node_image.yaml`."""

import functools
from typing import Any

from aistacks_catalog import compatibility
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
    """The pinned Bottlerocket release as a Karpenter AMI alias."""
    return f"bottlerocket@v{_facts()['bottlerocket']}"


def system_ami(kubernetes: str) -> str | None:
    """The Amazon Linux 2023 AMI release for a Kubernetes minor version; ``None`` if none is pinned."""
    return compatibility.system_ami(kubernetes)
