"""The component host as the engine starts it, and the engine's own calls to it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

sys.path.insert(0, str(Path(__file__).parent))
from monitor import Monitor, serving

HOST = Path(sys.executable).with_name("pulumi-resource-aistacks")


@dataclass(frozen=True)
class Constructed:
    """What a call of ``Construct`` gave, and what was registered for it."""

    monitor: Monitor
    response: Any

    @property
    def state(self) -> dict[str, Any]:
        """The component's outputs."""
        return dict(self.response.state)


@contextmanager
def serve(command: list[str]) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    """Run the provider as the engine does, which gives its own address; a client of it."""
    with (
        serving(Monitor()) as engine,
        subprocess.Popen([*command, engine], stdout=subprocess.PIPE, text=True) as child,
    ):
        assert child.stdout
        try:
            with grpc.insecure_channel(f"127.0.0.1:{int(child.stdout.readline())}") as channel:
                yield provider_pb2_grpc.ResourceProviderStub(channel)
        finally:
            child.kill()


@pytest.fixture
def started_by() -> Any:
    """``started_by([sys.executable, "-m", "aistacks"])``: a provider of the test's own."""
    return serve


@pytest.fixture(scope="session")
def host() -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    """A client of one running ``pulumi-resource-aistacks``."""
    with serve([str(HOST)]) as client:
        yield client


@pytest.fixture
def construct(host: provider_pb2_grpc.ResourceProviderStub) -> Callable[..., Constructed]:
    """``construct("DataLake", "lake", {"layers": ["gold"]}, protect=True)``: what the engine would ask for."""

    def call(
        component: str, name: str, inputs: dict[str, Any], *, preview: bool = False, **options: Any
    ) -> Constructed:
        given = struct_pb2.Struct()
        given.update(inputs)
        monitor = Monitor()
        with serving(monitor) as address:
            response = host.Construct(
                provider_pb2.ConstructRequest(
                    project="host",
                    stack="test",
                    dryRun=preview,
                    parallel=16,
                    monitorEndpoint=address,
                    type=f"aistacks:index:{component}",
                    name=name,
                    inputs=given,
                    **options,
                ),
                timeout=120,
            )
        return Constructed(monitor, response)

    return call
