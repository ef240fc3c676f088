"""Distillation: towards one tensor, kept for each row, and towards two, asked for at each step."""

import copy
import json
import sys

import torch
from structured_prune import far, fitted, refused, same
from torch import nn

from aistacks_models import Training, steps
from aistacks_models.compression import distillation
from aistacks_models.compression.context import Context
from aistacks_models.zoo.digits import Digits, DigitsSize


class Pair(nn.Module):
    """Gives two tensors, as no teacher's answers can be kept for."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, pixels):
        return self.network(pixels), pixels


class Pairs(Digits):
    def loss(self, raw, targets):
        return super().loss(raw[0], targets)

    def distance(self, student, teacher):
        return super().distance(student[0], teacher[0])


def distilled():
    model = Digits(DigitsSize(width=4, hidden=16), Training(epochs=4, batch_size=64, learning_rate=3e-3))
    splits, teacher = fitted(model, 4)
    torch.manual_seed(7)
    student = model.network()
    before = [part.state_dict() for part in (copy.deepcopy(student), copy.deepcopy(teacher))]
    context = Context(model, splits, teacher, "distilled", [])
    step = steps.Distillation(epochs=3, learning_rate=3e-3)
    taught = distillation.distil(student, step, context)
    pairs = Pairs(model.size, model.trained_by)
    other = distillation.distil(Pair(student), step, Context(pairs, splits, Pair(teacher), "pairs", []))
    return {
        "before": far(model, student.eval(), teacher, splits.held_out),
        "after": far(model, taught, teacher, splits.held_out),
        "same way": same(taught, other.network),
        "untouched": [
            all(torch.equal(part.state_dict()[name], weights) for name, weights in kept.items())
            for part, kept in zip((student, teacher), before, strict=True)
        ],
        "from a file": refused(distillation.distil, student, step, Context(model, splits, None, "file", [])),
    }


def main():
    found = distilled()
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
