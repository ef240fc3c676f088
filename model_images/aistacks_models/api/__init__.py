"""Generates an OpenAPI document and a typed Python client from a model's tensors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..tensors import Tensor
from .client import client
from .openapi import openapi

__all__ = ["client", "openapi", "write"]


def write(
    folder: Path,
    *,
    name: str,
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    max_batch_size: int,
    samples: Mapping[str, Any],
    version: str = "1",
    task: str = "",
    licence: str = "",
    classes: Sequence[str] = (),
) -> None:
    """Write ``openapi.json`` and ``client.py`` into ``folder``, which is created; reproducibly.

    ``version``: of the model in its server's repository, as it stands in URLs. ``samples``: what `samples.json` holds,
    ``{"inputs": {name: rows}, "outputs": {name: rows}}`` with at least one row; the first becomes the example.
    ``classes``: names of the classes, by number. Raises `UserError` for tensors that JSON can't carry.
    """
    folder.mkdir(parents=True, exist_ok=True)
    document = openapi(name, version, inputs, outputs, max_batch_size, samples, task=task, licence=licence)
    (folder / "openapi.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    source = client(name, version, inputs, outputs, max_batch_size, task=task, classes=classes)
    (folder / "client.py").write_text(source)
