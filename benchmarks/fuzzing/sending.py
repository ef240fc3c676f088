"""Sends malformed requests from several threads, and says what became of each."""

from __future__ import annotations

import http.client
import json
import socket
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from . import calls, messages
from .target import Target

THREADS = 4
SECONDS = 20.0
"""After which a request that got no answer counts as hanging."""
_KEPT = 5

Sent = TypeVar("Sent", messages.Message, calls.Call)


@dataclass
class Outcome:
    """``refused``: answered with an error, as it should be. ``closed``: what was no HTTP, and got no word.

    ``wrong``: answered as if it were good, no answer, or a connection lost; by kind, with some of them in full.
    """

    sent: int = 0
    refused: int = 0
    closed: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def count(self, kind: str, status: str, good: bool, closed: bool, raw: bytes, said: str) -> None:
        """Take one in."""
        self.sent += 1
        self.kinds[kind] += 1
        self.statuses[status] += 1
        self.closed += closed and good
        self.refused += good and not closed
        if not good:
            what = f"{kind} → {status}"
            self.wrong[what] += 1
            kept = self.examples.setdefault(what, [])
            if len(kept) < _KEPT:
                kept.append(f"{raw[:1500]!r} → {said[:500]}")

    def json(self) -> dict[str, Any]:
        """All of it, for `json.dumps`."""
        return {
            "sent": self.sent,
            "refused": self.refused,
            "closed": self.closed,
            "kinds": len(self.kinds),
            "statuses": dict(sorted(self.statuses.items())),
            "wrong": dict(self.wrong.most_common()),
            "examples": self.examples,
        }


def over_http(address: str, sent: Iterable[messages.Message]) -> Outcome:
    """Send each on a connection of its own to ``host:port``."""
    host, port = address.rsplit(":", 1)
    return _all(sent, lambda message: _http(host, int(port), message))


def over_grpc(address: str, target: Target, sent: Iterable[calls.Call]) -> Outcome:
    """Call the service at ``host:port`` with each.

    TorchServe has no status for one call of several in a run: what it then answers is an output named ``error``.
    """
    import grpc
    from tritonclient.grpc import service_pb2

    with grpc.insecure_channel(address) as channel:

        def ask(call: calls.Call) -> tuple[str, bool, bool, str]:
            method = channel.unary_unary(f"/{target.server.service}/{call.method}")
            try:
                answer = method(call.raw, timeout=SECONDS)
            except grpc.RpcError as error:
                status = error.code().name
                lost = status in ("UNAVAILABLE", "DEADLINE_EXCEEDED")
                return status, not lost, False, str(error.details())
            named = {output.name for output in service_pb2.ModelInferResponse.FromString(answer).outputs}
            return ("OK, an error", True, False, "") if named == {"error"} else ("OK", False, False, repr(answer))

        return _all(sent, ask)


def answers(address: str, target: Target, rows: int = 8) -> Any:
    """What the model says of its first sample rows, for a comparison. Raises ``OSError`` or ``ValueError``."""
    from aistacks_models.api import examples

    host, port = address.rsplit(":", 1)
    body = json.dumps(examples.request(target.inputs, target.samples, slice(min(rows, target.max_batch_size))))
    connection = http.client.HTTPConnection(host, int(port), timeout=SECONDS)
    try:
        connection.request("POST", messages.infer(target), body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise ValueError(f"{response.status}: {text[:500]!r}")
    return json.loads(text)["outputs"]


def _all(sent: Iterable[Sent], ask: Callable[[Sent], tuple[str, bool, bool, str]]) -> Outcome:
    outcome = Outcome()
    with ThreadPoolExecutor(THREADS) as pool:
        for one, (status, good, closed, said) in pool.map(lambda one: (one, ask(one)), sent):
            outcome.count(one.kind, status, good, closed, one.raw, said)
    return outcome


def _http(host: str, port: int, message: messages.Message) -> tuple[str, bool, bool, str]:
    """Status, whether that is right, whether the connection was closed without a word, and what was said."""
    try:
        with socket.create_connection((host, port), timeout=SECONDS) as connection:
            try:
                connection.sendall(message.raw)
                if message.unfinished:
                    connection.shutdown(socket.SHUT_WR)
            except TimeoutError:
                raise
            except OSError:
                pass  # a server that has seen enough may answer and close before everything is sent
            response = http.client.HTTPResponse(connection, method=message.raw[:4].decode("latin-1").strip())
            response.begin()
            body = response.read() if response.status != 100 else b""
    except TimeoutError:
        return "hangs", False, False, ""
    except (OSError, http.client.HTTPException) as error:
        return "closed", message.may_close, True, repr(error)
    # 503 says that the server can't answer anybody just now, not that a request is wrong.
    good = 400 <= response.status < 600 and response.status != 503
    return str(response.status), good, False, body.decode(errors="replace")
