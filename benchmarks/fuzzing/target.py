"""What is asked: a packaged model on a server, and what that server understands beyond the protocol."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aistacks_models.api import examples
from aistacks_models.tensors import Tensor


@dataclass(frozen=True)
class Server:
    """``versions``: whether a path may name the model's version. ``methods``: whether a wrong method is refused.

    ``service``: full name of its gRPC service. ``raw``: whether gRPC may carry a tensor's bytes. ``bounded``: whether
    memory is taken for the values that JSON has, rather than for those that its shape promises.
    """

    versions: bool
    methods: bool
    service: str
    raw: bool
    bounded: bool = True


_TRITON = Server(versions=True, methods=True, service="inference.GRPCInferenceService", raw=True)
SERVERS = {
    "triton": _TRITON,
    # Before 2.59 one request of 200 bytes ends a Triton: "shape": [4294967296, 64] is allocated, then read (upstream's
    # af8bb93, #8174); before 2.58 so do lists 100,000 deep (f46557b, #8172; read 2026-11-27). The tritonserver of
    # nvidia-pytriton 0.7.0 is 2.51.
    "triton-2.51": replace(_TRITON, bounded=False),
    # 0.12.0: `InferenceRequestHandler.java` looks at no method, and `OpenInferenceProtocolImpl.java` hands only typed
    # contents on (pytorch/serve at 62c4d6a, read 2026-11-27).
    "torchserve": Server(
        versions=False, methods=False, service="org.pytorch.serve.grpc.openinference.GRPCInferenceService", raw=False
    ),
}


@dataclass(frozen=True)
class Target:
    """A model as it is served. ``samples``: rows that it takes, by input, and its answers, by output."""

    name: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    max_batch_size: int
    samples: dict[str, dict[str, list[Any]]]
    server: Server
    version: str = "1"

    @classmethod
    def of(cls, package: Path, server: str) -> Target:
        """The model of the package in a folder, on a server of the kind ``server``: a key of `SERVERS`."""
        manifest = json.loads((package / "manifest.json").read_bytes())
        samples = json.loads((package / "samples.json").read_bytes())
        return cls(
            name=manifest["name"],
            inputs=tuple(Tensor.model_validate(tensor) for tensor in manifest["inputs"]),
            outputs=tuple(Tensor.model_validate(tensor) for tensor in manifest["outputs"]),
            max_batch_size=manifest["max_batch_size"],
            samples={"inputs": samples["inputs"], "outputs": samples["outputs"]},
            server=SERVERS[server],
        )

    @property
    def rows(self) -> int:
        """How many sample rows there are."""
        return len(self.samples["inputs"][self.inputs[0].name])

    def request(self, rng: random.Random, most: int = 3) -> dict[str, Any]:
        """A good request of 1 to ``most`` sample rows."""
        count = rng.randint(1, min(most, self.rows, self.max_batch_size))
        start = rng.randrange(self.rows - count + 1)
        return examples.request(self.inputs, self.samples, slice(start, start + count))
