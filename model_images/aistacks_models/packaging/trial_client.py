"""Sends a package's samples to a running server, over HTTP and gRPC, and prints the results as JSON (`Answers`).

Runs in the models environment: ``python -m aistacks_models.packaging.trial_client --package DIR --http URL --grpc
HOST:PORT --server triton``. TorchServe's gRPC service has a name of its own and only typed contents (0.12.0,
`open_inference_grpc.proto`, read 2026-11-27); the messages are the protocol's.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import numpy as np
from tritonclient.grpc import service_pb2

from ..data import Array, Arrays
from ..tensors import Tensor
from .malformed import Request, grpc_requests, http_bodies
from .trial_document import Answers, Asked, Over, Refused

ABSOLUTE = RELATIVE = 1e-3
_ALONE = 100
_SECONDS = 30.0
SERVICES = {
    "triton": "inference.GRPCInferenceService",
    "torchserve": "org.pytorch.serve.grpc.openinference.GRPCInferenceService",
}
CONTENTS = {
    "BOOL": "bool_contents",
    "UINT8": "uint_contents",
    "INT8": "int_contents",
    "INT16": "int_contents",
    "INT32": "int_contents",
    "INT64": "int64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
}


class Package:
    """A package's tensors and its samples as arrays."""

    def __init__(self, folder: Path) -> None:
        manifest = json.loads((folder / "manifest.json").read_text())
        kept = json.loads((folder / "samples.json").read_text())
        self.name: str = manifest["name"]
        self.batch: int = manifest["max_batch_size"]
        self.inputs = [Tensor.model_validate(tensor) for tensor in manifest["inputs"]]
        self.outputs = [Tensor.model_validate(tensor) for tensor in manifest["outputs"]]
        self.asked: Arrays = {t.name: np.array(kept["inputs"][t.name], t.dtype) for t in self.inputs}
        self.expected: Arrays = {t.name: np.array(kept["outputs"][t.name], t.dtype) for t in self.outputs}
        self.rows = len(next(iter(self.asked.values())))

    def request(self, start: int, end: int) -> Request:
        """Rows as the protocol's request in JSON."""
        tensors = []
        for tensor in self.inputs:
            part = self.asked[tensor.name][start:end]
            about = {"name": tensor.name, "datatype": tensor.datatype, "shape": list(part.shape)}
            tensors.append(about | {"data": part.ravel().tolist()})
        return {"inputs": tensors, "outputs": [{"name": tensor.name} for tensor in self.outputs]}


class HttpError(Exception):
    """An answer with a status of 400 or more."""


class HttpClient:
    """One connection."""

    def __init__(self, url: str, name: str) -> None:
        parts = urllib.parse.urlsplit(url)
        self.address = (parts.hostname or "", parts.port)
        self.name = name
        self.connection = http.client.HTTPConnection(*self.address, timeout=_SECONDS)

    def get(self, path: str) -> Any:
        """The JSON at ``path``. Raises HttpError."""
        return self._send("GET", path, None)

    def infer(self, request: Request, name: str = "") -> Arrays:
        """Outputs by name. Raises HttpError."""
        return self.post(json.dumps(request).encode(), name)

    def post(self, body: bytes, name: str = "") -> Arrays:
        """The same for a body that may be anything."""
        answer = self._send("POST", f"/v2/models/{name or self.name}/infer", body)
        return {o["name"]: np.array(o["data"]).reshape(o["shape"]) for o in answer["outputs"]}

    def _send(self, verb: str, path: str, body: bytes | None) -> Any:
        # A server may close a connection after an error without saying so.
        for left in (True, False):
            try:
                self.connection.request(verb, path, body, {"Content-Type": "application/json"})
                response = self.connection.getresponse()
                break
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.connection.close()
                if not left:
                    raise
        text = response.read()
        if response.status >= http.client.BAD_REQUEST:
            raise HttpError(f"{response.status} {' '.join(text.decode(errors='replace').split())}")
        return json.loads(text)


class GrpcClient:
    """The inference call of the gRPC service ``service``. ``raw``: values as bytes."""

    def __init__(self, address: str, name: str, service: str, raw: bool) -> None:
        self.channel = grpc.insecure_channel(address)
        self.name = name
        self.raw = raw
        self.call = self.channel.unary_unary(
            f"/{service}/ModelInfer",
            request_serializer=service_pb2.ModelInferRequest.SerializeToString,
            response_deserializer=service_pb2.ModelInferResponse.FromString,
        )

    def infer(self, request: Request, name: str = "") -> Arrays:
        """Outputs by name. Raises ``grpc.RpcError``."""
        message = service_pb2.ModelInferRequest(model_name=name or self.name)
        for tensor in request["inputs"]:
            one = message.inputs.add(name=tensor["name"], datatype=tensor["datatype"], shape=tensor["shape"])
            if self.raw:
                dtype = Tensor(name="any", datatype=tensor["datatype"], shape=()).dtype
                message.raw_input_contents.append(np.array(tensor["data"], dtype).tobytes())
            else:
                getattr(one.contents, CONTENTS[tensor["datatype"]]).extend(tensor["data"])
        for output in request["outputs"]:
            message.outputs.add(name=output["name"])
        answer = self.call(message, timeout=_SECONDS)
        return {tensor.name: _array(tensor, answer, place) for place, tensor in enumerate(answer.outputs)}


