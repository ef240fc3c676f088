"""Trials of a package in real servers, before it is published."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from aistacks_core import cache, checksums, console, python_env
from aistacks_core.errors import UserError

from ..packaging.trial_document import Answers, ServerName, Trial
from . import models_env

_SECONDS = 600


class Addresses(Protocol):
    """Where a server answers. ``http``: a URL without a slash at the end. ``grpc``: host:port."""

    @property
    def http(self) -> str: ...
    @property
    def grpc(self) -> str: ...


class TrialServer(Protocol):
    """A real server under trial; ``folder`` is its working directory."""

    def start(self, folder: Path, package: Path, name: str) -> Addresses:
        """Serve the package in the folder ``package``. Raises UserError when it doesn't come up."""
        ...

    def stop(self, folder: Path) -> None:
        """Stop the server that was started with ``folder`` and remove its files."""
        ...


Servers = Mapping[ServerName, TrialServer]


def run(package: Path, servers: Servers) -> list[Trial]:
    """Start each server on the package, send all samples and malformed requests over HTTP and gRPC, and stop it.

    Cleans up afterwards. Raises UserError when a server doesn't start, when an answer differs from the
    package's `samples.json`, or when a malformed request isn't answered by an error.
    """
    tried = [_try(package, kind, server) for kind, server in servers.items()]
    for trial in tried:
        if trial.faults:
            raise UserError(
                f"{trial.model} in {trial.server}",
                "; ".join(trial.faults[:3]) + (f"; {len(trial.faults) - 3} more" if len(trial.faults) > 3 else ""),
                "what was verified",
                f"The package is {package}.",
            )
    return tried


def _try(package: Path, kind: ServerName, server: TrialServer) -> Trial:
    name = _name(package)
    env = python_env.ensure("models")

    def end(abandoned: Path) -> None:
        server.stop(abandoned / "state")

    with cache.scratch(f"trial-{kind}", end) as scratch, console.phase(f"Trying {name} in {kind}"):
        folder = scratch / "state"
        try:
            began = time.monotonic()
            running = server.start(folder, package, name)
            ready = time.monotonic() - began
            answers = _ask(env, package, kind, running)
        finally:
            server.stop(folder)
    digest = checksums.complete(package) or ""
    return Trial(server=kind, model=name, digest=digest, ready_seconds=round(ready, 2), answers=answers)


def _name(package: Path) -> str:
    try:
        name: str = json.loads((package / "manifest.json").read_text())["name"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(str(package / "manifest.json"), str(error), "the manifest of a package") from error
    return name


def _ask(env: python_env.PythonEnv, package: Path, kind: ServerName, running: Addresses) -> Answers:
    """Run the client in the models environment, which has gRPC's messages and numpy."""
    words = ["--package", package, "--http", running.http, "--grpc", running.grpc, "--server", kind]
    with models_env.variables() as variables:
        done = subprocess.run(
            [str(word) for word in (env.python, "-m", "aistacks_models.packaging.trial_client", *words)],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
            env=variables,
        )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise UserError("the trial", last, "a server that answers")
    return Answers.model_validate_json(done.stdout)
