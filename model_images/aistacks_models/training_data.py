"""Checks the training data against what the model declares, before any training."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from torch import nn

from aistacks_core.errors import UserError

from . import training
from .data import Array, Split, Splits
from .model import Model
from .tensors import Tensor

SPLITS = ("train", "validation", "held_out")
IGNORE_INDEX = -100
"""Target of what is ignored, such as padding: torch's own default for losses."""


def checked(model: Model) -> Splits:
    """The model's data splits. Raises UserError, with split, tensor and row, where they aren't as declared."""
    for tensor in model.inputs:
        if tensor.datatype == "BYTES":
            raise UserError(f"{model.name}.inputs[{tensor.name!r}]", "BYTES", "numbers, which torch can take")
    splits = model.data()
    if not isinstance(splits, Splits):
        raise UserError(f"{model.name}.data()", type(splits).__name__, "aistacks_models.Splits")
    for name in SPLITS:
        _check_split(model, getattr(splits, name), f"{model.name}.data().{name}")
    return splits


def digest(splits: Splits) -> str:
    """SHA-256 over every array: name, type, shape and bytes."""
    total = hashlib.sha256()
    for name in SPLITS:
        split: Split = getattr(splits, name)
        for key, array in [*sorted(split.inputs.items()), ("", split.targets)]:
            total.update(f"{name}\0{key}\0{array.dtype.str}\0{array.shape}\0".encode())
            total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()


def try_out(model: Model, network: nn.Module, split: Split) -> None:
    """Run two rows. Raises UserError where the outputs aren't as declared."""
    rows = split.take(slice(0, 2))
    was_training = network.training
    network.eval()
    with torch.inference_mode():
        served = model.head(network(*training.tensors(model, rows, next(network.parameters()).device)))
    network.train(was_training)
    if not isinstance(served, tuple) or len(served) != len(model.outputs):
        got = f"{len(served)} tensors" if isinstance(served, tuple) else type(served).__name__
        raise UserError(f"{model.name}.head()", got, f"a tuple of {len(model.outputs)}, as outputs declare")
    for tensor, out in zip(model.outputs, served, strict=True):
        _check_type(tensor, out.cpu().numpy(), f"{model.name}.head(): output {tensor.name!r}", len(rows))


def _check_split(model: Model, split: Split, where: str) -> None:
    if not isinstance(split, Split):
        raise UserError(where, type(split).__name__, "aistacks_models.Split")
    if not len(split):
        raise UserError(where, "no rows", "at least one")
    names = [tensor.name for tensor in model.inputs]
    if sorted(names) != sorted(split.inputs):
        raise UserError(f"{where}.inputs", ", ".join(sorted(split.inputs)) or "nothing", ", ".join(sorted(names)))
    for tensor in model.inputs:
        array = split.inputs[tensor.name]
        at = f"{where}.inputs[{tensor.name!r}]"
        _check_type(tensor, array, at, len(split))
        _check_values(tensor.low, tensor.high, array, at)
    targets = split.targets
    if targets.dtype.kind not in "fiub":
        raise UserError(f"{where}.targets", f"type {targets.dtype}", "numbers")
    if model.classes and targets.dtype.kind in "iu":
        judged = np.where(targets == IGNORE_INDEX, 0, targets)
        _check_values(0, len(model.classes) - 1, judged, f"{where}.targets")
    else:
        _check_values(None, None, targets, f"{where}.targets")


def _check_type(tensor: Tensor, array: Array, where: str, rows: int) -> None:
    if array.dtype != tensor.dtype:
        raise UserError(where, f"type {array.dtype}", f"{tensor.dtype} ({tensor.datatype})")
    want = (rows, *tensor.shape)
    fits = array.ndim == len(want) and all(size in (-1, got) for size, got in zip(want, array.shape, strict=True))
    if not fits:
        raise UserError(where, f"shape {list(array.shape)}", str(list(want)))


def _check_values(low: float | None, high: float | None, array: Array, where: str) -> None:
    if array.dtype.kind not in "fiu":
        return
    wrong = np.zeros(array.shape, dtype=bool) if array.dtype.kind != "f" else ~np.isfinite(array)
    if low is not None:
        wrong |= array < low
    if high is not None:
        wrong |= array > high
    if wrong.any():
        at = tuple(int(index) for index in np.argwhere(wrong)[0])
        if low is None and high is None:
            expected = "finite numbers"
        else:
            expected = f"{'any number' if low is None else f'{low:g}'} to {'any' if high is None else f'{high:g}'}"
        raise UserError(f"{where}, row {at[0]}", str(array[at]), expected)
