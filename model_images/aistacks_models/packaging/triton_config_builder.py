"""Builds a model's Triton configuration from its tensors and its `Serving`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from aistacks_core.errors import UserError

from ..serving import Serving
from ..tensors import Tensor
from .triton_config import Backend, DataType, ModelConfig

ANY = 1
"""The size of a dynamic dimension in a warm-up."""


def data_type(tensor: Tensor) -> DataType:
    """Triton's name of a tensor's type in configurations."""
    return "TYPE_STRING" if tensor.datatype == "BYTES" else f"TYPE_{tensor.datatype}"  # type: ignore[return-value]


def of_model(
    name: str,
    inputs: tuple[Tensor, ...],
    outputs: tuple[Tensor, ...],
    max_batch_size: int,
    backend: Backend,
    serving: Serving | None = None,
    labels: Mapping[str, str] | None = None,
    *,
    warm_up: bool = True,
) -> ModelConfig:
    """The configuration of one model. ``labels``: output → file with the classes' names. Default: none."""
    serving, labels = serving or Serving(), labels or {}
    fields: dict[str, Any] = {
        "name": name,
        "backend": backend,
        "max_batch_size": max_batch_size,
        "input": [tensor(one) for one in inputs],
        "output": [
            tensor(one) | ({"label_filename": labels[one.name]} if one.name in labels else {}) for one in outputs
        ],
        "version_policy": {"latest": {"num_versions": serving.versions}},
        "instance_group": [_instances(backend, serving)],
        "parameters": {
            **{
                key: {"string_value": str(serving.threads)}
                for key in ("intra_op_thread_count", "inter_op_thread_count")
            },
            **({"ranges": {"string_value": _ranges(inputs)}} if backend == "python" else {}),
        },
        "model_warmup": [
            _warm_up(inputs, rows) for rows in sorted({*serving.warm_up, max_batch_size}) if rows and warm_up
        ],
    }
    if serving.batching:
        policy = {"max_queue_size": serving.max_queue_size, "default_timeout_microseconds": serving.queue_timeout_us}
        fields["dynamic_batching"] = {
            "preferred_batch_size": serving.preferred_batch_sizes,
            "max_queue_delay_microseconds": serving.max_queue_delay_us,
            **({"default_queue_policy": {"timeout_action": "REJECT", **policy}} if any(policy.values()) else {}),
        }
    try:
        return ModelConfig.model_validate(fields)
    except ValidationError as error:
        reason = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise UserError(f"model {name}, serving", reason, "what Triton can serve") from None


def _ranges(inputs: tuple[Tensor, ...]) -> str:
    """The value ranges that `triton_onnx.py` checks. A range without 0 is omitted, as warm-ups run on zeros."""
    known = {tensor.name: (tensor.low, tensor.high) for tensor in inputs}
    return json.dumps(
        {name: (low, high) for name, (low, high) in known.items() if (low or 0) <= 0 <= (0 if high is None else high)}
    )


def _instances(backend: Backend, serving: Serving) -> dict[str, Any]:
    # The Python backend's model runs on the CPU whatever the machine has.
    gpu = serving.device == "gpu" and backend == "onnxruntime"
    return {"count": serving.instances, "kind": "KIND_GPU" if gpu else "KIND_CPU"}


def tensor(one: Tensor) -> dict[str, Any]:
    """Fields of an input or output. A scalar per row has a dim of 1 that the network lacks."""
    shape: dict[str, Any] = {"dims": one.shape} if one.shape else {"dims": (1,), "reshape": {"shape": ()}}
    return {"name": one.name, "data_type": data_type(one), **shape}


def renamed(text: str, name: str) -> str:
    """A configuration under another name. Needs tritonclient, so the models environment."""
    from google.protobuf import text_format
    from tritonclient.grpc import model_config_pb2

    message = text_format.Parse(text, model_config_pb2.ModelConfig())
    message.name = name
    return str(text_format.MessageToString(message))


def _warm_up(inputs: tuple[Tensor, ...], rows: int) -> dict[str, Any]:
    shapes = {tensor.name: tuple(ANY if size < 0 else size for size in tensor.shape) or (1,) for tensor in inputs}
    return {
        "name": f"rows_{rows}",
        "batch_size": rows,
        "inputs": {
            tensor.name: {"data_type": data_type(tensor), "dims": shapes[tensor.name], "zero_data": True}
            for tensor in inputs
        },
    }
