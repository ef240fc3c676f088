"""Facts that rules rest on, as data with source and date."""

from __future__ import annotations

from typing import Any

from aistacks_core.facts import load


def facts(name: str) -> dict[str, Any]:
    """What ``<name>.yaml`` holds."""
    found: dict[str, Any] = load(__package__, f"{name}.yaml")
    return found
