"""Latency: variant and reference alternately, so that other load on the machine affects both."""

from __future__ import annotations

from dataclasses import dataclass

from ..data import Array, Arrays, Split
from ..model import Model
from .document import Timing
from .worker import Worker

SLOW = 1e8
"""Nanoseconds of a run from which on there is no warm-up."""


@dataclass(frozen=True)
class Effort:
    """Measurement effort. ``resamples``: of the bootstrap."""

    rounds: int = 10
    """Rounds; variant and reference alternate in going first."""
    seconds: float = 6.0
    """Approximate duration for one batch size, reference included."""
    least: int = 30
    """Single-row runs, however long they take."""
    least_batches: int = 5
    """Runs of the largest batch, however long they take."""
    least_for_p99: int = 300
    """Single-row runs where a gate judges the slowest of 100: with fewer than 299 none need be among the slowest 1 %
    (0.99 ** 299 = 0.05)."""
    most: int = 1000
    resamples: int = 1000
    timeout: float = 300
    """Seconds after which a call of a variant counts as hung."""


def timings(
    model: Model, worker: Worker, reference: Worker, held_out: Split, effort: Effort, p99: bool
) -> list[Timing]:
    """For single rows and for the largest batch. ``p99``: whether a gate judges the slowest runs."""
    sizes = sorted({1, model.max_batch_size})
    return [
        _timing(worker, reference, batch(held_out, size), size, effort, _least(effort, size, p99)) for size in sizes
    ]


def _least(effort: Effort, size: int, p99: bool) -> int:
    if size > 1:
        return effort.least_batches
    return max(effort.least, effort.least_for_p99 if p99 else 0)


def batch(split: Split, size: int) -> Arrays:
    """The first ``size`` rows, repeated where there are fewer."""
    import numpy as np

    rows = np.arange(size) % len(split)
    return split.take(rows).inputs


def _trial(one: Worker, rows: Arrays) -> float:
    """Approximate nanoseconds of a run."""
    first = float(one.call("timed", rows, 1, 1)[0])
    return float(sorted(one.call("timed", rows, 5, 0))[2]) if first < SLOW else first


def _timing(worker: Worker, reference: Worker, rows: Arrays, size: int, effort: Effort, least: int) -> Timing:
    import numpy as np

    pair = (worker, reference)
    trial = [_trial(one, rows) for one in pair]
    runs = int(min(max(effort.seconds * 1e9 / sum(trial), least), max(effort.most, least)))
    rounds = min(effort.rounds, runs)
    each = -(-runs // rounds)
    # Warm up again, as the other's run evicted the caches; negligible for a slow run.
    warm = [int(time < SLOW) for time in trial]
    times: tuple[list[Array], list[Array]] = ([], [])
    for turn in range(rounds):
        for who in (0, 1) if turn % 2 == 0 else (1, 0):
            times[who].append(pair[who].call("timed", rows, each, warm[who]) / 1e6)
    ours, theirs = (np.concatenate(part) for part in times)
    by_round = [float(np.median(a) / np.median(b)) for a, b in zip(*times, strict=True)]
    p50, p90, p99 = (float(number) for number in np.percentile(ours, (50, 90, 99)))
    median = float(np.median(theirs))
    return Timing(
        batch=size,
        runs=len(ours),
        rounds=rounds,
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
