"""A served model, asked over HTTP what its package says of held-out rows."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from typing import Any, Protocol

import requests

from aistacks_core.errors import UserError
from aistacks_core.http_session import local_session, reason
from aistacks_core.model_package import ModelPackage

from .triton import Endpoint

_SECONDS = 30
_SINGLE = 40
"""Samples that are asked one by one besides the batches."""
_FLOAT = 1e-3
"""How far a served number may lie from the one noted when the package was made: other batches add up otherwise."""


@dataclass(frozen=True)
class Samples:
    """Rows that the network never saw, as the package keeps them.

    ``inputs`` and ``outputs``: tensor name → rows as nested lists; the outputs are what the packaged variant
    answered when it was verified. ``targets``: what is true. ``datatypes``: input name → the protocol's type.
    ``batch``: the most rows of a request.
    """

    inputs: dict[str, list[Any]]
    outputs: dict[str, list[Any]]
    targets: list[Any]
    datatypes: dict[str, str]
    batch: int

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def accuracy(self) -> float:
        """Share of rows whose label was right when the package was verified, from 0 to 1."""
        return _accuracy(self.outputs[_LABEL], self.targets)


_LABEL = "label"


@dataclass(frozen=True)
class Answer:
    """What the server made of ``n`` held-out rows.

    ``accuracy`` through the server, ``verified`` where the package was made, both from 0 to 1. ``difference``: the
    largest between a number served and the one verified. ``seconds`` for all of it in batches, ``single_seconds`` for
    one row in a request of its own (the mean).
    """

    accuracy: float
    verified: float
    difference: float
    n: int
    seconds: float
    single_seconds: float

    @property
    def as_verified(self) -> bool:
        """Whether the server answers as the variant did that passed the gates."""
        return self.accuracy == self.verified and self.difference <= _FLOAT


class ModelPipeline(Protocol):
    """Where a model's package is, and how it gets into a store: what `up` is handed."""

    def package(self) -> ModelPackage:
        """The package, whole and passed by its gates. Raises UserError."""
        ...

    def publish(self, package: ModelPackage, bucket: str, endpoint: str) -> bool:
        """Put it into the store at ``endpoint``; whether anything was missing there. Raises UserError."""
        ...

    def verify(self, package: ModelPackage, bucket: str, endpoint: str) -> None:
        """Hold every byte in the store against the package's digest. Raises UserError."""
        ...


def samples(package: ModelPackage) -> Samples:
    """The rows that the package keeps for the proof."""
    kept = json.loads((package.folder / "samples.json").read_text())
    manifest = json.loads((package.folder / "manifest.json").read_text())
    datatypes = {tensor["name"]: tensor["datatype"] for tensor in manifest["inputs"]}
    return Samples(kept["inputs"], kept["outputs"], kept["targets"], datatypes, manifest["max_batch_size"])


def ask(endpoint: Endpoint, rows: Samples) -> Answer:
    """Send the rows over HTTP (Open Inference Protocol, version 2), in batches and one by one.

    Raises UserError when the server refuses, or when it answers a row alone otherwise than in a batch.
    """
    session = local_session()
    try:
        began = time.monotonic()
        got: dict[str, list[Any]] = {name: [] for name in rows.outputs}
        for start in range(0, len(rows), rows.batch):
            for name, values in _infer(session, endpoint, rows, start, start + rows.batch).items():
                got[name] += values
        seconds = time.monotonic() - began
        few = range(min(_SINGLE, len(rows)))
        began = time.monotonic()
        alone = [_infer(session, endpoint, rows, i, i + 1)[_LABEL][0] for i in few]
        single_seconds = (time.monotonic() - began) / len(few)
    except requests.RequestException as error:
        raise UserError(endpoint.http, reason(error), "an answer from Triton") from error
    finally:
        session.close()
    batched = got[_LABEL][: len(few)]
    if alone != batched:
        raise UserError(endpoint.http, f"{alone} one by one", f"{batched}, as in a batch")
    return Answer(
        accuracy=_accuracy(got[_LABEL], rows.targets),
        verified=rows.accuracy,
        difference=max(_difference(got[name], rows.outputs[name]) for name in got),
        n=len(rows),
        seconds=seconds,
        single_seconds=single_seconds,
    )


def _infer(session: requests.Session, endpoint: Endpoint, rows: Samples, start: int, end: int) -> dict[str, Any]:
    """Output name → its rows."""
    tensors = []
    for given, values in rows.inputs.items():
        part = values[start:end]
        shape = [len(part), *_shape(part[0])]
        tensors.append({"name": given, "datatype": rows.datatypes[given], "shape": shape, "data": part})
    question = json.dumps({"inputs": tensors, "outputs": [{"name": output} for output in rows.outputs]})
    response = session.post(
        f"{endpoint.http}/v2/models/{endpoint.name}/infer",
        question,
        headers={"Content-Type": "application/json"},
        timeout=_SECONDS,
    )
    if response.status_code != requests.codes.ok:
        raise UserError(f"Triton's {endpoint.name}", response.text, "status 200")
    return {tensor["name"]: _rows(tensor["data"], tensor["shape"][0]) for tensor in response.json()["outputs"]}


def _rows(flat: list[Any], count: int) -> list[Any]:
    """Each row's values, flat."""
    width = len(flat) // count
    return [flat[i * width : (i + 1) * width] for i in range(count)]


def _shape(value: Any) -> list[int]:
    return [len(value), *_shape(value[0])] if isinstance(value, list) else []


def _flat(value: Any) -> list[Any]:
    return [one for part in value for one in _flat(part)] if isinstance(value, list) else [value]


def _accuracy(labels: list[Any], targets: list[Any]) -> float:
    return sum(_flat(label) == _flat(truth) for label, truth in zip(labels, targets, strict=True)) / len(targets)


def _difference(got: list[Any], wanted: list[Any]) -> float:
    pairs = list(zip(_flat(got), _flat(wanted), strict=True))
    return max((math.inf if math.isnan(a) else abs(a - b) for a, b in pairs), default=0.0)