def _array(tensor: Any, answer: Any, place: int) -> Array:
    if tensor.datatype not in CONTENTS:
        return np.array(list(tensor.contents.bytes_contents))
    dtype = Tensor(name="any", datatype=tensor.datatype, shape=()).dtype
    if answer.raw_output_contents:
        values: Array = np.frombuffer(answer.raw_output_contents[place], dtype)
    else:
        values = np.array(getattr(tensor.contents, CONTENTS[tensor.datatype]), dtype)
    return values.reshape(list(tensor.shape))


def ask(package: Package, over: Over, infer: Callable[[Request], Arrays]) -> Asked:
    """Send all samples in batches, and the first ones one by one."""
    differences, wrong, alone, times = [0.0], 0, [0.0], []
    starts = range(0, package.rows, package.batch)
    for start in starts:
        got = infer(package.request(start, start + package.batch))
        for name, wanted in package.expected.items():
            difference, beyond = _compare(got.get(name), wanted[start : start + package.batch])
            differences.append(difference)
            wrong += beyond
    singles = range(min(_ALONE, package.rows))
    for row in singles:
        request = package.request(row, row + 1)
        began = time.perf_counter()
        got = infer(request)
        times.append((time.perf_counter() - began) * 1000)
        alone += [_compare(got.get(name), wanted[row : row + 1])[0] for name, wanted in package.expected.items()]
    return Asked(
        over=over,
        requests=len(starts) + len(singles),
        rows=package.rows,
        difference=max(differences),
        wrong=wrong,
        alone_difference=max(alone),
        p50_ms=round(float(np.percentile(times, 50)), 3),
        p99_ms=round(float(np.percentile(times, 99)), 3),
    )


def _compare(got: Array | None, wanted: Array) -> tuple[float, int]:
    """Largest difference, and how many values differ too much."""
    if got is None or got.shape != wanted.shape:
        return sys.float_info.max, wanted.size
    if wanted.dtype.kind not in "fiu":
        return 0.0, int((got != wanted).sum())
    difference = np.nan_to_num(np.abs(got.astype(np.float64) - wanted.astype(np.float64)), nan=sys.float_info.max)
    allowed = ABSOLUTE + RELATIVE * np.abs(wanted) if wanted.dtype.kind == "f" else np.zeros(wanted.shape)
    return float(difference.max(initial=0)), int((difference > allowed).sum())


def refused(over: Over, sent: str, ask_it: Callable[[], Arrays], wanted: set[str]) -> Refused:
    """Whether a malformed request is answered by an error. A response without the outputs counts as one."""
    try:
        got = ask_it()
    except HttpError as error:
        return Refused(over=over, sent=sent, got=str(error)[:300], good=True)
    except grpc.RpcError as error:
        # Only the server's own answer: a broken connection isn't one.
        good = error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
        said = " ".join((error.details() or "").split())
        return Refused(over=over, sent=sent, got=f"{error.code().name} {said}"[:300], good=good)
    except (OSError, http.client.HTTPException) as error:
        return Refused(over=over, sent=sent, got=f"{type(error).__name__}: {error}", good=False)
    return Refused(over=over, sent=sent, got=f"outputs {sorted(got)}", good=not wanted <= set(got))


def run(folder: Path, url: str, address: str, server: str) -> Answers:
    """The whole trial."""
    package = Package(folder)
    wanted = set(package.expected)
    over_http = HttpClient(url, package.name)
    over_grpc = GrpcClient(address, package.name, SERVICES[server], raw=server == "triton")
    asked = (ask(package, "HTTP", over_http.infer), ask(package, "gRPC", over_grpc.infer))
    right = package.request(0, 1)
    limit = package.batch
    found = [
        refused("HTTP", sent, lambda body=body: over_http.post(body), wanted)  # type: ignore[misc]
        for sent, body in http_bodies(right, limit)
    ]
    found.append(refused("HTTP", "a model that isn't there", lambda: over_http.infer(right, "nobody"), wanted))
    found += [
        refused("gRPC", sent, lambda request=request: over_grpc.infer(request), wanted)  # type: ignore[misc]
        for sent, request in grpc_requests(right, limit)
    ]
    found.append(refused("gRPC", "a model that isn't there", lambda: over_grpc.infer(right, "nobody"), wanted))
    again = (ask(package, "HTTP", over_http.infer), ask(package, "gRPC", over_grpc.infer))
    return Answers(
        version=str(over_http.get("/v2")["version"]),
        asked=asked,
        refused=tuple(found),
        right_afterwards=not any(one.wrong for one in again) or any(one.wrong for one in asked),
        absolute=ABSOLUTE,
        relative=RELATIVE,
    )


def main() -> None:
    """Print `Answers` as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--package", type=Path, required=True)
    parser.add_argument("--http", required=True)
    parser.add_argument("--grpc", required=True)
    parser.add_argument("--server", choices=sorted(SERVICES), required=True)
    options = parser.parse_args()
    answers = run(options.package, options.http, options.grpc, options.server)
    sys.stdout.write(answers.model_dump_json() + "\n")


if __name__ == "__main__":
    main()
