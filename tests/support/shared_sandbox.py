"""The one emulated AWS and API server of a test session, and the stacks that tests bring up in it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from aistacks_core.errors import UserError
from aistacks_sandbox import cloud, processes
from aistacks_sandbox.engine import operations as engine
from aistacks_sandbox.engine.operations import Result
from aistacks_sandbox.engine.workspace import Workspace
from aistacks_sandbox.programs import engine as engine_tool
from aistacks_sandbox.programs import etcd, kubernetes
from aistacks_sandbox.run import run
from aistacks_sandbox.state import State

REGION = "eu-west-1"


@dataclass(frozen=True)
class Sandbox:
    """A project whose sandbox runs for the whole session; tests bring stacks of their own up in it."""

    project: Path

    @property
    def state(self) -> State:
        return State.of(self.project)

    @property
    def endpoint(self) -> str:
        found = cloud.find(self.state)
        assert found, "the emulated AWS doesn't run"
        return found.endpoint

    def aws(self, service: str, region: str = REGION) -> Any:
        """A boto3 client on the emulated AWS."""
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
        )

    def stop(self) -> None:
        for process in reversed(processes.running(self.state)):
            processes.stop(self.state, process.name, timeout=3)


@dataclass
class Stack:
    """Somebody's small program in a folder of its own, as a stack of the shared sandbox."""

    sandbox: Sandbox
    folder: Path
    name: str = "sandbox"

    def write(self, text: str, file: str = "__main__.py") -> None:
        """Put a file of the program there, its indentation taken away."""
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))

    def up(self, text: str | None = None) -> Result:
        if text is not None:
            self.write(text)
        return run(self.sandbox.project, self.folder, self.name)

    def preview(self) -> Result:
        return run(self.sandbox.project, self.folder, self.name, preview=True)

    def destroy(self) -> Result:
        return run(self.sandbox.project, self.folder, self.name, destroy=True)

    def operate(self, operation: engine.Operation, **options: Any) -> Result:
        """An engine operation that the command has no verb for."""
        state = self.sandbox.state
        noted = cloud.recall(state)["stacks"][self.key]
        workspace = Workspace(Path(noted["workspace"]), Path(noted["program"]), self.key.split("/")[0], self.name)
        env = engine.environment(state, self.sandbox.endpoint, noted["region"])
        return engine.operate(state, operation, workspace, env, operation, **options)

    @property
    def key(self) -> str:
        return f"{self.folder.name}/{self.name}"

    @property
    def is_up(self) -> bool:
        return self.key in cloud.recall(self.sandbox.state).get("stacks", {})

    @property
    def checkpoint(self) -> Path:
        """The file in which the engine keeps the stack's state."""
        return self.sandbox.state.backend / ".pulumi" / "stacks" / self.folder.name / f"{self.name}.json"


@contextmanager
def running(project: Path) -> Iterator[Sandbox]:
    """Started in ``project``, and stopped afterwards; skips where its programs can't be had."""
    (project / "Pulumi.yaml").write_text("name: shared\nruntime: python\n")
    made = Sandbox(project)
    try:
        engine_tool.ensure()
        kubernetes.ensure()
        etcd.ensure()
    except UserError as error:
        pytest.skip(f"no sandbox on this machine: {error}")
    cloud.start(made.state)
    engine.plugins(made.state)
    yield made
    made.stop()


@contextmanager
def program(sandbox: Sandbox, folder: Path) -> Iterator[Stack]:
    """An empty program in ``folder``, which is named after it; what it brought up is destroyed afterwards."""
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(f"name: {folder.name}\nruntime: python\n")
    made = Stack(sandbox, folder)
    yield made
    if made.is_up:
        made.operate("destroy", remove=True, unprotect=True)
        noted = cloud.recall(sandbox.state)["stacks"]
        cloud.remember(sandbox.state, stacks={k: v for k, v in noted.items() if k != made.key})
