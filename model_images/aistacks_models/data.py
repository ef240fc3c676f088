"""The data that a model is trained, calibrated and evaluated on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np

Array: TypeAlias = "np.ndarray[Any, Any]"
Arrays: TypeAlias = "dict[str, Array]"


@dataclass(frozen=True)
class Split:
    """Rows of one kind.

    ``inputs``: input name → array of shape (n, …) in the tensor's type. ``targets``: shape (n, …), what the metric
    and the loss compare with.
    """

    inputs: Arrays
    targets: Array

    def __len__(self) -> int:
        return len(self.targets)

    def take(self, rows: Any) -> Split:
        """The rows that ``rows`` picks: a slice or an array of indices."""
        return Split({name: array[rows] for name, array in self.inputs.items()}, self.targets[rows])


@dataclass(frozen=True)
class Splits:
    """``train`` for training and calibration, ``validation`` for model selection, ``held_out`` for evaluation only.

    ``source``: where the data comes from, or how it was generated. ``licence``: an SPDX id, or what is known.
    """

    train: Split
    validation: Split
    held_out: Split
    source: str
    licence: str
