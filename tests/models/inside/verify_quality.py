"""Intervals of differences; prints them."""

import json
import sys

import numpy as np
from verify_fakes import Animals, Rows

from aistacks_models.verification.quality import QualityEstimator, classification, rows_of


def outputs(labels):
    return {"label": labels[:, None].astype(np.int64), "odds": np.zeros((len(labels), 3), np.float32)}


def judged(rows, lost, gained=0):
    """A reference that is always right but in the ``gained`` rows; a variant that is right but in ``lost`` rows."""
    model = Animals(Rows(rows=rows))
    split = model.data().held_out
    right = split.targets
    first, ours = right.copy(), right.copy()
    first[:gained] = (first[:gained] + 1) % 3
    ours[rows - lost :] = (ours[rows - lost :] + 1) % 3
    judge = QualityEstimator(model, split, outputs(first), 0.95, 1000, 7)
    one, again = (judge.quality(outputs(ours)).model_dump() for _ in range(2))
    assert one == again
    return one


def main():
    model = Animals(Rows(rows=300))
    split = model.data().held_out
    answers = outputs(split.targets)
    tags = np.array([[0, 1, -100], [2, 3, -100], [0, 0, 0]])
    return {
        "none": judged(360, 0),
        "one": judged(50, 1),
        "many": judged(400, 20),
        "large": judged(4000, 200),
        "both": judged(400, 10, gained=10),
        "single": judged(1, 0),
        "report": [part.model_dump() for part in classification(model, answers, split.targets)],
        "spans": [rows_of(name, ("O", "B-PER", "I-PER", "B-LOC"), tags) for name in ("PER", "B-LOC", "O", "macro")],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()))
