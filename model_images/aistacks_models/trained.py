"""A trained network: loaded from its weights, and wrapped with the model's head for serving."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_model
from torch import nn

from aistacks_core.errors import UserError

from .model import Model

WEIGHTS = "weights.safetensors"
"""Of the stage `train`."""


class Served(nn.Module):
    """A network with the model's head: takes the inputs in order, returns the tuple of outputs."""

    def __init__(self, model: Model, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self._head = model.head

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """The served outputs."""
        return self._head(self.network(*inputs))


def served(model: Model, network: nn.Module) -> nn.Module:
    """``network`` as it is served, in eval mode."""
    return Served(model, network).eval()


def load(model: Model, folder: Path) -> nn.Module:
    """The trained network in eval mode. ``folder``: the stage's.

    Raises UserError when the file is missing, damaged, or of another network.
    """
    network = model.network()
    try:
        load_model(network, folder / WEIGHTS)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise UserError(
            str(folder / WEIGHTS),
            first_line(error),
            f"the weights of {model.name}",
            "Remove the folder and train again.",
        ) from error
    return network.eval()


def first_line(error: Exception) -> str:
    """The first line of its message; its class name where it has none."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
