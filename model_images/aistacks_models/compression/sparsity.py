"""2:4 sparsity: of every four weights in a row, the two smallest are zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..steps import SemiStructuredSparsity
from .context import Context, Impossible

if TYPE_CHECKING:
    from torch import nn

_LEAST = (8, 0)
"""CUDA compute capability of Ampere, the first with sparse tensor cores (torch.sparse's documentation, 2026-11-27)."""


def sparsify(network: nn.Module, step: SemiStructuredSparsity, context: Context) -> nn.Module:
    """Zero two of every four weights of each linear layer, and fine-tune with the mask.

    The weights stay dense: TensorRT detects the pattern, and in torch
    ``torchao.sparsity.sparsify_`` packs them on the device. Raises `Impossible` where no GPU here can use it.
    """
    from torch import nn
    from torchao.prototype.sparsity.sparsifier.weight_norm_sparsifier import WeightNormSparsifier

    require_device()
    # The kernels' tiles: rows in 32s, columns in 64s (torch.sparse.semi_structured, 2026-11-27).
    names = [
        name
        for name, module in network.named_modules()
        if type(module) is nn.Linear and not (module.out_features % 32 or module.in_features % 64)
    ]
    if not names:
        raise Impossible("no linear layer with rows in 32s and columns in 64s, which the sparse kernels need")
    sparsifier = WeightNormSparsifier(sparsity_level=1.0, sparse_block_shape=(1, 4), zeros_per_block=2)
    sparsifier.prepare(network, [{"tensor_fqn": f"{name}.weight"} for name in names])
    sparsifier.step()
    context.fine_tune(network, step.epochs)
    sparsifier.squash_mask()
    context.notes.append(f"2 of 4 weights are zero in {len(names)} linear layers, stored densely")
    return network


def require_device() -> None:
    """Raises `Impossible` unless a GPU here has sparse tensor cores."""
    import torch

    least = ".".join(map(str, _LEAST))
    if not torch.cuda.is_available():
        raise Impossible(f"useful only on NVIDIA GPUs of compute capability {least} (Ampere) or newer; none here")
    if torch.cuda.get_device_capability() < _LEAST:
        name = torch.cuda.get_device_name()
        raise Impossible(f"useful only on NVIDIA GPUs of compute capability {least} (Ampere) or newer; here is {name}")
