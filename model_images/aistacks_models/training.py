"""The one training loop: AdamW, a linear warm-up, a cosine decay, and a checkpoint after each epoch.

The same seed, threads and machine give the same bits, also when an interrupted run resumes from its checkpoint,
as long as a network draws its random numbers from torch.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import nn

from aistacks_core.errors import UserError

from .data import Arrays, Split
from .model import Model
from .progress import bar

Objective: TypeAlias = Callable[[nn.Module, tuple[torch.Tensor, ...], torch.Tensor], torch.Tensor]
"""Network, inputs in order and targets of a batch → the loss, a scalar."""


@dataclass(frozen=True)
class Epoch:
    """Statistics of a finished epoch. ``number``: from 1. ``loss``: the mean of its steps. ``rate``: the last step's.

    ``losses`` and ``rates``: of each step. ``step``: steps taken in all.
    """

    number: int
    step: int
    losses: list[float]
    rates: list[float]

    @property
    def loss(self) -> float:
        """Mean over the steps."""
        return math.fsum(self.losses) / len(self.losses)


@dataclass
class Checkpoint:
    """The checkpoint file of a run, and the caller's own data in it."""

    file: Path
    kept: dict[str, Any] = field(default_factory=dict)
    """Numbers, strings, lists and dicts only; restored before the first epoch of a resumed run."""

    def save(self, state: dict[str, Any]) -> None:
        """Written atomically. Raises ``OSError`` where the disk is full."""
        part = self.file.with_suffix(".part")
        with part.open("wb") as file:
            torch.save({**state, "kept": self.kept}, file)
        part.replace(self.file)

    def load(self) -> dict[str, Any] | None:
        """The state, or ``None`` where there is none or it is damaged. No pickled code is run."""
        try:
            state: dict[str, Any] = torch.load(self.file, weights_only=True)
        except (OSError, EOFError, RuntimeError, pickle.UnpicklingError):
            return None
        self.kept = state.pop("kept")
        return state


@contextlib.contextmanager
def reproducible(model: Model) -> Iterator[None]:
    """Seed torch, fix its threads, and require deterministic algorithms until the block ends.

    Afterwards the previous settings and random state are restored.
    """
    before, threads = torch.are_deterministic_algorithms_enabled(), torch.get_num_threads()
    random = torch.get_rng_state()
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # or cuBLAS refuses
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(model.trained_by.threads)
    torch.manual_seed(model.trained_by.seed)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)
        torch.set_num_threads(threads)
        torch.set_rng_state(random)


def tensors(model: Model, split: Split, device: torch.device | str = "cpu") -> tuple[torch.Tensor, ...]:
    """The inputs of ``split`` in the order of the network's arguments."""
    return tuple(torch.from_numpy(np.ascontiguousarray(split.inputs[t.name])).to(device) for t in model.inputs)


def batches(model: Model, split: Split, epoch: int) -> Iterator[Split]:
    """Batches in the shuffled order of ``epoch`` (from 0); an incomplete last batch is dropped."""
    training = model.trained_by
    order = np.random.default_rng([training.seed, epoch]).permutation(len(split))
    for start in range(0, _per_epoch(model, split) * training.batch_size, training.batch_size):
        yield split.take(order[start : start + training.batch_size])


def answers(model: Model, network: nn.Module, split: Split, batch_size: int = 256) -> Arrays:
    """The served outputs for the rows of ``split``: output name → array. The network's mode is restored."""
    device, was_training = device_of(network), network.training
    network.eval()
    parts: list[tuple[torch.Tensor, ...]] = []
    with torch.inference_mode():
        for start in range(0, len(split), batch_size):
            rows = split.take(slice(start, start + batch_size))
            parts.append(tuple(out.cpu() for out in model.head(network(*tensors(model, rows, device)))))
    network.train(was_training)
    names = [tensor.name for tensor in model.outputs]
    return {name: torch.cat(column).numpy() for name, column in zip(names, zip(*parts, strict=True), strict=True)}


