"""How long a run takes: variant and reference by turns, so that what the machine does meanwhile hits both."""

from __future__ import annotations

from dataclasses import dataclass

from ..data import Array, Arrays, Split
from ..model import Model
from .child import Child
from .document import Timing


@dataclass(frozen=True)
class Effort:
    """How long to measure. ``resamples``: of the bootstrap."""

    rounds: int = 10
    """Turns; in each, variant and reference change who is first."""
    seconds: float = 6.0
    """About how long one size of batch takes, reference included."""
    least: int = 30
    """Runs of one size of batch, however long they take."""
    least_for_p99: int = 300
    """Single-row runs where a gate judges the slowest of 100: with fewer than 299 none need be among the slowest 1 %
    (0.99 ** 299 = 0.05)."""
    most: int = 1000
    resamples: int = 1000
    patience: float = 900
    """Seconds that any one call of a variant may take before it counts as hung."""


def timings(model: Model, child: Child, reference: Child, held_out: Split, effort: Effort, p99: bool) -> list[Timing]:
    """For single rows and for the largest batch. ``p99``: whether a gate judges the slowest runs."""
    sizes = sorted({1, model.max_batch_size})
    return [
        _timing(child, reference, batch(held_out, size), size, effort, effort.least_for_p99 if p99 and size == 1 else 0)
        for size in sizes
    ]


def batch(split: Split, size: int) -> Arrays:
    """``size`` rows from the first on, begun again where there are fewer."""
    import numpy as np

    rows = np.arange(size) % len(split)
    return split.take(rows).inputs


def _timing(child: Child, reference: Child, rows: Arrays, size: int, effort: Effort, least: int) -> Timing:
    import numpy as np

    pair = (child, reference)
    trial = [float(np.median(one.call("timed", rows, 3, 3))) for one in pair]
    wanted = effort.seconds * 1e9 / sum(trial)
    runs = int(min(max(wanted, effort.least, least), max(effort.most, least)))
    each = -(-runs // effort.rounds)
    times: tuple[list[Array], list[Array]] = ([], [])
    for turn in range(effort.rounds):
        for who in (0, 1) if turn % 2 == 0 else (1, 0):
            times[who].append(pair[who].call("timed", rows, each, 1) / 1e6)
    ours, theirs = (np.concatenate(part) for part in times)
    by_round = [float(np.median(a) / np.median(b)) for a, b in zip(*times, strict=True)]
    p50, p90, p99 = (float(number) for number in np.percentile(ours, (50, 90, 99)))
    median = float(np.median(theirs))
    return Timing(
        batch=size,
        runs=len(ours),
        rounds=effort.rounds,
        p50_ms=p50,
        p90_ms=p90,
        p99_ms=p99,
        rows_per_second=size / p50 * 1000,
        reference_p50_ms=median,
        ratio=p50 / median,
        ratio_low=min(by_round),
        ratio_high=max(by_round),
        percentiles_ms=tuple(float(f"{number:.6g}") for number in np.percentile(ours, range(101))),
    )
