"""Unstructured magnitude pruning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..steps import UnstructuredPruning
from .context import Context, Impossible

if TYPE_CHECKING:
    from torch import nn


def prune(network: nn.Module, step: UnstructuredPruning, context: Context) -> nn.Module:
    """Global magnitude pruning of all linear and convolutional layers, then fine-tuning with the mask."""
    from torch import nn
    from torch.nn.modules.linear import NonDynamicallyQuantizableLinear
    from torch.nn.utils import prune as pruning

    kinds = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
    # nn.MultiheadAttention reads this layer's weight without calling it, so the mask would never be applied.
    layers = [
        module
        for module in network.modules()
        if isinstance(module, kinds) and not isinstance(module, NonDynamicallyQuantizableLinear)
    ]
    if not layers:
        raise Impossible("no linear or convolutional layer to prune")
    pruning.global_unstructured(
        [(layer, "weight") for layer in layers], pruning_method=pruning.L1Unstructured, amount=step.amount
    )
    context.fine_tune(network, step.epochs)
    for layer in layers:
        pruning.remove(layer, "weight")
    return network
