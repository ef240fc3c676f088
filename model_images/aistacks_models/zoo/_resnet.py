"""Residual networks for 32 x 32 images (He et al., Deep Residual Learning for Image Recognition, section 4.2)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


class Augment(nn.Module):
    """While training: mirrors each image by chance, and moves a batch by up to 4 pixels. Else nothing."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Shape (n, 3, 32, 32), in and out."""
        if not self.training:
            return images
        mirrored = torch.rand(len(images), 1, 1, 1, device=images.device) < 0.5
        images = torch.where(mirrored, images.flip(3), images)
        down, right = (int(move) for move in torch.randint(0, 9, (2,)))
        return functional.pad(images, (4, 4, 4, 4))[:, :, down : down + 32, right : right + 32]


class Scale(nn.Module):
    """From 0..1 to -1..1."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Shape as it was."""
        return images * 2 - 1


class Mean(nn.Module):
    """Over the pixels; `nn.AdaptiveAvgPool2d` has no deterministic backward on GPUs."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Shape (n, channels, h, w) to (n, channels)."""
        return images.mean((2, 3))


class Residual(nn.Module):
    """Two 3 x 3 convolutions, or with ``bottleneck`` a 3 x 3 between two 1 x 1, and a way around them."""

    def __init__(self, before: int, width: int, stride: int, bottleneck: bool) -> None:
        super().__init__()
        after = width * (4 if bottleneck else 1)
        if bottleneck:
            layers = [_unit(before, width, 1), nn.ReLU(), _unit(width, width, 3, stride), nn.ReLU()]
            layers.append(_unit(width, after, 1))
        else:
            layers = [_unit(before, width, 3, stride), nn.ReLU(), _unit(width, after, 3)]
        self.body = nn.Sequential(*layers)
        same = stride == 1 and before == after
        self.around = nn.Identity() if same else _unit(before, after, 1, stride)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Shape (n, before, h, w) to (n, after, h / stride, w / stride)."""
        return functional.relu(self.body(images) + self.around(images))


def resnet(blocks: tuple[int, ...], width: int, bottleneck: bool, classes: int, augment: bool) -> nn.Module:
    """``blocks`` of each stage; each stage after the first has twice the channels and half the side."""
    layers: list[nn.Module] = [Augment()] if augment else []
    layers += [Scale(), _unit(3, width, 3), nn.ReLU()]
    before = width
    for stage, count in enumerate(blocks):
        for block in range(count):
            stride = 2 if stage and not block else 1
            layers.append(Residual(before, width << stage, stride, bottleneck))
            before = (width << stage) * (4 if bottleneck else 1)
    return nn.Sequential(*layers, Mean(), nn.Linear(before, classes))


def _unit(before: int, after: int, side: int, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(before, after, side, stride, padding=side // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(after))
