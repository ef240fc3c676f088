"""Images of CIFAR-10's shape: read from its own files, or generated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .. import Split, Splits, UserError
from ..data import Array

CLASSES = 10
SHAPES = 5
"""The generated class is the texture (stripes, chequers) times this, plus the shape
(disc, ring, square, triangle, cross)."""

_ROW = 1 + 3 * 32 * 32
"""Bytes of an image in the binary version: its class, then 1024 red, green and blue values, row by row
(https://www.cs.toronto.edu/~kriz/cifar.html, 2026-11-27). The Python version is pickled, so it isn't read."""
FILES = (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")
_CHUNK = 2000


def from_folder(folder: Path, validation: int, seed: int) -> Splits:
    """CIFAR-10's binary version (``cifar-10-batches-bin``): ``validation`` of its 50,000 training rows are set apart.

    Raises UserError for files that are missing or not of its shape.
    """
    *seen, test = [_read(folder / name) for name in FILES]
    train = Split(
        {"image": np.concatenate([split.inputs["image"] for split in seen])},
        np.concatenate([split.targets for split in seen]),
    )
    if not 0 < validation < len(train):
        raise UserError("Size.validation", str(validation), f"1 to {len(train) - 1}, of the rows in {folder}")
    order = np.random.default_rng(seed).permutation(len(train))
    return Splits(
        train=train.take(order[validation:]),
        validation=train.take(order[:validation]),
        held_out=test,
        source="CIFAR-10, binary version (A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009)",
        licence="unknown",
    )


def generated(rows: int, validation: int, held_out: int, noise: float, seed: int) -> Splits:
    """Shapes filled with a texture, on a blotched ground, half hidden by a bar, under noise.

    A class is a shape and a texture. Place, size, angle, colours and frequency are drawn for each row; stripes differ
    from chequers in the second direction only, so neither colour nor contrast gives a class away. ``noise``: standard
    deviation, in shares of the range of a pixel.
    """
    train, dev, judged = (
        _generate(count, noise, np.random.default_rng([seed, number]))
        for number, count in enumerate((rows, validation, held_out))
    )
    return Splits(
        train, dev, judged, source="textured shapes that aistacks_models.zoo._cifar makes", licence="Apache-2.0"
    )


def _read(file: Path) -> Split:
    try:
        data = np.fromfile(file, dtype=np.uint8)
    except OSError as error:
        expected = f"a file of CIFAR-10's binary version ({', '.join(FILES)})"
        raise UserError(str(file), error.strerror or type(error).__name__, expected) from error
    if not len(data) or len(data) % _ROW:
        raise UserError(str(file), f"{len(data)} bytes", f"a multiple of {_ROW}, the bytes of an image and its class")
    table = data.reshape(-1, _ROW)
    labels = table[:, 0].astype(np.int64)
    if labels.max() >= CLASSES:
        raise UserError(f"{file}, row {labels.argmax()}", f"class {labels.max()}", "0 to 9")
    return Split({"image": table[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32) / 255}, labels)


def _generate(count: int, noise: float, rng: np.random.Generator) -> Split:
    labels = rng.integers(CLASSES, size=count)
    chunks = [_paint(labels[start : start + _CHUNK], noise, rng) for start in range(0, count, _CHUNK)]
    return Split({"image": np.concatenate(chunks)}, labels.astype(np.int64))


def _paint(labels: Array, noise: float, rng: np.random.Generator) -> Array:
    count = len(labels)

    def drawn(low: float, high: float, *shape: int) -> Array:
        return rng.uniform(low, high, (count, *(shape or (1, 1)))).astype(np.float32)

    inside = _inside(labels % SHAPES, drawn)
    fill = _fill(labels // SHAPES, drawn)
    colours = drawn(0, 1, 3, 3, 1, 1)
    contrast = np.sign(drawn(-1, 1, 1, 1, 1)) * drawn(0.25, 0.5, 1, 1, 1)
    ink = colours[:, 0] + contrast * fill[:, None]
    blotches = np.kron(drawn(-0.25, 0.25, 3, 4, 4), np.ones((8, 8), dtype=np.float32))
    image = np.where(inside[:, None], ink, colours[:, 1] + blotches)
    y, x = _grid()
    angle, offset = drawn(0, np.pi), drawn(-0.5, 0.5)
    bar = np.abs(x * np.cos(angle) + y * np.sin(angle) - offset) < drawn(0.05, 0.2)
    image = np.where(bar[:, None], colours[:, 2], image)
    image += noise * rng.standard_normal(image.shape, dtype=np.float32)
    return np.clip(image, 0, 1).astype(np.float32)


def _grid() -> tuple[Array, Array]:
    y, x = np.meshgrid(*[np.linspace(-1, 1, 32, dtype=np.float32)] * 2, indexing="ij")
    return y[None], x[None]


def _inside(shape: Array, drawn: Any) -> Array:
    """Which pixels belong to the shape: (n, 32, 32) of bool."""
    y, x = _grid()
    angle, scale = drawn(-0.5, 0.5), drawn(0.55, 0.85)
    x, y = x - drawn(-0.3, 0.3), y - drawn(-0.3, 0.3)
    u = (x * np.cos(angle) + y * np.sin(angle)) / scale
    v = (y * np.cos(angle) - x * np.sin(angle)) / scale
    radius, side = np.hypot(u, v), np.maximum(np.abs(u), np.abs(v))
    masks = (
        radius < 0.9,
        (radius < 1) & (radius > 0.5),
        side < 0.8,
        (v > -0.6) & (v + 1.8 * np.abs(u) < 1),
        (side < 1) & (np.minimum(np.abs(u), np.abs(v)) < 0.35),
    )
    return np.choose(shape[:, None, None], masks)


def _fill(texture: Array, drawn: Any) -> Array:
    """-1 or 1 for each pixel: (n, 32, 32)."""
    y, x = _grid()
    angle, frequency = drawn(0, np.pi), drawn(9, 15)
    u = np.sin(frequency * (x * np.cos(angle) + y * np.sin(angle)) + drawn(0, 6))
    v = np.sin(frequency * (y * np.cos(angle) - x * np.sin(angle)) + drawn(0, 6))
    return np.sign(np.choose(texture[:, None, None], (u, u * v)))
