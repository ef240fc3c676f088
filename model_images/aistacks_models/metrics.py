"""Quality metrics: one number overall, and one per class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .data import Array, Arrays


@dataclass(frozen=True)
class Metric:
    """A measure of quality, greater is better.

    ``of``: outputs and targets → the number. ``per_class``: the same → one number for each class, or ``None`` where
    classes make no sense. ``answer``: outputs → the prediction of each row (or token), compared for agreement.
    """

    name: str
    of: Callable[[Arrays, Array], float]
    answer: Callable[[Arrays], Array]
    per_class: Callable[[Arrays, Array], dict[str, float]] | None = None


def output(name: str) -> Callable[[Arrays], Array]:
    """The output ``name``, one answer per row: shape (n,) where it is (n, 1)."""

    def answer(outputs: Arrays) -> Array:
        array = outputs[name]
        return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array

    return answer


def accuracy(name: str) -> Callable[[Arrays, Array], float]:
    """Share of the rows whose output ``name`` equals the target."""
    answer = output(name)
    return lambda outputs, targets: float((answer(outputs) == targets).mean())


def by_class(name: str, classes: Sequence[str]) -> Callable[[Arrays, Array], dict[str, float]]:
    """Recall by class: the share of its rows that ``name`` predicts correctly; a class without rows is left out."""
    answer = output(name)

    def recall(outputs: Arrays, targets: Array) -> dict[str, float]:
        right = answer(outputs) == targets
        rows = {text: targets == number for number, text in enumerate(classes)}
        return {text: float(right[mine].mean()) for text, mine in rows.items() if mine.any()}

    return recall
