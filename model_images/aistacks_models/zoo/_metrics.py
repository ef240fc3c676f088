"""Quality metrics of the bundled models."""

from __future__ import annotations

from collections.abc import Callable

from ..data import Array, Arrays


def auc(name: str) -> Callable[[Arrays, Array], float]:
    """Area under the ROC curve of output ``name``; the targets' first column is 0 or 1.

    0.5 where only one class is present.
    """

    def of(outputs: Arrays, targets: Array) -> float:
        # By ranks, ten times as fast as scikit-learn: `verify` calls it some ten thousand times.
        from scipy.stats import rankdata

        clicked = targets[:, 0] > 0.5
        yes, no = int(clicked.sum()), int((~clicked).sum())
        if not yes or not no:
            return 0.5
        ranks = rankdata(outputs[name].reshape(len(clicked)))
        return float((ranks[clicked].sum() - yes * (yes + 1) / 2) / (yes * no))

    return of


def auc_by_segment(name: str, segments: tuple[str, ...]) -> Callable[[Arrays, Array], dict[str, float]]:
    """`auc` of the rows whose second target is the segment's number; a segment without rows is left out."""
    whole = auc(name)

    def of(outputs: Arrays, targets: Array) -> dict[str, float]:
        mine = {text: targets[:, 1] == number for number, text in enumerate(segments)}
        return {text: whole({name: outputs[name][rows]}, targets[rows]) for text, rows in mine.items() if rows.any()}

    return of


def above(name: str, bound: float) -> Callable[[Arrays], Array]:
    """Whether output ``name`` is above ``bound``, one answer per row."""

    def answer(outputs: Arrays) -> Array:
        array: Array = outputs[name].reshape(len(outputs[name])) > bound
        return array

    return answer


def retrieval_at_1(name: str) -> Callable[[Arrays, Array], float]:
    """Share of the rows whose nearest other row, by the product of embeddings, has the same meaning.

    ``targets``: (n, 2), meaning and number of the sentence. A sentence is never compared with itself, also where a
    resampling took it twice; one whose meaning no other sentence has isn't asked.
    """

    def of(outputs: Arrays, targets: Array) -> float:
        import numpy as np

        vectors = outputs[name]
        meaning, sentence = targets[:, 0], targets[:, 1]
        itself = sentence[:, None] == sentence[None, :]
        close = np.where(itself, -np.inf, vectors @ vectors.T)
        asked = ((meaning[:, None] == meaning[None, :]) & ~itself).any(1)
        right = meaning[close.argmax(1)] == meaning
        return float(right[asked].mean()) if asked.any() else 0.0

    return of


def nearest(name: str) -> Callable[[Arrays], Array]:
    """Which other row is nearest to each row, by the product of embeddings."""

    def answer(outputs: Arrays) -> Array:
        import numpy as np

        close = outputs[name] @ outputs[name].T
        np.fill_diagonal(close, -np.inf)
        array: Array = close.argmax(1)
        return array

    return answer
