"""Handwritten digits: a small convolutional network on scikit-learn's own data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from .. import Gates, Metric, Model, Size, Split, Splits, Tensor, Training, steps
from ..metrics import accuracy, by_class, output
from ..serving import Serving
from ..steps import Recipe

if TYPE_CHECKING:
    import torch

_EXPORT = (steps.Export(), steps.OptimizeGraph())
_SMALLER = steps.StructuredPruning(amount=0.5, rounds=2, epochs=20)


class DigitsSize(Size):
    """``width``: channels of the first convolution; ``hidden``: units of the layer before the last."""

    width: int = Field(default=32, ge=1)
    hidden: int = Field(default=128, ge=1)


class Digits(Model):
    """8 x 8 grey pixels → which digit it shows."""

    name = "digits"
    task = "image classification"
    inputs = (Tensor(name="pixels", datatype="FP32", shape=(64,), low=0, high=16),)
    outputs = (
        Tensor(name="label", datatype="INT64", shape=(1,), low=0, high=9),
        Tensor(name="probabilities", datatype="FP32", shape=(10,), low=0, high=1),
    )
    classes = tuple(str(digit) for digit in range(10))
    metric = Metric("accuracy", accuracy("label"), output("label"), by_class("label", classes))
    # With 36 rows of each class, one more that is wrong can't be told from a loss of 15 %.
    gates = Gates(quality_loss=0.02, class_quality_loss=0.15, least_quality=0.95, size_ratio=1.1)
    serving = Serving(max_queue_delay_us=2000, preferred_batch_sizes=(16,))
    training = Training(epochs=20, batch_size=64, learning_rate=3e-3)
    recipes = (
        Recipe(name="fp32", steps=_EXPORT),
        Recipe(name="int8-dynamic", steps=(*_EXPORT, steps.DynamicInt8())),
        Recipe(name="int8-static", steps=(*_EXPORT, steps.StaticInt8(rows=256))),
        Recipe(name="weights-int8", steps=(*_EXPORT, steps.WeightOnly(bits=8))),
        Recipe(name="weights-int4", steps=(*_EXPORT, steps.WeightOnly(bits=4))),
        Recipe(name="small", steps=(_SMALLER, *_EXPORT)),
        Recipe(name="small-int8", steps=(_SMALLER, *_EXPORT, steps.StaticInt8(rows=256))),
        Recipe(name="sparse", steps=(steps.UnstructuredPruning(amount=0.7, epochs=4), *_EXPORT)),
        Recipe(name="sparse-2-4", steps=(steps.SemiStructuredSparsity(epochs=4),)),
        Recipe(name="fp16", steps=(*_EXPORT, steps.HalfOnnx())),
    )

    @classmethod
    def default_size(cls) -> DigitsSize:
        return DigitsSize()

    def network(self) -> torch.nn.Module:
        from torch import nn

        width, hidden = self.size.width, self.size.hidden
        return nn.Sequential(
            nn.Unflatten(1, (1, 8, 8)),
            nn.Conv2d(1, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(width, 2 * width, 3, padding=1, bias=False),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(8 * width, hidden),
            nn.ReLU(),
            nn.Linear(hidden, len(self.classes)),
        )

    def data(self) -> Splits:
        import numpy as np
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split

        pixels, labels = load_digits(return_X_y=True)
        rows = np.arange(len(labels))
        seed = self.trained_by.seed
        rest, held_out = train_test_split(rows, test_size=0.2, random_state=seed, stratify=labels)
        train, validation = train_test_split(rest, test_size=0.15, random_state=seed, stratify=labels[rest])
        whole = Split({"pixels": pixels.astype(np.float32)}, labels.astype(np.int64))
        return Splits(
            train=whole.take(train),
            validation=whole.take(validation),
            held_out=whole.take(held_out),
            source="sklearn.datasets.load_digits (UCI, optical recognition of handwritten digits)",
            licence="CC-BY-4.0",
        )

    def loss(self, raw: Any, targets: torch.Tensor) -> torch.Tensor:
        from torch.nn import functional

        return functional.cross_entropy(raw, targets)

    def head(self, raw: Any) -> tuple[torch.Tensor, ...]:
        return raw.argmax(1, keepdim=True), raw.softmax(1)
