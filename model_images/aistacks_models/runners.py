"""Runs a variant: one interface for ONNX Runtime and torch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .data import Arrays
from .variants import Variant

if TYPE_CHECKING:
    from .model import Model


class Runner(ABC):
    """A loaded variant. For torch, ``threads`` applies to the whole process."""

    def __init__(self, model: Model) -> None:
        self.inputs = model.inputs
        self.outputs = model.outputs

    def run(self, inputs: Arrays) -> Arrays:
        """Output name → array with the rows of ``inputs`` (input name → array, the batch first).

        Raises ``ValueError`` for a name, type, rank or size that the model doesn't declare; whatever the runtime
        raises for invalid values.
        """
        self._check(inputs)
        return self._run(inputs)

    @abstractmethod
    def _run(self, inputs: Arrays) -> Arrays: ...

    def _check(self, inputs: Arrays) -> None:
        names = {tensor.name for tensor in self.inputs}
        if set(inputs) != names:
            raise ValueError(f"inputs are {sorted(inputs)}; expected {sorted(names)}")
        for tensor in self.inputs:
            array = inputs[tensor.name]
            if array.dtype != tensor.dtype:
                raise ValueError(f"{tensor.name} is {array.dtype}; expected {tensor.dtype}")
            shape = array.shape[1:]
            fits = len(shape) == len(tensor.shape) and all(
                want in (-1, got) for want, got in zip(tensor.shape, shape, strict=True)
            )
            if not array.ndim or not fits:
                raise ValueError(f"{tensor.name} has shape {array.shape}; expected (rows, *{tensor.shape})")
        rows = {array.shape[0] for array in inputs.values()}
        if len(rows) != 1 or not all(rows):
            raise ValueError(f"inputs have {sorted(rows)} rows; expected the same number, at least 1")


class OnnxRunner(Runner):
    """An ``.onnx`` file on the CPU, by ONNX Runtime."""

    def __init__(self, file: Path, model: Model, threads: int) -> None:
        import onnxruntime as ort

        super().__init__(model)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        self.names = [tensor.name for tensor in self.outputs]

    def _run(self, inputs: Arrays) -> Arrays:
        return dict(zip(self.names, self.session.run(self.names, inputs), strict=True))


class TorchRunner(Runner):
    """A ``.pt2`` program of `torch.export`, or the network itself from its ``.safetensors``."""

    def __init__(self, file: Path, model: Model, threads: int) -> None:
        import torch

        super().__init__(model)
        torch.set_num_threads(threads)
        if file.suffix == ".pt2":
            import torchao.quantization  # noqa: F401 - it registers the operators that a quantised program calls

            self.module = torch.export.load(file).module()
        else:
            from .trained import load, served

            self.module = served(model, load(model, file.parent)).eval()

    def _run(self, inputs: Arrays) -> Arrays:
        import torch

        # Read-only arrays are copied: torch warns of undefined behaviour for them.
        arrays = (inputs[tensor.name] for tensor in self.inputs)
        tensors = [torch.from_numpy(a if a.flags.writeable else np.array(a)) for a in arrays]
        with torch.inference_mode():
            answers = self.module(*tensors)
        return {tensor.name: answer.numpy() for tensor, answer in zip(self.outputs, answers, strict=True)}


_OPENERS: Mapping[str, Callable[[Path, Model, int], Runner]] = {
    "onnxruntime": OnnxRunner,
    "torch": TorchRunner,
    "eager": TorchRunner,
}


def open_runner(variant: Variant, folder: Path, model: Model, threads: int = 1) -> Runner:
    """Load ``variant`` of the compress stage's ``folder``, ready to run on ``threads`` of the CPU.

    Raises what the runtime raises for a file that it can't load.
    """
    return _OPENERS[variant.runtime](folder / variant.file, model, threads)
