"""The sandbox's model: built on this machine, published to the store, served by Triton, asked over HTTP."""

import hashlib
import http.client
import importlib.util
import json
import os
import shutil
import subprocess
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from aistacks.errors import UserError
from aistacks_models import checksums

from .. import console
from ..tools import cache, python_env
from .model_store import BuiltModel, publish, verify
from .state import State
from .triton import Endpoint, serve, served, stop

__all__ = [
    "Answer",
    "BuiltModel",
    "Endpoint",
    "HeldOut",
    "ask",
    "build",
    "held_out",
    "publish",
    "serve",
    "served",
    "stop",
    "verify",
]

NAME = "digits"
_SINGLE = 40
"""Digits that are asked one by one besides the batches."""


@dataclass(frozen=True)
class HeldOut:
    """Digits that the network never saw: 64 grey values from 0 to 16 each, and what they show.

    ``accuracy`` is the share that was named rightly where the model was made, ``batch`` the most rows of a
    request.
    """

    pixels: list[list[int]]
    labels: list[int]
    accuracy: float
    batch: int


@dataclass(frozen=True)
class Answer:
    """What the server made of ``n`` held-out digits.

    ``accuracy`` through the server, ``trained`` where the model was made, both from 0 to 1. ``seconds`` for
    all of it in batches, ``single_seconds`` for one digit in a request of its own (the mean).
    """

    accuracy: float
    trained: float
    n: int
    seconds: float
    single_seconds: float

    @property
    def as_trained(self) -> bool:
        """Whether the server names the digits as well as the model did when it was made."""
        return abs(self.accuracy - self.trained) < 1e-5


def build(state: State) -> BuiltModel:
    """Train and package the model, or find it in the cache, whole. What training prints is in ``state.logs``.

    Raises UserError when the models environment can't be made or training fails.
    """
    env = python_env.ensure("models")
    spec = importlib.util.find_spec("aistacks_models")
    sources = Path((spec.submodule_search_locations or [""])[0]) if spec else Path()
    key = hashlib.sha256(env.folder.name.encode())  # the lock and the Python version
    for file in sorted(sources.glob("*.py")):
        key.update(file.name.encode() + b"\0" + file.read_bytes())
    folder = cache.folder() / "models" / f"{NAME}-{key.hexdigest()[:16]}"
    if digest := checksums.complete(folder):
        return BuiltModel(NAME, digest, folder)
    with cache.locked(folder.name):
        digest = checksums.complete(folder)
        if digest is None:
            with console.phase(f"Training the {NAME} model (about 5 s, cached afterwards)"):
                digest = _train(state, env, sources, folder)
    return BuiltModel(NAME, digest, folder)


def held_out(built: BuiltModel) -> HeldOut:
    """The digits that the package keeps for the proof."""
    digits = json.loads((built.folder / "heldout.json").read_text())
    manifest = json.loads((built.folder / "manifest.json").read_text())
    return HeldOut(digits["pixels"], digits["labels"], manifest["accuracy"], manifest["max_batch_size"])


def ask(endpoint: Endpoint, digits: HeldOut) -> Answer:
    """Send the held-out digits over HTTP (Open Inference Protocol, version 2), in batches and one by one.

    Raises UserError when the server refuses, or when it answers a digit alone otherwise than in a batch.
    """
    address = urllib.parse.urlsplit(endpoint.http)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    try:
        began = time.monotonic()
        named: list[int] = []
        for start in range(0, len(digits.pixels), digits.batch):
            named += _infer(connection, endpoint.name, digits.pixels[start : start + digits.batch])
        seconds = time.monotonic() - began
        singles = digits.pixels[:_SINGLE]
        began = time.monotonic()
        alone = [_infer(connection, endpoint.name, [row])[0] for row in singles]
        single_seconds = (time.monotonic() - began) / len(singles)
    except (OSError, http.client.HTTPException) as error:
        raise UserError(endpoint.http, str(error) or type(error).__name__, "an answer from Triton") from error
    finally:
        connection.close()
    if alone != named[:_SINGLE]:
        raise UserError(endpoint.http, f"{alone} one by one", f"{named[:_SINGLE]}, as in a batch")
    right = sum(label == truth for label, truth in zip(named, digits.labels, strict=True))
    return Answer(right / len(named), digits.accuracy, len(named), seconds, single_seconds)


def _train(state: State, env: python_env.PythonEnv, sources: Path, folder: Path) -> str:
    log = state.logs / f"model-{NAME}.log"
    with cache.scratch(folder.name) as scratch:
        # Only this one package may be seen by the other environment, not what is installed beside it.
        (scratch / "path").mkdir()
        (scratch / "path" / sources.name).symlink_to(sources)
        clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        argv = [env.python, "-m", "aistacks_models.digits", "--out", scratch / "package"]
        with log.open("w") as output:
            done = subprocess.run(
                [str(word) for word in argv],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=clean | {"PYTHONPATH": str(scratch / "path"), "PYTHONDONTWRITEBYTECODE": "1"},
            )
        digest = checksums.complete(scratch / "package")
        if done.returncode or digest is None:
            last = (log.read_text().strip() or f"exit status {done.returncode}").splitlines()[-1]
            raise UserError(f"training {NAME}", last, "a whole package", f"Log: {log}")
        folder.parent.mkdir(exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        (scratch / "package").rename(folder)
    return digest


def _infer(connection: http.client.HTTPConnection, name: str, rows: list[list[int]]) -> list[int]:
    tensor = {"name": "pixels", "datatype": "FP32", "shape": [len(rows), len(rows[0])], "data": rows}
    question = json.dumps({"inputs": [tensor], "outputs": [{"name": "label"}]})
    headers = {"Content-Type": "application/json"}
    connection.request("POST", f"/v2/models/{name}/infer", question, headers)
    response = connection.getresponse()
    text = response.read()
    if response.status != 200:
        raise UserError(f"Triton's {name}", text.decode(errors="replace"), "status 200")
    answer = json.loads(text)
    labels: list[int] = answer["outputs"][0]["data"]
    return labels
