"""Images of CIFAR-10's shape: a residual network, from 8 layers here to ResNet-50 where there is time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from .. import Gates, Metric, Model, Size, Splits, Tensor, Training, steps
from ..metrics import accuracy, by_class, output
from ..steps import Recipe

if TYPE_CHECKING:
    import torch

_GENERATED = tuple(
    f"{texture} {shape}"
    for texture in ("striped", "chequered")
    for shape in ("disc", "ring", "square", "triangle", "cross")
)
_CIFAR = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
"""By number, as CIFAR-10's batches.meta.txt lists them."""
_EXPORT = (steps.Export(), steps.OptimizeGraph())
_SMALLER = steps.StructuredPruning(amount=0.25, rounds=2, epochs=4)
_ARCHITECTURES: dict[str, tuple[tuple[int, ...], int, bool]] = {
    "resnet-8": ((1, 1, 1), 16, False),
    "resnet-20": ((3, 3, 3), 16, False),
    "resnet-56": ((9, 9, 9), 16, False),
    "resnet-18": ((2, 2, 2, 2), 64, False),
    "resnet-50": ((3, 4, 6, 3), 64, True),
}
"""Blocks of each stage, channels of the first, and whether blocks are bottlenecks. ResNet-18 and -50 keep the stem
for 32 x 32 images: no stride and no pooling before the first stage."""


class ResnetSize(Size):
    """The default is trained in two minutes on one core; ResNet-18 on CIFAR-10 itself is for a GPU."""

    architecture: Literal["resnet-8", "resnet-20", "resnet-56", "resnet-18", "resnet-50"] = "resnet-8"
    width: int = Field(default=0, ge=0)
    """Channels of the first stage. Default: 0, the architecture's own."""
    augment: bool = False
    """Mirror and move images while training: for CIFAR-10 itself."""
    folder: Path | None = None
    """CIFAR-10's binary version, unpacked. Default: images are generated."""
    rows: int = Field(default=12000, ge=10)
    """Images to train on, where they are generated."""
    validation: int = Field(default=1000, ge=1)
    held_out: int = Field(default=2000, ge=10)
    """Held-out images, where they are generated."""
    noise: float = Field(default=0.08, ge=0)
    """Of generated images, in shares of the range of a pixel."""


def _metric(classes: tuple[str, ...]) -> Metric:
    return Metric("accuracy", accuracy("label"), output("label"), by_class("label", classes))


class CifarResnet(Model):
    """32 x 32 colour images → one of ten classes."""

    name = "cifar-resnet"
    task = "image classification"
    inputs = (Tensor(name="image", datatype="FP32", shape=(3, 32, 32), low=0, high=1),)
    outputs = (
        Tensor(name="label", datatype="INT64", shape=(1,), low=0, high=9),
        Tensor(name="probabilities", datatype="FP32", shape=(10,), low=0, high=1),
    )
    classes = _GENERATED
    metric = _metric(_GENERATED)
    # A retrained network that is as good errs on other rows: of the 8 % that are wrong, some aren't the same.
    gates = Gates(quality_loss=0.025, class_quality_loss=0.1, agreement=0.92)
    training = Training(epochs=8, batch_size=64, learning_rate=4e-3)
    # No dynamic int8: ONNX Runtime's convolutions of that kind are slower than those in fp32.
    recipes = (
        Recipe(name="fp32", steps=_EXPORT),
        Recipe(name="int8-static", steps=(*_EXPORT, steps.StaticInt8(rows=256))),
        Recipe(name="small", steps=(_SMALLER, *_EXPORT)),
        Recipe(name="small-int8", steps=(_SMALLER, *_EXPORT, steps.StaticInt8(rows=256))),
        Recipe(name="sparse", steps=(steps.UnstructuredPruning(amount=0.6, epochs=2), *_EXPORT)),
        Recipe(name="fp16", steps=(*_EXPORT, steps.HalfOnnx())),
        Recipe(name="bf16", steps=(steps.HalfTorch(),)),
    )

    def __init__(self, size: Size | None = None, training: Training | None = None) -> None:
        super().__init__(size, training)
        if self.size.folder is not None:
            vars(self).update(classes=_CIFAR, metric=_metric(_CIFAR))

    @classmethod
    def default_size(cls) -> ResnetSize:
        return ResnetSize()

    def network(self) -> torch.nn.Module:
        from . import _resnet

        blocks, width, bottleneck = _ARCHITECTURES[self.size.architecture]
        return _resnet.resnet(blocks, self.size.width or width, bottleneck, len(self.classes), self.size.augment)

    def data(self) -> Splits:
        from . import _cifar

        size, seed = self.size, self.trained_by.seed
        if size.folder is not None:
            return _cifar.from_folder(size.folder, size.validation, seed)
        return _cifar.generated(size.rows, size.validation, size.held_out, size.noise, seed)

    def loss(self, raw: Any, targets: torch.Tensor) -> torch.Tensor:
        from torch.nn import functional

        return functional.cross_entropy(raw, targets)

    def head(self, raw: Any) -> tuple[torch.Tensor, ...]:
        return raw.argmax(1, keepdim=True), raw.softmax(1)
