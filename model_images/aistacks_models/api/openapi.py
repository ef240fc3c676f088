"""The OpenAPI 3.1 document of one model, as it answers the Open Inference Protocol over HTTP.

Read on 2026-11-27: kserve/open-inference-protocol, `specification/protocol/open_inference_rest.yaml` at 18d5991 and
`inference_rest.md` at 011728e (paths and objects); triton-inference-server/server at e1db8a6,
`docs/protocol/extension_binary_data.md` and `src/http_server.cc` (which status stands for which error, that data may be
nested or flat in a request, that it is flat in an answer, and that FP16 can't be written as JSON).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..tensors import Tensor
from . import elements, examples

_JSON = "application/json"
_FAILURES = {
    "400": "The request is malformed: its JSON, a name, a datatype, a shape, or the number of values.",
    "404": "No such model or version.",
    "500": "The server could not read or answer the request; the request may be at fault.",
    "503": "The model is not ready, or its queue is full. Try again later.",
}


def openapi(
    name: str,
    version: str,
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    max_batch_size: int,
    samples: Mapping[str, Any],
    *,
    task: str = "",
    licence: str = "",
) -> dict[str, Any]:
    """The document of model ``name``, ready for `json.dumps`. See `write` for the arguments.

    Needs neither torch nor numpy. Raises `UserError` for a tensor that can't be written as JSON.
    """
    inputs, outputs = elements.on_the_wire(inputs), elements.on_the_wire(outputs)
    request, response = examples.request(inputs, samples), examples.response(name, version, outputs, samples)
    home, sizes = f"/v2/models/{name}", (1, max_batch_size)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": name,
            "version": version,
            "summary": f"{name}: {task or 'a model'} by the Open Inference Protocol",
            "description": _description(name, inputs, outputs, max_batch_size),
            **({"license": {"name": licence, "identifier": licence}} if licence else {}),
        },
        "servers": [{"url": "http://localhost:8000", "description": "Triton's default port"}],
        "tags": [{"name": "health"}, {"name": "metadata"}, {"name": "inference"}],
        "paths": {
            "/v2": _get("serverMetadata", "What the server is", "metadata", "ServerMetadata"),
            "/v2/health/live": _get("serverLive", "Whether the server runs", "health"),
            "/v2/health/ready": _get("serverReady", "Whether every model is ready", "health"),
            home: _get("modelMetadata", "The model's inputs and outputs", "metadata", "ModelMetadata"),
            f"{home}/ready": _get("modelReady", "Whether the model is ready", "health"),
            f"{home}/infer": _infer("infer", request, response),
            f"{home}/versions/{version}": _get("versionMetadata", "The same, by version", "metadata", "ModelMetadata"),
            f"{home}/versions/{version}/ready": _get("versionReady", "Whether this version is ready", "health"),
            f"{home}/versions/{version}/infer": _infer("versionInfer", request, response),
        },
        "components": {
            "schemas": {
                "ServerMetadata": _object(
                    {"name": _TEXT, "version": _TEXT, "extensions": {"type": "array", "items": _TEXT}},
                ),
                "ModelMetadata": _object(
                    {
                        "name": {"const": name},
                        "versions": {"type": "array", "items": _TEXT, "contains": {"const": version}},
                        "platform": _TEXT,
                        "inputs": _each([_metadata(tensor) for tensor in inputs]),
                        "outputs": _each([_metadata(tensor) for tensor in outputs]),
                    },
                ),
                "InferenceRequest": _request(inputs, outputs, sizes),
                "InferenceResponse": _response(name, version, outputs, sizes),
                "Error": _object({"error": _TEXT}),
                **{f"Input_{tensor.name}": _sent(tensor, sizes) for tensor in inputs},
                **{f"Output_{tensor.name}": _answered(tensor, sizes) for tensor in outputs},
            },
            "responses": {f"Failure{code}": _failure(text) for code, text in _FAILURES.items()},
        },
    }


_TEXT = {"type": "string"}
_PARAMETERS = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}


def _object(properties: Mapping[str, Any], optional: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**properties, **(optional or {})},
        "required": list(properties),
        **more,
    }


def _ref(kind: str, name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _failures() -> dict[str, Any]:
    return {code: _ref("responses", f"Failure{code}") for code in _FAILURES}


def _failure(text: str) -> dict[str, Any]:
    return {"description": text, "content": {_JSON: {"schema": _ref("schemas", "Error")}}}


def _get(operation: str, summary: str, tag: str, schema: str = "") -> dict[str, Any]:
    good: dict[str, Any] = {"description": "It is." if tag == "health" else "What it is."}
    if schema:
        good["content"] = {_JSON: {"schema": _ref("schemas", schema)}}
    # A probe's status is its whole answer: Triton sends no body with either.
    failed = _failures() if schema else {"400": {"description": "It is not."}}
    return {
        "get": {"operationId": operation, "summary": summary, "tags": [tag], "responses": {"200": good, **failed}},
    }


def _infer(operation: str, request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    return {
        "post": {
            "operationId": operation,
            "summary": "Answers for a batch of rows",
            "tags": ["inference"],
            "requestBody": {
                "required": True,
                "content": {_JSON: {"schema": _ref("schemas", "InferenceRequest"), "example": request}},
            },
            "responses": {
                "200": {
                    "description": "One answer for each row, in the order of the rows.",
                    "content": {_JSON: {"schema": _ref("schemas", "InferenceResponse"), "example": response}},
                },
                **_failures(),
            },
        },
    }


def _each(schemas: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """An array that holds each of ``schemas`` once, in any order."""
    return {
        "type": "array",
        "items": {"anyOf": list(schemas)},
        "allOf": [{"contains": schema, "minContains": 1, "maxContains": 1} for schema in schemas],
        "minItems": len(schemas),
        "maxItems": len(schemas),
    }


def _metadata(tensor: Tensor) -> dict[str, Any]:
    return _object(
        {
            "name": {"const": tensor.name},
            "datatype": {"const": tensor.datatype},
            "shape": {"const": [-1, *tensor.shape]},
        },
    )


def _request(inputs: Sequence[Tensor], outputs: Sequence[Tensor], sizes: tuple[int, int]) -> dict[str, Any]:
    wanted = _object(
        {"name": {"enum": [tensor.name for tensor in outputs]}}, {"parameters": _PARAMETERS}, additionalProperties=False
    )
    return _object(
        {"inputs": _each([_ref("schemas", f"Input_{tensor.name}") for tensor in inputs])},
        {
            "id": {**_TEXT, "description": "Comes back in the answer."},
            "parameters": _PARAMETERS,
            "outputs": {
                "type": "array",
                "items": wanted,
                "description": "Which outputs to answer with. Default: all of them.",
            },
        },
        description=f"All inputs have the same number of rows, from {sizes[0]} to {sizes[1]}.",
    )


def _response(name: str, version: str, outputs: Sequence[Tensor], sizes: tuple[int, int]) -> dict[str, Any]:
    return _object(
        {
            "model_name": {"const": name},
            "outputs": {
                "type": "array",
                "items": {"anyOf": [_ref("schemas", f"Output_{tensor.name}") for tensor in outputs]},
                "minItems": 1,
                "maxItems": len(outputs),
            },
        },
        {"model_version": {"const": version}, "id": _TEXT, "parameters": _PARAMETERS},
        description=f"Each output has as many rows as the request, from {sizes[0]} to {sizes[1]}.",
    )


def _tensor(tensor: Tensor, sizes: tuple[int, int], data: dict[str, Any]) -> dict[str, Any]:
    return _object(
        {
            "name": {"const": tensor.name},
            "datatype": {"const": tensor.datatype},
            "shape": elements.shape(tensor, sizes),
            "data": data,
        },
        {"parameters": _PARAMETERS},
        description=elements.describe(tensor),
    )


def _sent(tensor: Tensor, sizes: tuple[int, int]) -> dict[str, Any]:
    return _tensor(tensor, sizes, {"anyOf": [elements.flat(tensor, sizes), elements.nested(tensor, sizes)]})


def _answered(tensor: Tensor, sizes: tuple[int, int]) -> dict[str, Any]:
    # Without the range, as rounding may exceed it slightly.
    return _tensor(tensor, sizes, elements.flat(tensor, sizes, ranged=False))


def _description(name: str, inputs: Sequence[Tensor], outputs: Sequence[Tensor], batch: int) -> str:
    lines = [
        f"`{name}` takes 1 to {batch} rows in a request and answers each of them.",
        *(f"Input `{tensor.name}`: {elements.describe(tensor)}" for tensor in inputs),
        *(f"Output `{tensor.name}`: {elements.describe(tensor)}" for tensor in outputs),
        "`data` may be nested as the shape says, or flat in row-major order; in an answer it is flat.",
    ]
    return "\n\n".join(lines)
