"""What `Monitoring` installs and shows, from the YAML files beside this module."""

import functools
from importlib import resources
from typing import Any

import yaml


@functools.cache
def monitoring_facts(name: str) -> dict[str, Any]:
    """The facts file ``name``: ``alerts``, ``charts``, ``dashboards`` or ``metrics``."""
    text = (resources.files(__package__) / f"{name}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found
