"""A trial in a real Triton: the one that pytriton carries, by its Python backend.

What it can't show is the ONNX Runtime backend of the full image, which reads `config.pbtxt` instead of
`configs/python.pbtxt` and runs the same ONNX file.
"""

from pathlib import Path

from aistacks_sandbox.engine.state import State
from aistacks_sandbox.model_servers import triton

from .trial_server import Server


def start(state: State, package: Path, name: str) -> Server:
    """Serve the package's repository. Raises UserError when Triton doesn't come up."""
    endpoint = triton.serve_folder(state, package / "triton", name)
    return Server("triton", endpoint.http, endpoint.grpc)


def stop(state: State) -> None:
    """End it; nothing of it is left."""
    triton.stop(state)
