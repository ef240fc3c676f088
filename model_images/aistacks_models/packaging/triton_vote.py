"""A Triton model that counts votes: the mean of probabilities from several models, and the number of the greatest.

Ensembles carry this file as `<version>/model.py`; its inputs are the votes, in the order of the configuration.
"""

import json
from typing import Any

import numpy as np
import triton_python_backend_utils as triton


class TritonPythonModel:
    """Each row is counted by itself, so batches may be of any size."""

    def initialize(self, args: dict[str, str]) -> None:
        """Read the names of the votes."""
        self.votes: list[str] = [tensor["name"] for tensor in json.loads(args["model_config"])["input"]]

    def execute(self, requests: list[Any]) -> list[Any]:
        """``label``: shape (n, 1). ``probabilities``: as the votes."""
        answers = []
        for request in requests:
            votes = [triton.get_input_tensor_by_name(request, name).as_numpy() for name in self.votes]
            mean = np.mean(votes, axis=0, dtype=np.float64).astype(votes[0].dtype)
            label = mean.argmax(-1).reshape(-1, 1).astype(np.int64)
            tensors = [triton.Tensor("label", label), triton.Tensor("probabilities", mean)]
            answers.append(triton.InferenceResponse(tensors))
        return answers
