"""An example request and its response, from a package's samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..tensors import Tensor


def request(inputs: Sequence[Tensor], samples: Mapping[str, Any], rows: slice = slice(1)) -> dict[str, Any]:
    """The inference request that sends ``rows`` of the samples. Default: the first."""
    return {"inputs": [_tensor(tensor, samples["inputs"][tensor.name][rows]) for tensor in inputs]}


def response(
    name: str, version: str, outputs: Sequence[Tensor], samples: Mapping[str, Any], rows: slice = slice(1)
) -> dict[str, Any]:
    """The server's response to `request` with the same ``rows``."""
    answered = [_tensor(tensor, samples["outputs"][tensor.name][rows]) for tensor in outputs]
    return {"model_name": name, "model_version": version, "outputs": answered}


def sizes(values: Any) -> list[int]:
    """The shape of lists in lists, by the first of each: ``[[1, 2, 3]]`` has ``[1, 3]``."""
    found = []
    while isinstance(values, list):
        found.append(len(values))
        values = values[0] if values else None
    return found


def flattened(values: Iterable[Any]) -> Iterator[Any]:
    """The values of lists in lists, in row-major order."""
    for value in values:
        if isinstance(value, list):
            yield from flattened(value)
        else:
            yield value


def _tensor(tensor: Tensor, rows: list[Any]) -> dict[str, Any]:
    # A sample of shape (n,) stands for an output of shape (n, 1) where the model says so.
    shape = sizes(rows)
    if len(shape) == 1 and tensor.shape == (1,):
        shape.append(1)
    return {"name": tensor.name, "datatype": tensor.datatype, "shape": shape, "data": list(flattened(rows))}
