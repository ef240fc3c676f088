"""The first stage: a network trained from the model's own data, as safetensors."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_model, save_model
from torch import nn

from .. import checksums, training
from ..data import Splits
from ..errors import ModelError
from ..model import Model
from ..work import Stage, Work, code

WEIGHTS = "weights.safetensors"


class Served(nn.Module):
    """A network with the model's head: takes the inputs in order, gives the tuple of outputs."""

    def __init__(self, model: Model, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self._head = model.head

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return self._head(self.network(*inputs))


def served(model: Model, network: nn.Module) -> nn.Module:
    """``network`` as it is served, in eval mode."""
    return Served(model, network).eval()


def load(model: Model, folder: Path) -> nn.Module:
    """The trained network in eval mode. ``folder``: the stage's.

    Raises ModelError when the file is missing, damaged, or of another network.
    """
    training.prepare(model)
    network = model.network()
    try:
        load_model(network, folder / WEIGHTS)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise ModelError(
            str(folder / WEIGHTS), _line(error), f"the weights of {model.name}", "Remove the folder and train again."
        ) from error
    return network.eval()


def train(model: Model, work: Work, source: Path) -> Stage:
    """Train ``model``, or find it trained. Goes on from its own checkpoint when it was cut short.

    Raises ModelError for data that isn't as the model declares it and for a loss that isn't finite.
    """
    inputs = {
        "model": model.name,
        "size": model.size.model_dump(mode="json"),
        "training": model.trained_by.model_dump(mode="json"),
        "source": checksums.sha256(source.read_bytes()),
        "code": code("aistacks_models.training", "aistacks_models.stages.train"),
    }
    return work.stage("train", inputs, lambda folder: _make(model, folder))


def _make(model: Model, folder: Path) -> None:
    splits = model.data()
    training.prepare(model)
    network = model.network()
    checkpoint = training.Checkpoint(folder / "checkpoint" / "last.pt", {"history": []})
    checkpoint.file.parent.mkdir(exist_ok=True)

    def at_epoch(epoch: training.Epoch) -> str:
        quality = _quality(model, network, splits, "validation")
        checkpoint.kept["history"].append({"epoch": epoch.number, "loss": epoch.loss, "quality": quality})
        return f"loss {epoch.loss:.4f}, {model.metric.name} {quality:.4f}"

    training.fit(model, network, splits.train, epochs=model.trained_by.epochs, checkpoint=checkpoint, at_epoch=at_epoch)
    save_model(network, str(folder / WEIGHTS))
    facts = {
        "epochs": model.trained_by.epochs,
        "history": checkpoint.kept["history"],
        "validation": _quality(model, network, splits, "validation"),
        "held_out": _quality(model, network, splits, "held_out"),
        "rows": {name: len(getattr(splits, name)) for name in ("train", "validation", "held_out")},
        "data": {"source": splits.source, "licence": splits.licence, "sha256": ""},
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
    }
    (folder / "train.json").write_text(json.dumps(facts, indent=1) + "\n")
    shutil.rmtree(checkpoint.file.parent)


def _quality(model: Model, network: nn.Module, splits: Splits, name: str) -> float:
    split = getattr(splits, name)
    return model.metric.of(training.answers(model, network, split), split.targets)


def _line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
