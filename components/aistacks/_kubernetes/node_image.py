"""Pinned versions of what a cluster's nodes run; see `node_image.yaml`."""

import functools
from importlib import resources
from typing import Any

import yaml


@functools.cache
def _facts() -> dict[str, Any]:
    text = (resources.files(__package__) / "node_image.yaml").read_text(encoding="utf-8")
    facts: dict[str, Any] = yaml.safe_load(text)
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
