"""A Triton model that runs the `model.onnx` beside it, for servers that have the Python backend only.

Packages carry this file as `<version>/model.py`. The full Triton image runs the same ONNX file in its own
ONNX Runtime backend and never reads this one.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import triton_python_backend_utils as triton


class TritonPythonModel:
    """One session per instance; one run per dynamic batch."""

    def initialize(self, args: dict[str, str]) -> None:
        """Open the ONNX file of the version that Triton loads."""
        config = json.loads(args["model_config"])
        self.inputs: list[str] = [tensor["name"] for tensor in config["input"]]
        self.outputs: list[str] = [tensor["name"] for tensor in config["output"]]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # the server scales by instances, not by threads within one
        file = Path(args["model_repository"]) / args["model_version"] / "model.onnx"
        self.session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer all requests of a batch by one run, each with its own rows."""
        columns = [
            [triton.get_input_tensor_by_name(request, name).as_numpy() for request in requests] for name in self.inputs
        ]
        ends = np.cumsum([len(rows) for rows in columns[0]])[:-1]
        feed = {name: np.concatenate(rows) for name, rows in zip(self.inputs, columns, strict=True)}
        answers = [np.split(answer, ends) for answer in self.session.run(self.outputs, feed)]
        return [
            triton.InferenceResponse(
                [triton.Tensor(name, rows[i]) for name, rows in zip(self.outputs, answers, strict=True)]
            )
            for i in range(len(requests))
        ]
