"""JSON Schema of a tensor's values, and a description."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from aistacks_core.errors import UserError

from ..tensors import Tensor

_WHOLE = {
    "UINT8": (0, 2**8 - 1),
    "INT8": (-(2**7), 2**7 - 1),
    "INT16": (-(2**15), 2**15 - 1),
    "INT32": (-(2**31), 2**31 - 1),
    "INT64": (-(2**63), 2**63 - 1),
}
_PLAIN: dict[str, dict[str, Any]] = {
    "BOOL": {"type": "boolean"},
    "BYTES": {"type": "string"},
    "FP32": {"type": "number"},
    "FP64": {"type": "number"},
}


def on_the_wire(tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The tensors as servers expect them: a scalar per row has the shape (rows, 1)."""
    return tuple(tensor if tensor.shape else tensor.model_copy(update={"shape": (1,)}) for tensor in tensors)


def element(tensor: Tensor, *, ranged: bool = True) -> dict[str, Any]:
    """The schema of one value, within the tensor's own range if ``ranged``.

    Raises `UserError` for FP16, which servers don't take as JSON.
    """
    if tensor.datatype in _WHOLE:
        low, high = _WHOLE[tensor.datatype]
        schema: dict[str, Any] = {"type": "integer", "minimum": low, "maximum": high}
        convert: type[int] | type[float] = int
    elif tensor.datatype in _PLAIN:
        schema, convert = dict(_PLAIN[tensor.datatype]), float
    else:
        raise UserError(
            f"tensor {tensor.name}",
            tensor.datatype,
            "a datatype that JSON can carry",
            "Serve FP32, and let the network convert: `HalfOnnx` keeps inputs and outputs as they were",
        )
    if ranged and tensor.low is not None:
        schema["minimum"] = convert(tensor.low)
    if ranged and tensor.high is not None:
        schema["maximum"] = convert(tensor.high)
    return schema


def shape(tensor: Tensor, sizes: tuple[int, int]) -> dict[str, Any]:
    """The schema of its shape, the batch first. ``sizes``: the least and the most rows."""
    batch = {"type": "integer", "minimum": sizes[0], "maximum": sizes[1]}
    rest = [
        {"const": size} if size >= 0 else {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
        for size in tensor.shape
    ]
    count = 1 + len(rest)
    return {"type": "array", "prefixItems": [batch, *rest], "items": False, "minItems": count, "maxItems": count}


def flat(tensor: Tensor, sizes: tuple[int, int], *, ranged: bool = True) -> dict[str, Any]:
    """The schema of its values in row-major order, all rows one after another."""
    schema: dict[str, Any] = {"type": "array", "items": element(tensor, ranged=ranged)}
    if all(size >= 0 for size in tensor.shape):
        row = math.prod(tensor.shape)
        schema |= {"minItems": sizes[0] * row, "maxItems": sizes[1] * row}
    return schema


def nested(tensor: Tensor, sizes: tuple[int, int]) -> dict[str, Any]:
    """The schema of its values as lists in lists, as the shape says."""
    schema = element(tensor)
    for size in reversed(tensor.shape):
        schema = {"type": "array", "items": schema}
        if size >= 0:
            schema |= {"minItems": size, "maxItems": size}
    return {"type": "array", "items": schema, "minItems": sizes[0], "maxItems": sizes[1]}


def describe(tensor: Tensor) -> str:
    """Datatype, shape and range, as text."""
    sizes = ", ".join(["rows", *(str(size) if size >= 0 else "any" for size in tensor.shape)])
    limits = ""
    if tensor.low is not None and tensor.high is not None:
        limits = f", from {tensor.low:g} to {tensor.high:g}"
    elif tensor.low is not None:
        limits = f", {tensor.low:g} or more"
    elif tensor.high is not None:
        limits = f", {tensor.high:g} or less"
    return f"{tensor.datatype} of shape ({sizes}){limits}."
