"""HTTP by the standard library, gRPC by tritonclient where that is installed.

Read on 2026-11-27: tritonclient 2.73.0, `grpc/_client.py` and `grpc/_infer_input.py`; kserve/open-inference-protocol,
`inference_rest.md` at 011728e.
"""

from __future__ import annotations

import contextlib
import http.client
import importlib
import json
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from .errors import ClientError, NotReady, Refused, TooLate, UnexpectedAnswer, Unreachable
from .values import Model, Tensor, _Values


class _Transport(Protocol):
    def __init__(self, url: urllib.parse.SplitResult, headers: dict[str, str]) -> None: ...

    def infer(self, model: Model, inputs: list[_Values], timeout: float) -> dict[str, _Values]: ...

    def ready(self, model: Model, timeout: float) -> bool: ...

    def close(self) -> None: ...


class _Http:
    def __init__(self, url: urllib.parse.SplitResult, headers: dict[str, str]) -> None:
        self._url, self._headers = url, headers
        self._idle: list[http.client.HTTPConnection] = []

    def infer(self, model: Model, inputs: list[_Values], timeout: float) -> dict[str, _Values]:
        sent = [
            {"name": v.tensor.name, "datatype": v.tensor.datatype, "shape": v.shape, "data": v.flat} for v in inputs
        ]
        wanted = [{"name": tensor.name} for tensor in model.outputs]
        body = json.dumps({"inputs": sent, "outputs": wanted}, allow_nan=False).encode()
        status, text = self._send("POST", f"/v2/models/{model.name}/infer", body, timeout)
        if status != 200:
            raise (NotReady if status in (429, 503) else Refused)(status, _message(text))
        known = {tensor.name: tensor for tensor in model.outputs}
        try:
            outputs = json.loads(text)["outputs"]
            return {o["name"]: _Values(_same(known, o), o["shape"], o["data"]) for o in outputs}
        except (ValueError, KeyError, TypeError) as error:
            raise UnexpectedAnswer(f"{type(error).__name__}: {error} in {text[:200]!r}") from error

    def ready(self, model: Model, timeout: float) -> bool:
        return self._send("GET", f"/v2/models/{model.name}/ready", None, timeout)[0] == 200

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _send(self, verb: str, path: str, body: bytes | None, timeout: float) -> tuple[int, bytes]:
        fresh = not self._idle
        connection = self._connection() if fresh else self._idle.pop()
        try:
            answer = self._exchange(connection, verb, path, body, timeout)
        except (ConnectionError, http.client.HTTPException) as error:
            connection.close()
            # A server may close a connection that lay idle at the moment that it is used again.
            if fresh:
                raise Unreachable(f"{self._url.geturl()}: {error or type(error).__name__}") from error
            self.close()
            return self._send(verb, path, body, timeout)
        except TimeoutError as error:
            connection.close()
            raise TooLate(f"{self._url.geturl()}: no answer in {timeout:.3g} s") from error
        except OSError as error:
            connection.close()
            raise Unreachable(f"{self._url.geturl()}: {error}") from error
        self._idle.append(connection)
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
        return kind(self._url.hostname or "", self._url.port)

    def _exchange(
        self, connection: http.client.HTTPConnection, verb: str, path: str, body: bytes | None, timeout: float
    ) -> tuple[int, bytes]:
        connection.timeout = timeout
        if connection.sock:
            connection.sock.settimeout(timeout)
        kind = {"Content-Type": "application/json"} if body else {}
        connection.request(verb, self._url.path.rstrip("/") + path, body, self._headers | kind)
        response = connection.getresponse()
        return response.status, response.read()


class _Grpc:
    def __init__(self, url: urllib.parse.SplitResult, headers: dict[str, str]) -> None:
        try:
            # By name, since neither has to be there where HTTP is enough.
            self._grpc, self._numpy = (importlib.import_module(name) for name in ("tritonclient.grpc", "numpy"))
        except ImportError as error:
            raise ClientError(f"grpc:// needs the package tritonclient[grpc] ({error})") from error
        self._url, self._headers = url, headers
        self._open: Any = None

    def infer(self, model: Model, inputs: list[_Values], timeout: float) -> dict[str, _Values]:
        sent = [self._input(values) for values in inputs]
        wanted = [self._grpc.InferRequestedOutput(tensor.name) for tensor in model.outputs]
        with self._told():
            result = self._client().infer(
                model.name, sent, outputs=wanted, headers=self._headers or None, client_timeout=timeout
            )
        known = {tensor.name: tensor for tensor in model.outputs}
        answered = {}
        for output in result.get_response().outputs:
            values = result.as_numpy(output.name).ravel().tolist()
            flat = [value.decode() if isinstance(value, bytes) else value for value in values]
            tensor = _same(known, {"name": output.name, "datatype": output.datatype})
            answered[output.name] = _Values(tensor, list(output.shape), flat)
        return answered

    def ready(self, model: Model, timeout: float) -> bool:
        with self._told():
            return bool(
                self._client().is_model_ready(model.name, headers=self._headers or None, client_timeout=timeout)
            )

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _client(self) -> Any:
        if self._open is None:
            self._open = self._grpc.InferenceServerClient(self._url.netloc, ssl=self._url.scheme == "grpcs")
        return self._open

    def _input(self, values: _Values) -> Any:
        sent = self._grpc.InferInput(values.tensor.name, values.shape, values.tensor.datatype)
        flat = [v.encode() if isinstance(v, str) else v for v in values.flat]
        array = self._numpy.array(flat, dtype=_NUMPY[values.tensor.datatype]).reshape(values.shape)
        sent.set_data_from_numpy(array)
        return sent

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            status = str(getattr(error, "status", str)()).removeprefix("StatusCode.")
            if not status:
                raise
            message = str(error.message()) if hasattr(error, "message") else str(error)
            if status == "DEADLINE_EXCEEDED":
                raise TooLate(message) from error
            if status == "UNAVAILABLE":
                raise NotReady(status, message) from error
            raise Refused(status, message) from error


_TRANSPORTS: dict[str, type[_Transport]] = {"http": _Http, "https": _Http, "grpc": _Grpc, "grpcs": _Grpc}
_NUMPY = {
    "BOOL": "bool",
    "UINT8": "uint8",
    "INT8": "int8",
    "INT16": "int16",
    "INT32": "int32",
    "INT64": "int64",
    "FP32": "float32",
    "FP64": "float64",
    "BYTES": "object",
}


def _same(known: Mapping[str, Tensor], output: Mapping[str, Any]) -> Tensor:
    tensor = known.get(output["name"])
    if tensor is None or tensor.datatype != output["datatype"]:
        raise UnexpectedAnswer(f"output {output['name']} of {output['datatype']}; expected {', '.join(known)}")
    return tensor


def _message(text: bytes) -> str:
    try:
        message = json.loads(text)["error"]
    except (ValueError, KeyError, TypeError):
        return text.decode(errors="replace")
    return str(message)
