"""What AWS Backup and Redshift do, from `backup.yaml`."""

import functools
from typing import Any

from aistacks_core.facts import load


@functools.cache
def facts() -> dict[str, Any]:
    """The content of `backup.yaml`."""
    found: dict[str, Any] = load(__package__, "backup.yaml")
    return found
