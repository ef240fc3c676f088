"""A package tried in real servers, before anybody publishes it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from aistacks_core import cache, checksums, console, python_env
from aistacks_core.errors import UserError
from aistacks_sandbox.engine.state import State

from ..packaging.trial_document import Answers, Trial
from . import environment as room
from . import trial_torchserve, trial_triton

SERVERS: Mapping[str, ModuleType] = {"triton": trial_triton, "torchserve": trial_torchserve}
_SECONDS = 600


def run(package: Path, servers: Sequence[str] = tuple(SERVERS)) -> list[Trial]:
    """Start each server on the package, ask it all samples and malformed requests over HTTP and gRPC, and stop it.

    Nothing is left afterwards. Raises UserError when a server doesn't come up, when an answer differs from the
    package's `samples.json`, or when a malformed request isn't answered by an error.
    """
    tried = [one(package, server) for server in servers]
    for trial in tried:
        if trial.faults:
            raise UserError(
                f"{trial.model} in {trial.server}",
                "; ".join(trial.faults[:3]) + (f"; {len(trial.faults) - 3} more" if len(trial.faults) > 3 else ""),
                "what was verified",
                f"The package is {package}.",
            )
    return tried


def one(package: Path, server: str) -> Trial:
    """The trial in one of `SERVERS`, whatever comes of it. Raises UserError when the server doesn't come up."""
    name = _name(package)
    env = python_env.ensure("models")
    with cache.scratch(f"trial-{server}") as scratch, console.phase(f"Trying {name} in {server}"):
        state = State(scratch / "state")
        try:
            began = time.monotonic()
            running = SERVERS[server].start(state, package, name)
            ready = time.monotonic() - began
            words = ["--package", package, "--http", running.http, "--grpc", running.grpc, "--server", running.kind]
            answers = _ask(env, words)
        finally:
            SERVERS[server].stop(state)
    digest = checksums.complete(package) or ""
    return Trial(server=running.kind, model=name, digest=digest, ready_seconds=round(ready, 2), answers=answers)


def _name(package: Path) -> str:
    try:
        name: str = json.loads((package / "manifest.json").read_text())["name"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(str(package / "manifest.json"), str(error), "the manifest of a package") from error
    return name


def _ask(env: python_env.PythonEnv, words: list[str | Path]) -> Answers:
    """What the client in the models environment, which has gRPC's messages and numpy, says."""
    with room.variables() as variables:
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
