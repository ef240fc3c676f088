"""Which item a user clicks: tables of users and items beside dense features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from .. import Gates, Metric, Model, Size, Splits, Tensor, Training, steps
from ..steps import Recipe
from . import _metrics

if TYPE_CHECKING:
    import torch

_DENSE = 8
_EXPORT = (steps.Export(), steps.OptimizeGraph())
_SMALLER = steps.StructuredPruning(amount=0.5, rounds=2, epochs=4)


class RecommenderSize(Size):
    """The default is trained in half a minute on one core; tables scale to what memory holds."""

    users: int = Field(default=1000, ge=10)
    items: int = Field(default=300, ge=10)
    width: int = Field(default=16, ge=1)
    """Of an embedding."""
    hidden: int = Field(default=64, ge=1)
    rows: int = Field(default=100_000, ge=2)
    """To train on."""
    held_out: int = Field(default=4000, ge=2)
    """Held-out rows; half as many for validation."""


class Recommender(Model):
    """A user, an item and dense features of both → how likely a click is."""

    name = "recommender"
    task = "recommendation"
    inputs = (
        Tensor(name="user", datatype="INT64", shape=(1,), low=0),
        Tensor(name="item", datatype="INT64", shape=(1,), low=0),
        Tensor(name="dense", datatype="FP32", shape=(_DENSE,)),
    )
    outputs = (Tensor(name="score", datatype="FP32", shape=(1,), low=0, high=1),)
    metric = Metric(
        "AUC",
        _metrics.auc("score"),
        _metrics.above("score", 0.5),
        _metrics.auc_by_segment("score", ("occasional users", "regular users")),
    )
    gates = Gates(quality_loss=0.005, class_quality_loss=0.01, agreement=0.95, least_quality=0.7)
    training = Training(epochs=4, batch_size=256, learning_rate=1e-2, weight_decay=0.3)
    max_batch_size = 256
    recipes = (
        Recipe(name="fp32", steps=_EXPORT),
        Recipe(name="int8-dynamic", steps=(*_EXPORT, steps.DynamicInt8())),
        Recipe(name="int8-static", steps=(*_EXPORT, steps.StaticInt8(rows=512))),
        Recipe(name="weights-int8", steps=(*_EXPORT, steps.WeightOnly(bits=8))),
        Recipe(name="small", steps=(_SMALLER, *_EXPORT)),
        Recipe(name="small-int8", steps=(_SMALLER, *_EXPORT, steps.DynamicInt8())),
        Recipe(name="fp16", steps=(*_EXPORT, steps.HalfOnnx())),
        Recipe(name="torchao-int8", steps=(steps.TorchAo(scheme="int8-dynamic"),)),
    )

    @classmethod
    def default_size(cls) -> RecommenderSize:
        return RecommenderSize()

    def network(self) -> torch.nn.Module:
        from ._ranker import Ranker

        return Ranker(self.size.users, self.size.items, _DENSE, self.size.width, self.size.hidden)

    def data(self) -> Splits:
        from . import _clicks

        size = self.size
        return _clicks.generated(size.users, size.items, size.rows, size.held_out, self.trained_by.seed)

    def loss(self, raw: Any, targets: torch.Tensor) -> torch.Tensor:
        from torch.nn import functional

        return functional.binary_cross_entropy_with_logits(raw, targets[:, :1])

    def head(self, raw: Any) -> tuple[torch.Tensor, ...]:
        return (raw.sigmoid(),)

    def distance(self, student: Any, teacher: Any) -> torch.Tensor:
        """Cross-entropy towards the teacher's probability of a click."""
        from torch.nn import functional

        return functional.binary_cross_entropy_with_logits(student, teacher.sigmoid())
