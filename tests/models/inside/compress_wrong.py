"""What can't be compressed, and what the user is told. Argument: a folder."""

import json
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import compress_networks
import torch
from compress_networks import ONNX, Pictures
from torch import nn

from aistacks_core.errors import UserError
from aistacks_models import steps
from aistacks_models.compression import sparsity
from aistacks_models.compression.context import Context
from aistacks_models.stage_cache import StageCache
from aistacks_models.stages.compress import compress
from aistacks_models.stages.train import train
from aistacks_models.steps import Recipe
from aistacks_models.variants import Variants

SOURCE = Path(compress_networks.__file__)
ROOT = Path(sys.argv[1])
FP32 = Recipe(name="fp32", steps=ONNX)


class Unknown(Pictures):
    """Has an operator that ONNX lacks."""

    name = "unknown"
    recipes = (FP32, Recipe(name="program"))

    def head(self, raw):
        label, probabilities = super().head(raw)
        return label, torch.special.bessel_j0(probabilities)


class Deciding(Pictures):
    """Does one thing or another, by what the numbers are."""

    name = "deciding"
    recipes = (FP32,)

    def network(self):
        whole = super().network()

        class Decides(nn.Module):
            def __init__(self):
                super().__init__()
                self.whole = whole

            def forward(self, x):
                return self.whole(x) if x.sum() > 0 else self.whole(-x)

        return Decides()


class Convolved(Pictures):
    """Has no product with a matrix, and no linear layer."""

    name = "convolved"
    recipes = (
        FP32,
        Recipe(name="weights-4", steps=(*ONNX, steps.WeightOnly())),
        Recipe(name="ao", steps=(steps.TorchAo(scheme="int8-dynamic"),)),
        Recipe(name="narrow", steps=(steps.TorchAo(scheme="int4-weight-only"),)),
    )

    def network(self):
        return nn.Sequential(nn.Conv2d(1, 4, 8), nn.Flatten())


class Weightless(Pictures):
    name = "weightless"
    recipes = (FP32, Recipe(name="int8", steps=(*ONNX, steps.DynamicInt8())))

    def network(self):
        class Plain(nn.Module):
            def __init__(self):
                super().__init__()
                self.scale = nn.Parameter(torch.ones(1))

            def forward(self, x):
                return x[:, 0, ::4, ::4].flatten(1) * self.scale

        return Plain()


def outcome(kind, source=SOURCE):
    model = kind()
    cache = StageCache(ROOT, model.name)
    try:
        stage = compress(model, train(model, cache, source), cache, source)
    except UserError as error:
        return {"where": error.where, "got": error.got, "expected": error.expected, "todo": error.todo}
    variants = Variants.read(stage.folder)
    return {
        "made": [variant.name for variant in variants.made],
        "dropped": {each.name: each.reason for each in variants.dropped},
    }


def ordered(*parts):
    class Order(Pictures):
        recipes = (Recipe(name="order", steps=parts),)

    return outcome(Order)


def full():
    class Full(Pictures):
        name = "full"
        recipes = (Recipe(name="order", steps=(steps.UnstructuredPruning(amount=0.5), steps.Export())),)

    real, usage = shutil.disk_usage, namedtuple("usage", "free")
    save = torch.onnx.export

    def export(*_, **__):
        raise RuntimeError("can't write")

    torch.onnx.export, shutil.disk_usage = export, lambda _: usage(5_000_000)
    try:
        return outcome(Full)
    finally:
        torch.onnx.export, shutil.disk_usage = save, real


def two_of_four():
    """The mask itself, as it would be made where a GPU has use for it."""
    sparsity.require_device = lambda: None
    model = Pictures()
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 4))
    context = Context(model, model.data(), network, "two-of-four", [])
    made = sparsity.sparsify(network, steps.SemiStructuredSparsity(epochs=1), context)
    fours = made[1].weight.detach().reshape(-1, 4)
    return {
        "nonzero": sorted({int(n) for n in fours.count_nonzero(1)}),
        "narrow": int(made[3].weight.count_nonzero()),
        "parameters": sorted(made.state_dict()),
        "notes": context.notes,
    }


class Twice(Pictures):
    recipes = (FP32, FP32)


sys.stdout.write(
    json.dumps(
        {
            "unknown": outcome(Unknown),
            "deciding": outcome(Deciding, Path(__file__).resolve()),
            "here": str(Path(__file__).resolve()),
            "convolved": outcome(Convolved),
            "weightless": outcome(Weightless),
            "twice": outcome(Twice),
            "file-first": ordered(steps.DynamicInt8(), steps.Export()),
            "network-last": ordered(steps.Export(), steps.Distillation()),
            "two-exports": ordered(steps.Export(), steps.Export()),
            "half-exported": ordered(steps.HalfTorch(), steps.Export()),
            "full": full(),
            "two-of-four": two_of_four(),
        }
    )
)
