"""Loads the YAML files of `Monitoring`."""

import functools
from typing import Any

from aistacks_core.facts import load


@functools.cache
def monitoring_facts(name: str) -> dict[str, Any]:
    """The facts file ``name``: ``alerts``, ``charts``, ``dashboards`` or ``metrics``."""
    found: dict[str, Any] = load(__package__, f"{name}.yaml")
    return found
