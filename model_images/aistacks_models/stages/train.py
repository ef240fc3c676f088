"""The first stage: trains the network on the model's own data, and saves it as safetensors.

TensorBoard's event files contain time, host and process id, so they are kept outside the hashed stages, in
``tensorboard/<stage>``: ``tensorboard --logdir STAGE_CACHE/<model>/tensorboard``.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import save_model
from torch import nn

from aistacks_core import checksums
from aistacks_core.errors import UserError

from .. import training, training_data
from ..data import Split
from ..model import Model, Size
from ..stage_cache import Stage, StageCache, code
from ..trained import WEIGHTS, first_line
from . import train_source

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

FACTS = "train.json"
_CODE = (
    "aistacks_models.metrics",
    "aistacks_models.training",
    "aistacks_models.stages.train",
    "aistacks_models.trained",
    "aistacks_models.training_data",
)


def train(model: Model, cache: StageCache, source: Path) -> Stage:
    """Train ``model``, unless it is cached. An interrupted run resumes from its checkpoint.

    ``source``: the model's file. It is an input of the stage except for its recipes and gates (`train_source`),
    as are the files to which options of its size point.

    Raises UserError for data that isn't as the model declares it, for a loss that isn't finite, and for a
    full disk.
    """
    inputs = {
        "model": model.name,
        "size": model.size.model_dump(mode="json"),
        "training": model.trained_by.model_dump(mode="json"),
        "source": train_source.digest(source),
        "paths": {name: _digest(path) for name, path in _paths(model.size)},
        "code": code(*_CODE),
    }
    events = cache.root / "tensorboard" / f"train-{cache.key(inputs)[:16]}"
    return cache.stage("train", inputs, partial(_make, model, events))


def _make(model: Model, events: Path, folder: Path) -> None:
    splits = training_data.checked(model)
    with training.reproducible(model):
        network = model.network()
    training_data.try_out(model, network, splits.validation)
    network.to("cuda" if torch.cuda.is_available() else "cpu")
    checkpoint = training.Checkpoint(folder / "checkpoint" / "last.pt", {"history": []})
    checkpoint.file.parent.mkdir(exist_ok=True)

    def at_epoch(epoch: training.Epoch) -> str:
        quality = _quality(model, network, splits.validation)
        checkpoint.kept["history"].append({"epoch": epoch.number, "loss": epoch.loss, "quality": quality})
        log.add(epoch, model.metric.name, quality)
        return f"loss {epoch.loss:.4f}, {model.metric.name} {quality:.4f}"

    epochs = model.trained_by.epochs
    with _write_errors(folder), contextlib.closing(_TensorBoardLog(events)) as log:
        training.fit(model, network, splits.train, epochs=epochs, checkpoint=checkpoint, at_epoch=at_epoch)
        network.cpu()
        save_model(network, str(folder / WEIGHTS))
        with training.reproducible(model):
            judged = {name: _quality(model, network, getattr(splits, name)) for name in ("validation", "held_out")}
        facts = {
            "epochs": epochs,
            "history": checkpoint.kept["history"],
            **judged,
            "rows": {name: len(getattr(splits, name)) for name in training_data.SPLITS},
            "data": {"source": splits.source, "licence": splits.licence, "sha256": training_data.digest(splits)},
            "parameters": sum(parameter.numel() for parameter in network.parameters()),
        }
        (folder / FACTS).write_text(json.dumps(facts, indent=1) + "\n")
    shutil.rmtree(checkpoint.file.parent)


class _TensorBoardLog:
    """A run's TensorBoard log; a resumed run purges the events after its checkpoint."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writer: SummaryWriter | None = None

    def add(self, epoch: training.Epoch, metric: str, quality: float) -> None:
        first = epoch.step - len(epoch.losses) + 1
        if self._writer is None:
            from torch.utils.tensorboard import SummaryWriter  # takes a second to import

            if epoch.number == 1:
                shutil.rmtree(self.folder, ignore_errors=True)
            self._writer = SummaryWriter(str(self.folder), purge_step=first)
        for step, (loss, rate) in enumerate(zip(epoch.losses, epoch.rates, strict=True), first):
            self._writer.add_scalar("loss/step", loss, step)
            self._writer.add_scalar("learning rate", rate, step)
        self._writer.add_scalar("loss/epoch", epoch.loss, epoch.step)
        self._writer.add_scalar(f"validation/{metric}", quality, epoch.step)
        self._writer.flush()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def _quality(model: Model, network: nn.Module, split: Split) -> float:
    return float(model.metric.of(training.answers(model, network, split), split.targets))


def _paths(size: Size) -> Iterator[tuple[str, Path]]:
    """The options that are paths of files or folders."""
    for name, value in size:
        if isinstance(value, (str, Path)) and str(value) and Path(value).exists():
            yield name, Path(value)


def _digest(path: Path) -> str:
    """Digest of a file, or of all files in a folder."""
    total = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(path.rglob("*")):
        if file.is_file():
            total.update(f"{file.name}\0{checksums.of_file(file)}\n".encode())
    return total.hexdigest()


@contextlib.contextmanager
def _write_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, SafetensorError) as error:
        raise UserError(
            str(folder),
            first_line(error),
            "free disk space",
            "Free disk space and run it again: training resumes after its last epoch.",
        ) from error
