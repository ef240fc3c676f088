"""A Triton model that asks another one about each item of a row, for example about each crop of a picture.

Ensembles carry this file as `<version>/model.py`. The parameters ``model`` and ``max_batch_size`` of the configuration
say which model, and how many items it takes at once.
"""

import json
from typing import Any

import numpy as np
import triton_python_backend_utils as triton


class TritonPythonModel:
    """(rows, items, …) in, (rows, items, …) out; items of all rows go to the other model together."""

    def initialize(self, args: dict[str, str]) -> None:
        """Read the names."""
        config = json.loads(args["model_config"])
        self.inputs: list[str] = [tensor["name"] for tensor in config["input"]]
        self.outputs: list[str] = [tensor["name"] for tensor in config["output"]]
        self.model: str = config["parameters"]["model"]["string_value"]
        self.most = int(config["parameters"]["max_batch_size"]["string_value"])

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer request by request: items differ in number."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: Any) -> Any:
        arrays = [triton.get_input_tensor_by_name(request, name).as_numpy() for name in self.inputs]
        rows, items = arrays[0].shape[:2]
        flat = [array.reshape(rows * items, *array.shape[2:]) for array in arrays]
        parts = []
        for start in range(0, rows * items, self.most):
            tensors = [
                triton.Tensor(name, np.ascontiguousarray(array[start : start + self.most]))
                for name, array in zip(self.inputs, flat, strict=True)
            ]
            asked = triton.InferenceRequest(model_name=self.model, requested_output_names=self.outputs, inputs=tensors)
            answer = asked.exec()
            if answer.has_error():
                return triton.InferenceResponse(error=triton.TritonError(answer.error().message()))
            parts.append([triton.get_output_tensor_by_name(answer, name).as_numpy() for name in self.outputs])
        if not parts:
            return triton.InferenceResponse(error=triton.TritonError("no items", triton.TritonError.INVALID_ARG))
        outputs = [np.concatenate(column) for column in zip(*parts, strict=True)]
        return triton.InferenceResponse(
            [
                triton.Tensor(name, array.reshape(rows, items, *array.shape[1:]))
                for name, array in zip(self.outputs, outputs, strict=True)
            ]
        )
