"""AWS's own managed policies, as far as they are known, from ``managed_policies.csv``."""

from __future__ import annotations

import csv
import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def statements(path: str) -> list[Any] | None:
    """The statements of the policy at ``path`` below ``arn:aws:iam::aws:policy/``; ``None``: not known."""
    text = _rows().get(path)
    found: list[Any] | None = None if text is None else json.loads(text)
    return found


@cache
def _rows() -> dict[str, str]:
    text = files(__package__).joinpath("managed_policies.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["policy"]: row["statements"] for row in rows}
