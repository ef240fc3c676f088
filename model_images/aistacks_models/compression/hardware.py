"""The hardware that a step is useful on, from `pays_on.csv`, where each claim has its source."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from ..steps import Recipe


def pays_on(recipe: Recipe) -> tuple[str, ...]:
    """A line for each step of ``recipe`` whose effect depends on the hardware."""
    lines = []
    for step in recipe.steps:
        option = getattr(step, "scheme", getattr(step, "dtype", ""))
        hardware = _table().get((step.kind, option))
        if hardware:
            lines.append(f"{step.kind}{f' {option}' if option else ''}: {hardware}")
    return tuple(lines)


@cache
def _table() -> dict[tuple[str, str], str]:
    with Path(__file__).with_name("pays_on.csv").open(newline="") as file:
        return {(row["step"], row["option"]): row["hardware"] for row in csv.DictReader(file)}
