"""A model of one's own that trains in a moment: which of two numbers is greater."""

from aistacks_models import Metric, Model, Size, Split, Splits, Tensor, Training
from aistacks_models.steps import DynamicInt8, Export, Recipe


class Width(Size):
    hidden: int = 8
    rows: int = 600


class Greater(Model):
    name = "greater"
    task = "comparison"
    inputs = (Tensor(name="pair", datatype="FP32", shape=(2,), low=0, high=1),)
    outputs = (Tensor(name="label", datatype="INT64", shape=(1,)), Tensor(name="score", datatype="FP32", shape=(2,)))
    classes = ("first", "second")
    metric = Metric(
        "accuracy",
        lambda outputs, targets: float((outputs["label"][:, 0] == targets).mean()),
        lambda outputs: outputs["label"][:, 0],
    )
    training = Training(epochs=3, batch_size=32, learning_rate=0.05)
    recipes = (
        Recipe(name="fp32", steps=(Export(),)),
        Recipe(name="int8", steps=(Export(), DynamicInt8())),
    )

    @classmethod
    def default_size(cls):
        return Width()

    def network(self):
        from torch import nn

        return nn.Sequential(nn.Linear(2, self.size.hidden), nn.ReLU(), nn.Linear(self.size.hidden, 2))

    def data(self):
        import numpy as np

        pairs = np.random.default_rng(1).random((self.size.rows, 2), dtype=np.float32)
        whole = Split({"pair": pairs}, (pairs[:, 1] > pairs[:, 0]).astype("int64"))
        third = self.size.rows // 3
        return Splits(
            whole.take(slice(third)),
            whole.take(slice(third, 2 * third)),
            whole.take(slice(2 * third, None)),
            "numpy's generator",
            "CC0-1.0",
        )

    def loss(self, raw, targets):
        from torch.nn import functional

        return functional.cross_entropy(raw, targets)

    def head(self, raw):
        return raw.argmax(-1, keepdim=True), raw.softmax(-1)
