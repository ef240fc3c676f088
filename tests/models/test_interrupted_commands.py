"""Real commands, killed at a few moments. The sweep is benchmarks/interrupted_models.py."""

import sys

import pytest

import interrupted_models
from aistacks_core.loopback import free_port
from aistacks_sandbox import processes
from aistacks_sandbox.emulator.server import READY_PATH
from aistacks_sandbox.state import State


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    state = State(tmp_path_factory.mktemp("interrupted") / ".aistacks" / "sandbox")
    port = free_port()
    argv = [sys.executable, "-m", "aistacks_sandbox.emulator.server", "--port", str(port)]
    emulator = processes.start(state, "aws", argv, port=port)
    processes.wait_ready(emulator, f"http://127.0.0.1:{port}{READY_PATH}")
    yield f"http://127.0.0.1:{port}"
    processes.stop(state, "aws", timeout=2)


@pytest.mark.parametrize(("operation", "count"), [("publish", 4), ("promote", 4), ("build", 2)])
def test_the_same_command_again_goes_on_and_leaves_nothing(store, tmp_path, models_python, operation, count):
    assert models_python.exists()
    told = interrupted_models.sweep(interrupted_models.OPERATIONS[operation](store), tmp_path, count, seed=3)
    assert [run["faults"] for run in told["runs"]] == [[]] * count
