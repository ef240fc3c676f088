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
        ranges = config["parameters"].get("ranges", {"string_value": "{}"})["string_value"]
        self.ranges: dict[str, list[float | None]] = json.loads(ranges)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(config["parameters"]["intra_op_thread_count"]["string_value"])
        # Threads that spin for work take the cores from the server's own.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        file = Path(args["model_repository"]) / args["model_version"] / "model.onnx"
        self.session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer all requests of a batch by one run, each with its own rows; a bad one spoils only its own answer."""
        columns = [
            [triton.get_input_tensor_by_name(request, name).as_numpy() for name in self.inputs] for request in requests
        ]
        return self._answered(columns)

    def _answered(self, columns: list[list[Any]]) -> list[Any]:
        """One run for all; where it can't be, one for each."""
        try:
            return self._answers(columns)
        except Exception as error:  # noqa: BLE001 - what onnxruntime raises has no base of its own
            if len(columns) == 1:
                return [triton.InferenceResponse(error=triton.TritonError(str(error), triton.TritonError.INVALID_ARG))]
            return [answer for arrays in columns for answer in self._answered([arrays])]

    def _answers(self, columns: list[list[Any]]) -> list[Any]:
        joined = columns[0]
        if len(columns) > 1:
            joined = [np.concatenate(rows) for rows in zip(*columns, strict=True)]
        self._check(joined)
        outputs = self.session.run(self.outputs, dict(zip(self.inputs, joined, strict=True)))
        if len(columns) == 1:
            return [self._response(outputs)]
        answers, start = [], 0
        for rows in columns:
            end = start + len(rows[0])
            answers.append(self._response([output[start:end] for output in outputs]))
            start = end
        return answers

    def _check(self, arrays: list[Any]) -> None:
        """Raise ``ValueError`` for values that the model isn't meant for: an id that isn't there, NaN, infinity."""
        for name, array in zip(self.inputs, arrays, strict=True):
            low, high = self.ranges.get(name, (None, None))
            if not ((low is None or array.min() >= low) and (high is None or array.max() <= high)):
                raise ValueError(f"input '{name}' has values outside {low} to {high}")

    def _response(self, arrays: list[Any]) -> Any:
        return triton.InferenceResponse(
            [triton.Tensor(name, array) for name, array in zip(self.outputs, arrays, strict=True)]
        )
