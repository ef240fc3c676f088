"""A model that is trained in a moment, and every way in which its data can be wrong."""

import os
import signal

import numpy as np
from pydantic import Field
from torch import nn
from torch.nn import functional

from aistacks_models import Metric, Model, Recipe, Size, Split, Splits, Tensor, Training, steps
from aistacks_models.metrics import accuracy, by_class, output

CLASSES = ("low", "middle", "high")


class BlobsSize(Size):
    rows: int = Field(default=96, ge=1)
    fault: str = ""


class Blobs(Model):
    name = "blobs"
    task = "classification"
    inputs = (Tensor(name="place", datatype="FP32", shape=(4,), low=-20, high=20),)
    outputs = (Tensor(name="label", datatype="INT64", shape=(1,)), Tensor(name="score", datatype="FP32", shape=(3,)))
    classes = CLASSES
    metric = Metric("accuracy", accuracy("label"), output("label"), by_class("label", CLASSES))
    training = Training(epochs=4, batch_size=16, learning_rate=0.02)
    recipes = (Recipe(name="onnx", steps=(steps.Export(),)),)

    def __init__(self, size=None, training=None):
        super().__init__(size, training)
        if self.size.fault == "bytes":
            vars(self)["inputs"] = (Tensor(name="place", datatype="BYTES", shape=(4,)),)

    @classmethod
    def default_size(cls):
        return BlobsSize()

    def network(self):
        return nn.Sequential(
            nn.Linear(4, 8), nn.BatchNorm1d(8, momentum=0.5), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 3)
        )

    def data(self):
        parts = [self._blobs(self.size.rows, 1), self._blobs(48, 2), self._blobs(48, 3)]
        parts[2] = FAULTS.get(self.size.fault, lambda split: split)(parts[2])
        return Splits(*parts, source="blobs", licence="Apache-2.0")

    def loss(self, raw, targets):
        # Two interrupts in the middle of an epoch would be one too many: the variable is gone after the first.
        if (left := int(os.environ.get("INTERRUPT_AT", "0"))) > 0:
            os.environ["INTERRUPT_AT"] = str(left - 1)
            if left == 1:
                os.kill(os.getpid(), signal.SIGINT)
        loss = functional.cross_entropy(raw, targets)
        return loss * float("nan") if self.size.fault == "loss" else loss

    def head(self, raw):
        label = raw.argmax(1, keepdim=self.size.fault != "output")
        return label, raw.softmax(1)

    def _blobs(self, count, seed):
        rng = np.random.default_rng([self.trained_by.seed, seed])
        labels = rng.integers(3, size=count)
        places = rng.normal(labels[:, None] * 3.0 - 3, 1, (count, 4)).astype(np.float32)
        return Split({"place": places}, labels)


def _value(split, value):
    split.inputs["place"][7, 2] = value
    return split


FAULTS = {
    "empty": lambda split: split.take(slice(0)),
    "name": lambda split: Split({"plaice": split.inputs["place"]}, split.targets),
    "type": lambda split: Split({"place": split.inputs["place"].astype(np.float64)}, split.targets),
    "shape": lambda split: Split({"place": split.inputs["place"][:, :3]}, split.targets),
    "rows": lambda split: Split(split.inputs, split.targets[:40]),
    "nan": lambda split: _value(split, np.nan),
    "high": lambda split: _value(split, 21),
    "class": lambda split: Split(split.inputs, split.targets + 1),
    "text": lambda split: Split(split.inputs, split.targets.astype(str)),
    "split": lambda split: (split.inputs, split.targets),
}
WRONG = (*FAULTS, "output", "loss", "bytes")
