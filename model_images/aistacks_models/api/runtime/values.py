"""A model's tensors, and their values between lists in lists and a flat list."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .errors import InvalidInput, UnexpectedAnswer


class Array(Protocol):
    """An array of numpy, torch or jax."""

    def tolist(self) -> Any:
        """Its values as lists in lists."""


@dataclass(frozen=True)
class Tensor:
    """An input or output. ``shape``: without the batch, -1 for any size; ``low``, ``high``: what is meant, if known."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Model:
    """What a server must have for its client to work."""

    name: str
    version: str
    inputs: Sequence[Tensor]
    outputs: Sequence[Tensor]
    max_batch_size: int


@dataclass(frozen=True)
class _Values:
    tensor: Tensor
    shape: list[int]
    flat: list[Any]


def _values(tensor: Tensor, given: Any) -> _Values:
    shape: list[int] = []
    flat: list[Any] = []
    _walk(tensor, given.tolist() if hasattr(given, "tolist") else given, tensor.name, 0, shape, flat)
    return _Values(tensor, shape, flat)


def _walk(tensor: Tensor, given: Any, where: str, depth: int, shape: list[int], flat: list[Any]) -> None:
    if depth == len(tensor.shape) + 1:
        flat.append(_value(tensor, given, where))
        return
    if isinstance(given, (str, bytes)) or not isinstance(given, Sequence):
        raise InvalidInput(f"{where}: got {_short(given)}; expected a list")
    if depth == len(shape):
        shape.append(len(given))
    meant = tensor.shape[depth - 1] if depth and tensor.shape[depth - 1] >= 0 else shape[depth]
    if len(given) != meant or not given:
        raise InvalidInput(f"{where}: got {len(given)} values; expected {meant or 'at least one'}")
    for i, inner in enumerate(given):
        _walk(tensor, inner, f"{where}[{i}]", depth + 1, shape, flat)


def _value(tensor: Tensor, given: Any, where: str) -> Any:
    expected, kind, convert = _KINDS[tensor.datatype]
    good = isinstance(given, kind) and (convert is bool or not isinstance(given, bool))
    value = convert(given) if good else None
    if isinstance(value, float) and not math.isfinite(value):
        good = False
    if good and isinstance(value, (int, float)) and convert is not bool:
        good = (tensor.low is None or value >= tensor.low) and (tensor.high is None or value <= tensor.high)
    if not good:
        limits = [
            f"{word} {limit:g}" for word, limit in (("from", tensor.low), ("to", tensor.high)) if limit is not None
        ]
        raise InvalidInput(f"{where}: got {_short(given)}; expected {' '.join([expected, *limits])}")
    return value


_WHOLE = ("a whole number", numbers.Integral, int)
_REAL = ("a finite number", numbers.Real, float)
_KINDS: dict[str, tuple[str, type, Any]] = {
    **dict.fromkeys(("UINT8", "INT8", "INT16", "INT32", "INT64"), _WHOLE),
    **dict.fromkeys(("FP32", "FP64"), _REAL),
    "BOOL": ("True or False", bool, bool),
    "BYTES": ("a string", str, str),
}


def _nested(tensor: Tensor, answered: dict[str, _Values], rows: int) -> Any:
    """The output's values as lists in lists; raises UnexpectedAnswer where they are not as the model says."""
    if tensor.name not in answered:
        raise UnexpectedAnswer(f"no output {tensor.name}; got {', '.join(answered) or 'none'}")
    shape, values = answered[tensor.name].shape, answered[tensor.name].flat
    meant = (rows, *tensor.shape)
    fits = len(shape) == len(meant) and all(m in (-1, s) for s, m in zip(shape, meant, strict=True))
    if not fits or len(values) != math.prod(shape):
        raise UnexpectedAnswer(
            f"{tensor.name}: got {len(values)} values of shape {shape}; expected shape {list(meant)}"
        )
    for size in reversed(shape[1:]):
        values = [values[i : i + size] for i in range(0, len(values), size)] if size else values
    return values


def _short(given: Any) -> str:
    text = repr(given)
    return text if len(text) <= 60 else f"{text[:57]}…"
