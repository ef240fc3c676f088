"""The worker process's side of a variant. `worker.Worker.call` sends the names of its methods."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..data import Array, Arrays
from ..model import Model
from ..variants import Variant

if TYPE_CHECKING:
    from collections.abc import Callable


class Runner(Protocol):
    """Runs a variant."""

    def run(self, inputs: Arrays) -> Arrays:
        """Input name → array (n, …); gives output name → array (n, …). Raises on what is malformed."""
        ...


class Session:
    """A variant, opened."""

    def __init__(
        self, opener: Callable[..., Runner], variant: Variant, folder: Path, model: Model, threads: int
    ) -> None:
        self.runner = opener(variant, folder, model, threads=threads)

    def run(self, inputs: Arrays) -> Arrays:
        """One batch."""
        return self.runner.run(inputs)

    def timed(self, inputs: Arrays, runs: int, warm: int = 1) -> Array:
        """Nanoseconds of each of ``runs`` runs of one batch, after ``warm`` warm-up runs."""
        import numpy as np

        for _ in range(warm):
            self.runner.run(inputs)
        times = np.empty(runs, np.int64)
        for index in range(runs):
            began = time.perf_counter_ns()
            self.runner.run(inputs)
            times[index] = time.perf_counter_ns() - began
        return times
