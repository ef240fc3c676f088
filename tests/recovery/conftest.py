"""An emulated AWS for recovery's tests, and the sandbox's provider in front of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from aistacks_core.loopback import free_port
from aistacks_sandbox.cluster import server as api_server
from aistacks_sandbox.emulator.server import wait_ready
from aistacks_sandbox.providers.aws.cloud import ENDPOINT
from aistacks_sandbox.providers.aws.provider import AwsProvider
from aistacks_sandbox.state import State

REGION = "us-west-2"


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The endpoint of an emulator of its own."""
    log = Path(tmp_path_factory.mktemp("emulator")) / "log"
    port = free_port()
    command = [sys.executable, "-m", "aistacks_sandbox.emulator.server", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            endpoint = f"http://127.0.0.1:{port}"
            wait_ready(endpoint, 60, lambda: process.poll() is None)
            yield endpoint
        finally:
            process.terminate()
            process.wait(60)


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    """With the keys that an emulator takes."""
    return boto3.Session("sandbox", "sandbox", region_name=REGION)


@pytest.fixture(scope="module")
def aws_provider(emulator: str) -> Iterator[AwsProvider]:
    """The sandbox's provider before that emulator, configured for one region."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(ENDPOINT, emulator)
        provider = AwsProvider()
        provider.configure({"region": REGION})
        yield provider


@pytest.fixture(scope="session")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The kubeconfig of an API server of its own."""
    state = State(tmp_path_factory.mktemp("cluster"))
    try:
        yield api_server.start(state).kubeconfig
    finally:
        api_server.stop(state)
