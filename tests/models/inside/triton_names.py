"""Post-processing: a label's number → its name."""

import json

import numpy as np
import triton_python_backend_utils as triton


class TritonPythonModel:
    def initialize(self, args):
        names = json.loads(json.loads(args["model_config"])["parameters"]["names"]["string_value"])
        self.names = np.array([name.encode() for name in names], object)

    def execute(self, requests):
        labels = [triton.get_input_tensor_by_name(request, "label").as_numpy() for request in requests]
        return [triton.InferenceResponse([triton.Tensor("name", self.names[label])]) for label in labels]
