"""A trained network: read from its weights, and with the model's head as it is served."""

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
    """A network with the model's head: takes the inputs in order, gives the tuple of outputs."""

    def __init__(self, model: Model, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self._head = model.head

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """What the server answers."""
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
    """Of its message; its class where it has none."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
