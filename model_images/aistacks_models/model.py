"""What a user's model file declares: a subclass of `Model`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from .gates import Gates
from .metrics import Metric
from .serving import Serving
from .steps import Recipe
from .tensors import Tensor

if TYPE_CHECKING:
    import torch

    from .data import Splits


class Training(BaseModel):
    """How a network is trained: AdamW, a linear warm-up and a cosine decay."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: int = Field(default=10, ge=1)
    batch_size: int = Field(default=64, ge=1)
    learning_rate: float = Field(default=1e-3, gt=0)
    warmup: float = Field(default=0.1, ge=0, lt=1)
    """Share of the steps during which the rate rises from 0."""
    weight_decay: float = Field(default=0.01, ge=0)
    clip: float = Field(default=1.0, gt=0)
    """Largest norm of a gradient."""
    seed: int = 20261127
    threads: int = Field(default=1, ge=1)
    """Intra-op threads. The order of floating-point additions, and so every bit, depends on it."""


class Size(BaseModel):
    """Base class of a model's hyperparameters of size: they scale it from a minute on 2 cores to production size."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Model(ABC):
    """A network, its data, its metric and its gates.

    A file holds one subclass; `aistacks models build NAME` finds it by the file's name. Everything but
    ``network``, ``data``, ``loss`` and ``head`` is read without importing torch.
    """

    name: ClassVar[str]
    """Name in the model store and of the served model: lower-case letters, digits, hyphens, underscores."""
    task: ClassVar[str]
    """For example ``"image classification"``."""
    licence: ClassVar[str] = "Apache-2.0"
    """SPDX id of the weights."""
    inputs: ClassVar[tuple[Tensor, ...]]
    """In the order of the network's arguments."""
    outputs: ClassVar[tuple[Tensor, ...]]
    """In the order in which ``head`` gives them."""
    classes: ClassVar[tuple[str, ...]] = ()
    """Names of the classes, by number."""
    metric: ClassVar[Metric]
    gates: ClassVar[Gates] = Gates()
    training: ClassVar[Training] = Training()
    recipes: ClassVar[tuple[Recipe, ...]]
    """How it is compressed: each recipe makes one variant."""
    max_batch_size: ClassVar[int] = 64
    """The most rows that a server may combine into one batch."""
    serving: ClassVar[Serving] = Serving()
    """How servers run it: instances, threads, and dynamic batching."""

    def __init__(self, size: Size | None = None, training: Training | None = None) -> None:
        self.size: Any = size or self.default_size()
        self.trained_by = training or self.training

    @classmethod
    def default_size(cls) -> Size:
        """The default size, trained in minutes on 2 cores."""
        return Size()

    @abstractmethod
    def network(self) -> torch.nn.Module:
        """A freshly initialised network; the caller sets the seed. Its ``forward`` takes the inputs in order."""

    @abstractmethod
    def data(self) -> Splits:
        """The data splits; every call must return the same rows."""

    @abstractmethod
    def loss(self, raw: Any, targets: torch.Tensor) -> torch.Tensor:
        """The training loss, a scalar. ``raw``: the network's output for a batch."""

    @abstractmethod
    def head(self, raw: Any) -> tuple[torch.Tensor, ...]:
        """The served outputs, in the order of ``outputs``, from the network's output; exported with the network."""

    def distance(self, student: Any, teacher: Any) -> torch.Tensor:
        """The distillation loss. Default: Kullback-Leibler divergence of the raw outputs at temperature 2."""
        from torch.nn import functional

        heat = 2.0
        return functional.kl_div(
            functional.log_softmax(student / heat, -1).flatten(0, -2),
            functional.log_softmax(teacher / heat, -1).flatten(0, -2),
            reduction="batchmean",
            log_target=True,
        ) * (heat * heat)
