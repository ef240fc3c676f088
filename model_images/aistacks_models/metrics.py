"""How good answers are: one number, and one per class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .data import Array, Arrays


@dataclass(frozen=True)
class Metric:
    """A measure of quality, greater is better.

    ``of``: outputs and targets → the number. ``per_class``: the same → one number for each class, or ``None`` where
    classes make no sense. ``answer``: outputs → what counts as the answer of each row (or token), for agreement.
    """

    name: str
    of: Callable[[Arrays, Array], float]
    answer: Callable[[Arrays], Array]
    per_class: Callable[[Arrays, Array], dict[str, float]] | None = None
