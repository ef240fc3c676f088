"""Facts that rules rest on, as data with source and date."""

from __future__ import annotations

import csv
import json
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def facts(name: str) -> dict[str, Any]:
    """The table ``<name>.yaml``."""
    text = files(__package__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    table: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    return table


@cache
def managed_policy(path: str) -> list[Any] | None:
    """The statements of AWS's managed policy at ``path`` below ``arn:aws:iam::aws:policy/``; ``None``: not known."""
    text = _managed_policies().get(path)
    found: list[Any] | None = None if text is None else json.loads(text)
    return found


@cache
def _managed_policies() -> dict[str, str]:
    text = files(__package__).joinpath("managed_policies.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["policy"]: row["statements"] for row in rows}
