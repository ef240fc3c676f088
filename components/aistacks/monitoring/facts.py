"""What `Monitoring` installs and shows, from `facts/`."""

import functools
from importlib import resources
from typing import Any

import yaml


@functools.cache
def monitoring_facts(name: str) -> dict[str, Any]:
    """The facts file ``name``: ``monitoring`` (charts, pod metrics), ``alerts`` or ``dashboards``."""
    text = (resources.files(__package__) / f"{name}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found
