"""Configurations as text, and as Triton's own definition reads them."""

import json
import sys

from google.protobuf import json_format, text_format
from tritonclient.grpc import model_config_pb2

from aistacks_models import Serving, Tensor
from aistacks_models.packaging import triton_config_builder
from aistacks_models.packaging.triton_config import ModelConfig

INPUTS = (
    Tensor(name="ids", datatype="INT64", shape=(-1,), low=0, high=99),
    Tensor(name="temperature", datatype="FP32", shape=()),
)
OUTPUTS = (Tensor(name="tags", datatype="INT64", shape=(-1,)), Tensor(name="scores", datatype="FP32", shape=(-1, 3)))
EVERYTHING = {
    "name": "every-thing",
    "backend": "onnxruntime",
    "max_batch_size": 8,
    "input": [
        {"name": "a", "data_type": "TYPE_FP32", "dims": [1], "reshape": {"shape": []}},
        {"name": "b", "data_type": "TYPE_STRING", "dims": [-1], "optional": True},
    ],
    "output": [{"name": "c", "data_type": "TYPE_FP16", "dims": [3], "label_filename": "labels.txt"}],
    "version_policy": {"specific": {"versions": [1, 3]}},
    "instance_group": [{"count": 2, "kind": "KIND_GPU", "gpus": [0, 1]}, {"count": 1, "kind": "KIND_CPU"}],
    "dynamic_batching": {
        "preferred_batch_size": [4, 8],
        "max_queue_delay_microseconds": 500,
        "preserve_ordering": True,
        "default_queue_policy": {
            "timeout_action": "DELAY",
            "default_timeout_microseconds": 9,
            "allow_timeout_override": True,
            "max_queue_size": 7,
        },
    },
    "optimization": {"graph": {"level": -1}, "eager_batching": True},
    "parameters": {"intra_op_thread_count": {"string_value": "2"}},
    "model_warmup": [
        {
            "name": "one",
            "batch_size": 2,
            "inputs": {"a": {"data_type": "TYPE_FP32", "dims": [1], "random_data": True}},
            "count": 3,
        }
    ],
}


def read(text):
    message = text_format.Parse(text, model_config_pb2.ModelConfig())
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def main():
    serving = Serving(
        device="gpu",
        instances=2,
        threads=3,
        max_queue_delay_us=250,
        preferred_batch_sizes=(4, 8),
        max_queue_size=100,
        queue_timeout_us=5000,
        warm_up=(1, 4),
        versions=2,
    )
    made = {
        backend: triton_config_builder.of_model(
            "tagger", INPUTS, OUTPUTS, 8, backend, serving, {"scores": "labels.txt"}
        )
        for backend in ("onnxruntime", "python")
    }
    plain = triton_config_builder.of_model("tagger", INPUTS, OUTPUTS, 8, "onnxruntime", Serving(batching=False))
    text = made["onnxruntime"].text()
    return {
        "everything": read(ModelConfig.model_validate(EVERYTHING).text()),
        "onnxruntime": read(text),
        "python": read(made["python"].text()),
        "plain": read(plain.text()),
        "again": made["onnxruntime"].text() == text,
        "renamed": read(triton_config_builder.renamed(text, "other"))["name"],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()) + "\n")
