"""The real Pulumi engine with the sandbox's providers, as a benchmark needs it: nothing around the one command.

    python benchmarks/real_engine.py PROGRAM COMMAND [WORDS…]

runs ``pulumi COMMAND WORDS…`` in the current folder and serves PROGRAM to it, as the engine's own Python host would.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import measuring
from measuring import Measured

PREVIEW = ("preview", "--json", "--show-sames", "--ignore-protect", "--suppress-progress")
"""Protected resources are previewed too, as what the program asks for: else the engine stops at the first."""

SELDOM = "BENCHMARK_COLLECTS_SELDOM"
"""Variable that makes the program's process collect garbage as seldom as the sandbox's. Pulumi's own host doesn't."""


@dataclass(frozen=True)
class Stack:
    """A stack in a running sandbox. ``work``: the copy of its project in which the engine works."""

    program: Path
    work: Path
    name: str
    environment: dict[str, str]

    def pulumi(self, *words: str, limit: float = 900.0) -> Measured:
        """One command of the engine, the program served to it."""
        served = [sys.executable, __file__, str(self.program), *words, "--stack", self.name, "--non-interactive"]
        return measuring.run(served, cwd=self.work, env={**os.environ, **self.environment}, limit=limit)

    def preview(self) -> dict[str, Any]:
        """What `pulumi preview --json` says. Raises ``RuntimeError`` where it fails."""
        return digest(self.pulumi(*PREVIEW))

    def up(self) -> None:
        """Make it so. What the program protects stays protected."""
        done = self.pulumi("up", "--yes", "--skip-preview", "--suppress-progress")
        if done.code:
            raise RuntimeError(f"the engine's up failed:\n{done.out[-3000:]}\n{done.err[-3000:]}")


def digest(done: Measured) -> dict[str, Any]:
    """The JSON of a preview that ended well."""
    try:
        found: dict[str, Any] = json.loads(done.out)
    except ValueError:
        raise RuntimeError(f"no JSON: {done.out[-3000:]}\n{done.err[-3000:]}") from None
    if done.code:
        errors = [d["message"] for d in found.get("diagnostics", []) if d.get("severity") == "error"]
        raise RuntimeError("; ".join(errors) or done.err[-3000:])
    return found


@contextmanager
def sandbox(folder: Path) -> Iterator[Any]:
    """A sandbox of its own below ``folder`` (the emulated AWS and the API server), gone at the end."""
    from aistacks_sandbox import cloud, processes
    from aistacks_sandbox.engine import operations as engine
    from aistacks_sandbox.state import State

    (folder / "Pulumi.yaml").write_text("name: benchmark\nruntime: python\n")
    state = State.of(folder)
    cloud.start(state)
    engine.plugins(state)
    try:
        yield state
    finally:
        for process in reversed(processes.running(state)):
            processes.stop(state, process.name, timeout=3)


def stage(state: Any, project: Path, name: str, work: Path | None = None) -> Stack:
    """The stack ``name`` of ``project`` in the sandbox, made where it isn't there yet; its settings are copied anew.

    ``work``: a name that tells copies of one project apart.
    """
    from aistacks_core.project import read_project, region_of
    from aistacks_sandbox import cloud
    from aistacks_sandbox.cloud import DEFAULT_REGION
    from aistacks_sandbox.engine import operations as engine
    from aistacks_sandbox.engine.workspace import prepare

    region = region_of(read_project(project), name, DEFAULT_REGION)
    workspace = prepare(state, project, name, overrides={"aws:region": region}, settings_required=False)
    ground = cloud.find(state)
    assert ground, "the emulated AWS doesn't run"
    stack = Stack(workspace.program, work or workspace.folder, name, engine.environment(state, ground.endpoint, region))
    known = state.backend / ".pulumi" / "stacks" / workspace.project / f"{name}.json"
    if not known.exists():
        done = stack.pulumi("stack", "init")
        if done.code:
            raise RuntimeError(done.err)
    return stack


def _serve(program: Path, words: list[str]) -> int:
    """Run the engine with ``program`` at its disposal, and give its exit code."""
    import gc
    import runpy

    if words[0] not in ("preview", "up", "destroy", "refresh"):
        return subprocess.run(["pulumi", *words], check=False).returncode

    from concurrent.futures import ThreadPoolExecutor

    import grpc
    from pulumi.automation._server import LanguageServer
    from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
    from pulumi.runtime.proto import language_pb2_grpc

    if os.environ.get(SELDOM):
        # As the sandbox does: a program makes much and throws little away.
        gc.set_threshold(200_000)

    def run() -> None:
        folder = program if program.is_dir() else program.parent
        os.chdir(folder)
        sys.path[0] = str(folder)
        runpy.run_path(str(program), run_name="__main__")

    # What the program prints doesn't belong into the engine's answer.
    answers = os.dup(1)
    os.dup2(2, 1)
    server = grpc.server(ThreadPoolExecutor(max_workers=4), options=_GRPC_CHANNEL_OPTIONS)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageServer(run), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        served = ["pulumi", *words, f"--client=127.0.0.1:{port}", "--exec-kind", "auto.inline"]
        return subprocess.run(served, stdout=answers, check=False).returncode
    finally:
        server.stop(0)


if __name__ == "__main__":
    sys.exit(_serve(Path(sys.argv[1]), sys.argv[2:]))
