"""Measures of quality on answers that are plain to see."""

import json
import sys

import numpy as np

from aistacks_models.metrics import accuracy, by_class, output
from aistacks_models.zoo import _metrics

LABELS = {"label": np.array([[0], [1], [1], [0]])}
TRUTH = np.array([0, 1, 0, 0])
SCORES = {"score": np.array([[0.9], [0.2], [0.6], [0.4]])}
CLICKS = np.array([[1, 0], [0, 0], [1, 1], [0, 1]], dtype=np.float32)
PLACES = {"at": np.array([[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9], [0.6, 0.4]])}
MEANINGS = np.array([[7, 0], [7, 1], [8, 2], [7, 3], [9, 4]])

retrieval = _metrics.retrieval_at_1("at")
twice = np.array([0, 0, 1, 2, 3, 4])
sys.stdout.write(
    json.dumps(
        {
            "accuracy": accuracy("label")(LABELS, TRUTH),
            "by class": by_class("label", ("a", "b", "c"))(LABELS, TRUTH),
            "answers": output("label")(LABELS).tolist(),
            "tags": list(output("tags")({"tags": np.zeros((2, 5))}).shape),
            "auc": _metrics.auc("score")(SCORES, CLICKS),
            "auc of one kind": _metrics.auc("score")(SCORES, np.ones((4, 2))),
            "auc by segment": _metrics.auc_by_segment("score", ("new", "old", "none"))(SCORES, 1 - CLICKS),
            "above": _metrics.above("score", 0.5)(SCORES).tolist(),
            "retrieval": retrieval(PLACES, MEANINGS),
            "retrieval, resampled": retrieval({"at": PLACES["at"][twice]}, MEANINGS[twice]),
            "retrieval of strangers": retrieval(PLACES, np.stack([np.arange(5)] * 2, axis=1)),
            "nearest": _metrics.nearest("at")(PLACES).tolist(),
        }
    )
)
