"""Fixtures for every room. What a fixture needs of the sandbox, the review or the command it imports itself."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from aistacks_core.snapshot import Plan
    from aistacks_sandbox.state import State
    from shared_sandbox import Sandbox, Stack

# The components' tests do without it. Its plugin imports it at the end of a run, where CPython 3.11 at times fails to
# parse it ("AST constructor recursion depth mismatch") after programs of many coroutines.
with suppress(ImportError):
    import hypothesis

    # One verdict for one revision, however busy the machine. `--hypothesis-profile default` looks for new examples.
    hypothesis.settings.load_profile("ci")

# A run in the background inherits an ignored SIGINT, and so would what the tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


# Their first use downloads or builds something.
PROGRAMS = {"sandbox", "promtool", "chart", "schemas"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses such a fixture; `make unit` leaves it out."""
    for item in items:
        if PROGRAMS & set(getattr(item, "fixturenames", ())):
            item.add_marker("programs")


@pytest.fixture
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("AISTACKS_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def record() -> Callable[[Callable[[], object]], Plan]:
    """Runs a program in process and returns what it registered, by the review's recorder."""
    from aistacks_review.record.recorder import record

    return record


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The one emulated AWS and API server of the session; skips where their programs can't be had."""
    from shared_sandbox import running

    with running(tmp_path_factory.mktemp("project")) as made:
        yield made


@pytest.fixture(scope="session")
def api_server(sandbox: Sandbox) -> State:
    """The state folder of the session's running API server."""
    return sandbox.state


@pytest.fixture
def stack(sandbox: Sandbox, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    """An empty program named after its test; what it brought up is destroyed afterwards."""
    from shared_sandbox import program

    name = request.node.name.removeprefix("test_").split("[")[0].replace("_", "-")[:40].strip("-")
    with program(sandbox, tmp_path / name) as made:
        yield made


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
    from aistacks_cli import app

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
