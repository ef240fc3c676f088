"""A model of one's own: is a tumour benign? Measurements of cell nuclei, from scikit-learn's own data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aistacks_models import Gates, Metric, Model, Recipe, Size, Split, Splits, Tensor, Training
from aistacks_models.metrics import accuracy, by_class, output
from aistacks_models.steps import DynamicInt8, Export, OptimizeGraph

if TYPE_CHECKING:
    import torch


class TumourSize(Size):
    """What `--size hidden=64` changes."""

    hidden: int = 16


class Tumour(Model):
    """30 measurements → malignant or benign."""

    name = "tumour"
    task = "tabular classification"
    inputs = (Tensor(name="measurements", datatype="FP32", shape=(30,), low=0, high=10_000),)
    outputs = (
        Tensor(name="label", datatype="INT64", shape=(1,), low=0, high=1),
        Tensor(name="probabilities", datatype="FP32", shape=(2,), low=0, high=1),
    )
    classes = ("malignant", "benign")
    metric = Metric("accuracy", accuracy("label"), output("label"), by_class("label", classes))
    gates = Gates(quality_loss=0.03, class_quality_loss=0.1, least_quality=0.9)
    training = Training(epochs=30, batch_size=32, learning_rate=1e-2)
    recipes = (
        Recipe(name="fp32", steps=(Export(), OptimizeGraph())),
        Recipe(name="int8", steps=(Export(), OptimizeGraph(), DynamicInt8())),
    )

    @classmethod
    def default_size(cls) -> TumourSize:
        return TumourSize()

    def network(self) -> torch.nn.Module:
        from torch import nn

        hidden = self.size.hidden
        # The normalisation learns each measurement's scale, so that clients send what was measured.
        return nn.Sequential(nn.BatchNorm1d(30), nn.Linear(30, hidden), nn.ReLU(), nn.Linear(hidden, 2))

    def data(self) -> Splits:
        import numpy as np
        from sklearn.datasets import load_breast_cancer
        from sklearn.model_selection import train_test_split

        measurements, labels = load_breast_cancer(return_X_y=True)
        seed, rows = self.trained_by.seed, np.arange(len(labels))
        rest, held_out = train_test_split(rows, test_size=0.3, random_state=seed, stratify=labels)
        train, validation = train_test_split(rest, test_size=0.15, random_state=seed, stratify=labels[rest])
        whole = Split({"measurements": measurements.astype(np.float32)}, labels.astype(np.int64))
        return Splits(
            train=whole.take(train),
            validation=whole.take(validation),
            held_out=whole.take(held_out),
            source="sklearn.datasets.load_breast_cancer (UCI, breast cancer Wisconsin, diagnostic)",
            licence="CC-BY-4.0",
        )

    def loss(self, raw: Any, targets: torch.Tensor) -> torch.Tensor:
        from torch.nn import functional

        return functional.cross_entropy(raw, targets)

    def head(self, raw: Any) -> tuple[torch.Tensor, ...]:
        return raw.argmax(1, keepdim=True), raw.softmax(1)
