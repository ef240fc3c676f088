"""Half precision of a torch network and of an ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..steps import HalfOnnx, HalfTorch
from . import onnx_io
from .context import Context

if TYPE_CHECKING:
    from torch import nn


def halve_network(network: nn.Module, step: HalfTorch, _context: Context) -> nn.Module:
    """The network in 16 bits. Inputs and outputs stay fp32, so the head still computes in fp32."""
    import torch
    from torch import nn
    from torch.utils._pytree import tree_map_only

    dtype = getattr(torch, step.dtype)

    class Half(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network.to(dtype)

        def forward(self, *inputs: torch.Tensor) -> Any:
            given = (x.to(dtype) if x.is_floating_point() else x for x in inputs)
            # For tensors that the network itself creates in fp32, a mask for example.
            with torch.autocast(inputs[0].device.type, dtype):
                raw = self.network(*given)
            return tree_map_only(torch.Tensor, lambda x: x.float() if x.is_floating_point() else x, raw)

    return Half().eval()


def halve_file(file_in: Path, file_out: Path, _step: HalfOnnx, _context: Context) -> None:
    """fp32 → fp16 inside the graph; inputs and outputs keep their types."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    onnx_io.write(convert_float_to_float16(str(file_in), keep_io_types=True), file_out)
