"""Two tiny models for the compression tests: pictures through convolutions, and tokens through attention."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from aistacks_models import Metric, Model, Split, Splits, Tensor, Training, steps
from aistacks_models.steps import Recipe
from aistacks_models.verification.machine import machine

ONNX = (steps.Export(), steps.OptimizeGraph())


def splits(inputs, targets, n):
    whole = Split(inputs, targets)
    return Splits(
        whole.take(slice(n)), whole.take(slice(n, n + 32)), whole.take(slice(n + 32, None)), "generated", "CC0-1.0"
    )


class Pictures(Model):
    """In which quarter of 8 x 8 pixels the light is."""

    name = "pictures"
    task = "image classification"
    inputs = (Tensor(name="pixels", datatype="FP32", shape=(1, 8, 8)),)
    outputs = (
        Tensor(name="label", datatype="INT64", shape=(1,)),
        Tensor(name="probabilities", datatype="FP32", shape=(4,)),
    )
    metric = Metric(
        "accuracy",
        lambda outputs, targets: float((outputs["label"][:, 0] == targets).mean()),
        lambda outputs: outputs["label"][:, 0],
    )
    training = Training(epochs=3, batch_size=32, learning_rate=1e-2)
    recipes = (
        Recipe(name="onnx", steps=(steps.Export(),)),
        Recipe(name="optimised", steps=ONNX),
        Recipe(name="int8-dynamic", steps=(*ONNX, steps.DynamicInt8())),
        Recipe(name="int8-static", steps=(*ONNX, steps.StaticInt8(rows=64))),
        Recipe(name="int8-entropy", steps=(*ONNX, steps.StaticInt8(rows=64, method="entropy", per_channel=False))),
        Recipe(name="weights-8", steps=(*ONNX, steps.WeightOnly(bits=8))),
        Recipe(name="weights-4", steps=(*ONNX, steps.WeightOnly(bits=4))),
        Recipe(name="half-onnx", steps=(*ONNX, steps.HalfOnnx())),
        Recipe(name="sparse", steps=(steps.UnstructuredPruning(amount=0.6, epochs=1), *ONNX)),
        Recipe(name="two-of-four", steps=(steps.SemiStructuredSparsity(epochs=1), *ONNX)),
        Recipe(name="program"),
        Recipe(name="bfloat16", steps=(steps.HalfTorch(),)),
        Recipe(name="float16", steps=(steps.HalfTorch(dtype="float16"),)),
        Recipe(name="ao-dynamic", steps=(steps.TorchAo(scheme="int8-dynamic"),)),
        Recipe(name="ao-8", steps=(steps.TorchAo(scheme="int8-weight-only"),)),
        Recipe(name="ao-4", steps=(steps.TorchAo(scheme="int4-weight-only"),)),
    )

    def network(self):
        return nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(128, 64),
            nn.ReLU(),
            nn.Linear(64, 4),
        )

    def data(self):
        rng = np.random.default_rng(3)
        quarter = rng.integers(0, 4, 288)
        pixels = rng.normal(0, 0.3, (288, 1, 8, 8)).astype(np.float32)
        for row, where in enumerate(quarter):
            top, left = 4 * (where // 2), 4 * (where % 2)
            pixels[row, 0, top : top + 4, left : left + 4] += 1
        return splits({"pixels": pixels}, quarter.astype(np.int64), 192)

    def loss(self, raw, targets):
        return functional.cross_entropy(raw, targets)

    def head(self, raw):
        return raw.argmax(1, keepdim=True), raw.softmax(1)


class Block(nn.Module):
    """Attention as BERT writes it, with ``heads`` of 8."""

    def __init__(self, heads):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(32, 8 * heads) for _ in range(3))
        self.out, self.norm = nn.Linear(8 * heads, 32), nn.LayerNorm(32)
        self.up, self.down, self.last = nn.Linear(32, 64), nn.Linear(64, 32), nn.LayerNorm(32)

    def forward(self, x, mask):
        rows, tokens, _ = x.shape
        q, k, v = (layer(x).view(rows, tokens, -1, 8).transpose(1, 2) for layer in (self.q, self.k, self.v))
        heed = (q @ k.transpose(2, 3) * 8**-0.5 + mask).softmax(-1) @ v
        x = self.norm(self.out(heed.transpose(1, 2).reshape(rows, tokens, -1)) + x)
        return self.last(self.down(functional.gelu(self.up(x))) + x)


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.places, self.norm = nn.Embedding(50, 32), nn.Embedding(16, 32), nn.LayerNorm(32)
        self.blocks = nn.ModuleList([Block(4), Block(3)])
        self.tags = nn.Linear(32, 3)

    def forward(self, ids, mask):
        row = mask.unsqueeze(1)
        rows, _, tokens = row.shape
        without = 1.0 - row.unsqueeze(2).expand(rows, 1, tokens, tokens).float()
        without = without.masked_fill(without.bool(), -10000.0)
        x = self.norm(self.table(ids) + self.places.weight[: ids.shape[1]])
        for block in self.blocks:
            x = block(x, without)
        return self.tags(x) * row.transpose(1, 2)


class Tokens(Model):
    """Whether a token is below, at or above the one before it: any number of tokens."""

    name = "tokens"
    task = "token classification"
    inputs = (Tensor(name="ids", datatype="INT64", shape=(-1,)), Tensor(name="mask", datatype="INT64", shape=(-1,)))
    outputs = (
        Tensor(name="embedding", datatype="FP32", shape=(-1, 3)),  # also the name that torch gives a table's rows
        Tensor(name="tags", datatype="INT64", shape=(-1,)),
    )
    metric = Metric(
        "accuracy",
        lambda outputs, targets: float((outputs["tags"] == targets).mean()),
        lambda outputs: outputs["tags"],
    )
    training = Training(epochs=1, batch_size=32, learning_rate=1e-3)
    recipes = (
        Recipe(name="onnx", steps=(steps.Export(),)),
        Recipe(name="fused", steps=(steps.Export(), steps.OptimizeGraph(model_type="bert"))),
        Recipe(
            name="fused-int8",
            # Of 7 bits, so that it answers the same with and without VNNI.
            steps=(steps.Export(), steps.OptimizeGraph(model_type="bert"), steps.DynamicInt8(reduce_range=True)),
        ),
        Recipe(name="no-tables", steps=(*ONNX, steps.DynamicInt8(embeddings=False))),
        Recipe(name="weights-4", steps=(*ONNX, steps.WeightOnly(bits=4))),
    )

    def network(self):
        return Reader()

    def data(self):
        ids = np.random.default_rng(4).integers(0, 50, (160, 12))
        mask = np.ones_like(ids)
        mask[::3, 9:] = 0
        mask[1::3, 2:4] = 0  # not only at the end
        return splits({"ids": ids, "mask": mask}, np.sign(np.diff(ids, prepend=ids[:, :1])) + 1, 96)

    def loss(self, raw, targets):
        return functional.cross_entropy(raw.flatten(0, 1), targets.flatten())

    def head(self, raw):
        return raw.softmax(-1), raw.argmax(-1)


def differences(model, variants, folder, rows):
    """Variant → output → the greatest difference from the first variant's, and the share of like answers."""
    from aistacks_models.runners import open_runner

    first, found = None, {}
    for variant in variants:
        outputs = open_runner(variant, folder, model).run(rows)
        first = first or outputs
        found[variant.name] = {
            "difference": float(
                max(np.abs(outputs[k] - first[k]).max() for k in outputs if outputs[k].dtype.kind == "f")
            ),
            "agreement": float((model.metric.answer(outputs) == model.metric.answer(first)).mean()),
            "outputs": {name: [array.dtype.name, *array.shape] for name, array in outputs.items()},
        }
    return found


def overflows():
    """Whether products of 8 bits overflow on this processor, as ONNX Runtime adds them in 16 bits without VNNI."""
    flags = set(machine().instructions)
    return "avx2" in flags and not flags & {"avx512_vnni", "avx_vnni"}


torch.set_num_threads(1)
