"""A trial in a real TorchServe: the archive, by the package's own configuration."""

from pathlib import Path

from aistacks_sandbox.engine.state import State
from aistacks_sandbox.model_servers import torchserve

from .trial_server import Server


def start(state: State, package: Path, name: str) -> Server:
    """Serve the package's archive. Raises UserError without Java, or when TorchServe doesn't come up."""
    endpoint = torchserve.serve_folder(state, package / "torchserve", name)
    return Server("torchserve", endpoint.http, endpoint.grpc)


def stop(state: State) -> None:
    """End it; nothing of it is left."""
    torchserve.stop(state)
