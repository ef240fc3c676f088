"""The quality that a variant loses, with a bootstrap confidence interval.

Rows are drawn with replacement, the same rows for variant and reference (paired), and the metric is taken of both:
the noise that the two share, which is nearly all of it, cancels out. The interval is bias-corrected and accelerated
(BCa) up to `JACKKNIFE` rows and by percentile beyond, where the two hardly differ and BCa's jackknife costs a metric
for each row.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass, field
from typing import Any

from ..data import Array, Arrays, Split
from ..metrics import Metric
from ..model import Model
from .document import ClassQuality, ClassReport, Interval, Quality

JACKKNIFE = 500


@dataclass
class QualityEstimator:
    """The metric over resamples of the held-out rows. The reference's values are computed once for all variants."""

    model: Model
    held_out: Split
    reference: Arrays
    confidence: float
    resamples: int
    seed: int
    _known: dict[bytes, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._whole = _values(self.model.metric, self.reference, self.held_out.targets)
        self._names = [name for name in self._whole if name]

    def quality(self, outputs: Arrays) -> Quality:
        """Of the variant that gave ``outputs`` for the held-out rows."""
        import numpy as np

        rows = len(self.held_out)
        value = _values(self.model.metric, outputs, self.held_out.targets)
        ours, theirs = self._vector(value), self._vector(self._whole)
        same = all(outputs[name].tobytes() == array.tobytes() for name, array in self.reference.items())
        # A single row can't be resampled.
        method = "none" if rows < 2 else "BCa" if rows <= JACKKNIFE else "percentile"
        low, high = self._interval(outputs, method) if rows > 1 else (_wide(ours, theirs, -1), _wide(ours, theirs, 1))

        def interval(of: Array, part: int, index: int) -> Interval:
            place = part * len(ours) + index
            return Interval(value=float(of[index]), low=float(low[place]), high=float(high[place]))

        differences = np.nan_to_num(ours - theirs)
        classes = tuple(
            ClassQuality(
                name=name,
                rows=rows_of(name, self.model.classes, self.held_out.targets),
                value=_finite(ours[index]),
                reference=_finite(theirs[index]),
                difference=interval(differences, 2, index),
            )
            for index, name in enumerate(self._names, 1)
        )
        return Quality(
            value=interval(ours, 0, 0),
            reference=interval(theirs, 1, 0),
            difference=interval(differences, 2, 0),
            rows=rows,
            confidence=self.confidence,
            resamples=self.resamples,
            method="none" if same else method,  # type: ignore[arg-type]
            classes=classes,
        )

    def _interval(self, outputs: Arrays, method: str) -> tuple[Array, Array]:
        """Low and high ends of: the variant's values, the reference's, and their differences."""
        import numpy as np
        from scipy.stats import bootstrap

        def statistic(rows: Array, axis: int = -1) -> Array:  # noqa: ARG001 - scipy looks for the name
            flat = rows.reshape(-1, rows.shape[-1])
            pairs = [(self._of(outputs, row), self._of_reference(row)) for row in flat]
            # A class absent from the resample contributes no difference.
            made = [np.concatenate([a, b, np.nan_to_num(a - b)]) for a, b in pairs]
            return np.stack(made, -1).reshape(-1, *rows.shape[:-1])

        numbers = np.arange(len(self.held_out))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # DegenerateDataWarning: those ends are replaced below
            result = bootstrap(
                (numbers,),
                statistic,
                n_resamples=self.resamples,
                confidence_level=self.confidence,
                method=method,
                rng=np.random.default_rng(self.seed),
            )
            drawn = result.bootstrap_distribution
            tail = (1 - self.confidence) / 2
            plain = np.nanquantile(drawn, (tail, 1 - tail), axis=-1)
        low, high = (
            np.nan_to_num(np.where(np.isfinite(end), end, other))
            for end, other in zip(result.confidence_interval, plain, strict=True)
        )
        return low, high

    def _of(self, outputs: Arrays, rows: Array) -> Array:
        part = {name: array[rows] for name, array in outputs.items()}
        return self._vector(_values(self.model.metric, part, self.held_out.targets[rows]))

    def _of_reference(self, rows: Array) -> Array:
        key = hashlib.blake2b(rows.tobytes(), digest_size=16).digest()
        if key not in self._known:
            self._known[key] = self._of(self.reference, rows)
        return self._known[key]

    def _vector(self, values: dict[str, float]) -> Array:
        import numpy as np

        return np.array([values.get(name, np.nan) for name in ("", *self._names)])


def classification(model: Model, outputs: Arrays, targets: Array) -> tuple[ClassReport, ...]:
    """scikit-learn's report by class; empty where an answer isn't the number of a class."""
    answers, kept = judged(model, outputs, targets)
    if not model.classes or answers.shape != targets.shape or answers.dtype.kind not in "iu":
        return ()
    from sklearn.metrics import precision_recall_fscore_support

    numbers = range(len(model.classes))
    lines = precision_recall_fscore_support(targets[kept], answers[kept], labels=numbers, zero_division=0)
    return tuple(
        ClassReport(name=name, precision=float(p), recall=float(r), f1=float(f), support=int(n))
        for name, p, r, f, n in zip(model.classes, *lines, strict=True)
    )


def judged(model: Model, outputs: Arrays, targets: Array) -> tuple[Array, Array]:
    """Each prediction, and a mask of those that count: all but those with a negative target, such as padding."""
    import numpy as np

    answers = model.metric.answer(outputs)
    if answers.shape == targets.shape and targets.dtype.kind == "i":
        return answers, targets >= 0
    return answers, np.ones(answers.shape, bool)


def rows_of(name: str, classes: tuple[str, ...], targets: Array) -> int | None:
    """Number of rows with the class. ``PER`` counts ``B-PER`` and ``I-PER``, the IOB tags of one entity type."""
    import numpy as np

    numbers = [n for n, text in enumerate(classes) if name == text or (text[:2] in ("B-", "I-") and text[2:] == name)]
    if not numbers or targets.dtype.kind not in "iu":
        return None
    holds = np.isin(targets, numbers)
    return int(holds.reshape(len(targets), -1).any(1).sum())


def _values(metric: Metric, outputs: Arrays, targets: Array) -> dict[str, float]:
    """The metric under the empty name, then each class."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's, about a class that no drawn row holds
        found = metric.per_class(outputs, targets) if metric.per_class else {}
        return {"": float(metric.of(outputs, targets)), **{name: float(value) for name, value in found.items()}}


def _wide(ours: Array, theirs: Array, sign: int) -> Array:
    """Uninformative intervals, for a single row."""
    import numpy as np

    return np.concatenate([ours + sign, theirs + sign, ours - theirs + sign])


def _finite(value: Any) -> float | None:
    import math

    return float(value) if math.isfinite(value) else None
