"""Fixtures for every room."""

from __future__ import annotations

import signal
import socket
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

# Its plugin imports it at the end of a run, where CPython 3.11 at times fails to parse it ("AST constructor recursion
# depth mismatch") after programs of many coroutines.
import hypothesis
import pytest

from aistacks_cli import app
from aistacks_core.errors import UserError
from aistacks_core.snapshot import Plan
from aistacks_review.record.recorder import record as run_recorded
from aistacks_sandbox import cloud, processes
from aistacks_sandbox.engine import operations as engine
from aistacks_sandbox.engine.operations import Result
from aistacks_sandbox.engine.workspace import Workspace
from aistacks_sandbox.programs import engine as engine_tool
from aistacks_sandbox.programs import etcd, kubernetes
from aistacks_sandbox.run import run
from aistacks_sandbox.state import State

REGION = "eu-west-1"

# One verdict for one revision, however busy the machine. `--hypothesis-profile default` looks for new examples.
hypothesis.settings.load_profile("ci")

# A run in the background inherits an ignored SIGINT, and so would what the tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("AISTACKS_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def record() -> Callable[[Callable[[], object]], Plan]:
    """Runs a program in process and returns what it registered."""
    return run_recorded


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


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The one emulated AWS and API server of the session; skips where their programs can't be had."""
    project = tmp_path_factory.mktemp("project")
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


@pytest.fixture(scope="session")
def api_server(sandbox: Sandbox) -> State:
    """The state folder of the session's running API server."""
    return sandbox.state


@pytest.fixture
def stack(sandbox: Sandbox, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    """An empty program named after its test; what it brought up is destroyed afterwards."""
    name = request.node.name.removeprefix("test_").split("[")[0].replace("_", "-")[:40].strip("-")
    folder = tmp_path / name
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
    made = Stack(sandbox, folder)
    yield made
    if made.is_up:
        made.operate("destroy", remove=True, unprotect=True)
        noted = cloud.recall(sandbox.state)["stacks"]
        cloud.remember(sandbox.state, stacks={k: v for k, v in noted.items() if k != made.key})


@dataclass(frozen=True)
class Answer:
    """What the command answered. ``out`` and ``err`` are its two streams."""

    code: int
    out: str
    err: str

    @property
    def mistake(self) -> str:
        """The one line in which it told the user's mistake; fails where there is none, or a traceback."""
        assert "Traceback" not in self.out + self.err
        assert self.code == 2, (self.code, self.out, self.err)
        lines = [line for line in self.err.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1, self.err
        assert self.err.rstrip().endswith(lines[0]), self.err
        return lines[0].removeprefix("error: ")


@pytest.fixture
def nobody() -> Iterator[str]:
    """A URL of this machine at which nobody listens, nor can begin to while the test runs: its port is held."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of this machine's doesn't stand before the servers of a test."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "*")


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """The `aistacks` command in process: ``command("sandbox", "up", cwd=folder)``."""

    def call(*words: object, cwd: Path | None = None) -> Answer:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["aistacks", *map(str, words)])
        with monkeypatch.context() as patch:
            if cwd:
                patch.chdir(cwd)
            with pytest.raises(SystemExit) as ended:
                app.main()
        out, err = capsys.readouterr()
        return Answer(ended.value.code or 0, out, err)

    return call
