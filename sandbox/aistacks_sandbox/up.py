"""Brings an environment up on this machine: emulated AWS, API server, stack, model, server, proof."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aistacks_core import cache, console, python_env
from aistacks_core.errors import UserError
from aistacks_core.model_package import ModelPackage
from aistacks_core.project import Project, Settings, read_project, read_settings, read_settings_file, region_of

from . import cloud, report
from .cloud import EmulatedAws
from .engine import operations as engine
from .engine.operations import Result
from .engine.workspace import Workspace, prepare
from .holding import holding
from .model_servers import model, triton
from .model_servers.model import ModelPipeline
from .model_store import BUCKET_OUTPUT
from .parts import running
from .parts.table import NO_CHANGE, Parts
from .programs import engine as engine_tool
from .state import State

_NEEDED_GIB = 2.0


@dataclass(frozen=True)
class Served:
    """The server that runs, and what it answered."""

    endpoint: triton.Endpoint
    answer: model.Answer


def up(
    project: Path,
    stack: str,
    pipeline: ModelPipeline,
    validate: Callable[[Project, str], None],
    *,
    wait: float = 0,
    parts: Parts = NO_CHANGE,
) -> None:
    """Bring ``stack`` of ``project`` up, or find it up; print what exists and where it answers.

    The model of ``pipeline`` is published to the stack's store and served from there. ``validate`` raises ``UserError``
    where the project's program refuses the settings of the stack; then nothing is started. ``wait``: seconds for which
    another command on this sandbox is waited for. ``parts``: more or fewer of what lets its cluster live.
    """
    began = time.monotonic()
    found = read_project(project)
    read_settings_file(found, stack, required=True)
    settings = read_settings(found, stack)
    region = region_of(found, stack, cloud.DEFAULT_REGION)
    state = State.of(project)
    with holding(state, f"sandbox up {stack}", wait):
        _only_environment(state, found.name, stack)
        cache.require_free(_NEEDED_GIB, "the sandbox", state.root)
        # What is wrong or can't be had is said now, not after a quarter of an hour of builds.
        with console.phase(f"Validating the settings of {stack}"):
            validate(found, stack)
        python_env.find_interpreter("triton")
        engine_tool.ensure()
        names = running.choose(state, parts)
        running.ensure(names)
        emulated = cloud.start(state)
        running.start(state, names, emulated.endpoint)
        package = pipeline.package()
        workspace = prepare(state, project, stack, overrides=digests(settings, package))
        result = engine_up(state, workspace, emulated, region)
        served = serve(state, emulated, pipeline, package, result)
        placed = running.after_up(state, engine.environment(state, emulated.endpoint, region), result.inventory)
        report.after_up(state, emulated, stack, result, served, time.monotonic() - began, placed)


def _only_environment(state: State, project: str, stack: str) -> None:
    """Refuse a second environment of one project: both would name the same objects in the one Kubernetes API."""
    others = [key for key in cloud.recall(state).get("stacks", {}) if key.partition("/")[0] == project]
    there = next((key.partition("/")[2] for key in others if key != f"{project}/{stack}"), None)
    if there is not None:
        raise UserError(
            f"aistacks sandbox up {stack}",
            f"the environment {there}, which is up here",
            "one environment at a time, for they would share one Kubernetes API",
            "Take it down first: aistacks sandbox down.",
        )


def engine_up(state: State, workspace: Workspace, emulated: EmulatedAws, region: str) -> Result:
    """The engine's part: one `up`, after a refresh where the emulator was lost since the last one."""
    engine.plugins(state)
    env = engine.environment(state, emulated.endpoint, region)
    key = f"{workspace.project}/{workspace.stack}"
    noted = cloud.recall(state).get("stacks", {})
    entry: dict[str, Any] = {"workspace": str(workspace.folder), "program": str(workspace.program), "region": region}
    # `down` reads again what the program only referred to.
    entry["answers"] = workspace.answers.to_json()
    if key in noted and noted[key]["boot"] != emulated.boot:
        console.note("the emulated AWS was lost since the last time; what it held is built again")
        engine.operate(state, "refresh", workspace, env, "Looking at what is left")
    cloud.remember(state, stacks={**noted, key: {**entry, "boot": emulated.boot}})
    return engine.operate(state, "up", workspace, env, f"Bringing {key} up")


def digests(settings: Settings, package: ModelPackage) -> dict[str, Any]:
    """Config that names the digest of ``package``, for each service of the environment that serves its model."""
    key = "aistacks:environment"
    environment = settings.tables.get(key)
    services = environment.get("services") if isinstance(environment, dict) else None
    if not isinstance(services, dict):
        return {}
    serving = [name for name, row in services.items() if isinstance(row, dict) and row.get("model") == package.name]
    return {key: {"services": {name: {"digest": package.digest} for name in serving}}} if serving else {}


def serve(
    state: State, emulated: EmulatedAws, pipeline: ModelPipeline, package: ModelPackage, result: Result
) -> Served | None:
    """Publish the model to the stack's store, prove every byte there, serve it from there, and ask it."""
    bucket = result.outputs.get(BUCKET_OUTPUT)
    if not isinstance(bucket, str) or not bucket:
        return None
    with console.phase(f"Publishing the {package.name} model to s3://{bucket}"):
        pipeline.publish(package, bucket, emulated.endpoint)
        pipeline.verify(package, bucket, emulated.endpoint)
    with console.phase("Starting Triton on the store"):
        endpoint = triton.serve(state, package, bucket, emulated.endpoint)
    rows = model.samples(package)
    with console.phase(f"Asking it {len(rows)} held-out digits"):
        answer = model.ask(endpoint, rows)
    if not answer.as_verified:
        raise UserError(
            endpoint.http,
            f"accuracy {answer.accuracy:.4f}, numbers up to {answer.difference:g} apart",
            f"{answer.verified:.4f}, as the package was verified",
        )
    return Served(endpoint, answer)