def fit(
    model: Model,
    network: nn.Module,
    split: Split,
    *,
    epochs: float,
    learning_rate: float | None = None,
    objective: Objective | None = None,
    text: str = "",
    checkpoint: Checkpoint | None = None,
    at_epoch: Callable[[Epoch], str] | None = None,
) -> nn.Module:
    """Train ``network`` in place on the device it is on, and return it in eval mode.

    ``epochs`` may be a fraction: the steps are rounded up. ``objective``: default, the model's own loss on the
    targets. ``text``: stands before the progress bar. ``at_epoch``: called after each whole epoch, before its
    checkpoint; what it returns stands behind the bar.

    Raises UserError when the loss is no longer finite.
    """
    per_epoch = _per_epoch(model, split)
    total = math.ceil(epochs * per_epoch)
    aim = objective or (lambda network, inputs, targets: model.loss(network(*inputs), targets))
    with reproducible(model), bar(text or f"training {model.name}", total) as advance:
        state = _State(model, network, learning_rate or model.trained_by.learning_rate, total)
        done = state.restore(checkpoint)
        advance(done * per_epoch)
        for number in range(done, math.ceil(total / per_epoch)):
            first = number * per_epoch
            rows = itertools.islice(batches(model, split, number), total - first)
            losses, rates = [], []
            for step, batch in enumerate(rows, first + 1):
                rates.append(state.optimizer.param_groups[0]["lr"])
                losses.append(state.step(aim, batch, f"epoch {number + 1}, step {step}"))
                advance(1, f"loss {losses[-1]:.4f}")
            epoch = Epoch(number + 1, first + len(losses), losses, rates)
            if at_epoch is not None:
                advance(0, at_epoch(epoch))
            if checkpoint is not None:
                checkpoint.save(state.kept(epoch.number))
    return network.eval()


class _State:
    """All that a step changes."""

    def __init__(self, model: Model, network: nn.Module, rate: float, total: int) -> None:
        self.model, self.network, self.rate = model, network, rate
        self.device = device_of(network)
        training = model.trained_by
        warm = math.ceil(training.warmup * total)
        self.optimizer = torch.optim.AdamW(_groups(network, training.weight_decay), lr=rate)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda step: _share(step, warm, total))

    def step(self, aim: Objective, batch: Split, where: str) -> float:
        """The loss before the step."""
        self.network.train()
        self.optimizer.zero_grad(set_to_none=True)
        inputs = tensors(self.model, batch, self.device)
        loss = aim(self.network, inputs, torch.from_numpy(batch.targets).to(self.device))
        value = float(loss.item())
        if not math.isfinite(value):
            raise UserError(
                f"{self.model.name}: {where}",
                f"a loss of {value}",
                "a finite number",
                f"Lower the learning rate (now {self.rate:g}), or look at what the network makes of such a batch.",
            )
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), self.model.trained_by.clip)
        self.optimizer.step()
        self.schedule.step()
        return value

    def kept(self, epochs: int) -> dict[str, Any]:
        return {
            "epochs": epochs,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "random": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state_all(),
        }

    def restore(self, checkpoint: Checkpoint | None) -> int:
        """Epochs that are done."""
        kept = checkpoint.load() if checkpoint else None
        if kept is None:
            return 0
        self.network.load_state_dict(kept["network"])
        self.optimizer.load_state_dict(kept["optimizer"])
        self.schedule.load_state_dict(kept["schedule"])
        torch.set_rng_state(kept["random"])
        torch.cuda.set_rng_state_all(kept["cuda"])
        return int(kept["epochs"])


def _per_epoch(model: Model, split: Split) -> int:
    return max(1, len(split) // model.trained_by.batch_size)


def device_of(network: nn.Module) -> torch.device:
    """The device of the network's parameters; the CPU where it has none."""
    return next((parameter.device for parameter in network.parameters()), torch.device("cpu"))


def _groups(network: nn.Module, decay: float) -> list[dict[str, Any]]:
    """Matrices decay; biases and the scales of norms don't."""
    free = [parameter for parameter in network.parameters() if parameter.requires_grad]
    matrices = [parameter for parameter in free if parameter.ndim > 1]
    vectors = [parameter for parameter in free if parameter.ndim <= 1]
    return [{"params": matrices, "weight_decay": decay}, {"params": vectors, "weight_decay": 0.0}]


def _share(step: int, warm: int, total: int) -> float:
    """Of the learning rate, at ``step``."""
    if step < warm:
        return (step + 1) / (warm + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, total - warm)))
