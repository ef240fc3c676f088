"""Pre-processing: bytes from 0 to 255 → numbers from 0 to 1."""

import numpy as np
import triton_python_backend_utils as triton


class TritonPythonModel:
    def execute(self, requests):
        raws = [triton.get_input_tensor_by_name(request, "raw").as_numpy() for request in requests]
        return [triton.InferenceResponse([triton.Tensor("pixels", raw.astype(np.float32) / 255)]) for raw in raws]
