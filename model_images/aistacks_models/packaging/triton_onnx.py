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
        refused = {place: text for place, arrays in enumerate(columns) if (text := self._outside(arrays))}
        good = [arrays for place, arrays in enumerate(columns) if place not in refused]
        answers = iter(self._answered(good) if good else [])
        return [_error(refused[place]) if place in refused else next(answers) for place in range(len(columns))]

    def _outside(self, arrays: list[Any]) -> str:
        """Which values the model isn't meant for: an id that isn't there, NaN, infinity; empty where there are none."""
        for name, array in zip(self.inputs, arrays, strict=True):
            low, high = self.ranges.get(name, (None, None))
            if not ((low is None or (array >= low).all()) and (high is None or (array <= high).all())):
                return f"input '{name}' has values outside {low} to {high}"
        return ""

    def _answered(self, columns: list[list[Any]]) -> list[Any]:
        try:
            return self._answers(columns)
        except Exception as error:  # noqa: BLE001 - what onnxruntime raises has no base of its own
            if len(columns) == 1:
                return [_error(str(error))]
            return [answer for arrays in columns for answer in self._answered([arrays])]

    def _answers(self, columns: list[list[Any]]) -> list[Any]:
        if len(columns) == 1:
            return [self._response(self.session.run(self.outputs, dict(zip(self.inputs, columns[0], strict=True))))]
        feed = {name: np.concatenate(rows) for name, rows in zip(self.inputs, zip(*columns, strict=True), strict=True)}
        outputs = self.session.run(self.outputs, feed)
        answers, start = [], 0
        for rows in columns:
            end = start + len(rows[0])
            answers.append(self._response([output[start:end] for output in outputs]))
            start = end
        return answers

    def _response(self, arrays: list[Any]) -> Any:
        return triton.InferenceResponse(
            [triton.Tensor(name, array) for name, array in zip(self.outputs, arrays, strict=True)]
        )


def _error(text: str) -> Any:
    return triton.InferenceResponse(error=triton.TritonError(text, triton.TritonError.INVALID_ARG))
