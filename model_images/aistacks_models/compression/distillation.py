"""Training towards the original's raw outputs instead of the targets."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from .. import training
from ..data import Split
from ..steps import Distillation
from .context import Context

if TYPE_CHECKING:
    import torch
    from torch import nn

_BATCH = 256


def distil(network: nn.Module, step: Distillation, context: Context) -> nn.Module:
    """A copy of ``network``, distilled from the original."""
    student = copy.deepcopy(network)
    return towards_original(student, context, step.epochs, step.learning_rate, context.text("distilling"))


def towards_original(
    student: nn.Module, context: Context, epochs: float, learning_rate: float | None, text: str
) -> nn.Module:
    """Train ``student`` in place by the model's ``distance`` to the original, and return it in eval mode.

    For more than one epoch and a raw output of one tensor, the teacher's outputs are computed once, before the first
    step; otherwise for each batch.
    """
    model, rows, teacher = context.model, context.splits.train, context.teacher()
    raw = _answers(teacher, context, rows) if epochs > 1 else None
    if raw is not None:
        # The teacher's outputs take the place of the targets.
        distillation = Split(rows.inputs, raw.numpy())
        return training.fit(
            model,
            student,
            distillation,
            epochs=epochs,
            learning_rate=learning_rate,
            objective=lambda network, inputs, said: model.distance(network(*inputs), said),
            text=text,
        )

    def objective(network: nn.Module, inputs: tuple[torch.Tensor, ...], _: torch.Tensor) -> torch.Tensor:
        return model.distance(network(*inputs), _said(teacher, inputs))

    return training.fit(
        model, student, rows, epochs=epochs, learning_rate=learning_rate, objective=objective, text=text
    )


def _answers(teacher: nn.Module, context: Context, rows: Split) -> torch.Tensor | None:
    """The raw output for every row; ``None`` where it isn't a tensor with a row for each row."""
    import torch

    parts: list[torch.Tensor] = []
    device = training.device_of(teacher)
    with training.reproducible(context.model):
        for start in range(0, len(rows), _BATCH):
            batch = rows.take(slice(start, start + _BATCH))
            said = _said(teacher, training.tensors(context.model, batch, device))
            if not isinstance(said, torch.Tensor) or said.shape[:1] != (len(batch),):
                return None
            parts.append(said.float().cpu())
    return torch.cat(parts)


def _said(teacher: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Any:
    import torch

    with torch.no_grad():
        return teacher(*inputs)
