"""An HTTP proxy before the emulated AWS that fails, throttles, delays, cuts off or repeats requests, by a seed."""

from __future__ import annotations

import http.client
import http.server
import json
import random
import re
import socket
import struct
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

KINDS = ("error", "unavailable", "throttle", "delay", "cut before", "cut after", "cut amid", "error after", "twice")
"""``after``: the request was served, and its answer is lost."""
_DELAY = 1.5
_RESET = struct.pack("ii", 1, 0)


@dataclass
class Proxy:
    """Stands before ``target`` (a URL). ``rate``: the share of requests that it spoils.

    ``as_aws``: takes away the SDK's id of the call, by which the emulator, but not AWS, knows a repetition.
    ``quiet``: while set, nothing is spoiled. ``spoiled``: how often, by kind; ``calls``: of those, service and action.
    """

    target: str
    rate: float
    seed: int
    as_aws: bool = False
    quiet: bool = False
    spoiled: Counter[str] = field(default_factory=Counter)
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance, self._lock = random.Random(self.seed), threading.Lock()
        proxy = self

        class Handler(_Handler):
            pass

        Handler.proxy = proxy
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def kind(self, call: str) -> str:
        """What happens to the next request, ``call``; empty: nothing."""
        with self._lock:
            if self._chance.random() >= self.rate or self.quiet:
                return ""
            kind = self._chance.choice(KINDS)
            self.spoiled[kind] += 1
            self.calls.append(f"{kind}: {call}")
            return kind


class _Handler(http.server.BaseHTTPRequestHandler):
    proxy: Proxy
    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def _all(self) -> None:
        body = self._body()
        kind = self.proxy.kind(_call(self.headers, self.path, body))
        if kind in ("error", "unavailable", "throttle"):
            self._refuse(kind)
        elif kind == "cut before":
            self._cut()
        else:
            if kind == "delay":
                time.sleep(_DELAY)
            answers = [self._forward(body) for _ in range(2 if kind == "twice" else 1)]
            if kind == "cut after":
                self._cut()
            elif kind == "error after":
                self._refuse("error")
            else:
                self._answer(*answers[0], amid=kind == "cut amid")

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _all  # noqa: N815

    def _body(self) -> bytes:
        if self.headers.get("Expect", "").lower() == "100-continue":
            pass  # http.server has answered that
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        there = urlsplit(self.proxy.target)
        connection = http.client.HTTPConnection(there.hostname or "", there.port, timeout=120)
        left_out = {"connection", "transfer-encoding", "content-length", "expect"}
        if self.proxy.as_aws:
            left_out.add("amz-sdk-invocation-id")
        headers = {name: value for name, value in self.headers.items() if name.lower() not in left_out}
        headers["Content-Length"] = str(len(body))
        try:
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes, *, amid: bool = False) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        length = next((value for name, value in headers if name.lower() == "content-length"), str(len(body)))
        self.send_header("Content-Length", length if self.command == "HEAD" else str(len(body)))
        self.end_headers()
        if amid:
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            return self._cut()
        if self.command != "HEAD":
            self.wfile.write(body)
        return None

    def _refuse(self, kind: str) -> None:
        status, headers, body = refusal(kind, dict(self.headers), self.path)
        self._answer(status, [*headers.items()], b"" if self.command == "HEAD" else body)

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.connection.close()

    def log_message(self, *_: object) -> None:
        pass


def refusal(kind: str, headers: dict[str, str], path: str) -> tuple[int, dict[str, str], bytes]:
    """An error in the form of the asked service's protocol: status, headers, body."""
    lower = {name.lower(): value for name, value in headers.items()}
    service = _service(lower)
    known = service in ("s3", "route53", "cloudfront")
    throttled = {"ec2": (503, "RequestLimitExceeded"), "s3": (503, "SlowDown")}.get(
        service, (400, "ThrottlingException")
    )
    status, code = {"error": (500, "InternalError"), "unavailable": (503, "ServiceUnavailable")}.get(kind, throttled)
    inner = f"<Code>{code}</Code><Message>{kind}</Message>"
    if "x-amz-target" in lower:
        body = json.dumps({"__type": code, "message": kind})
        return status, {"Content-Type": "application/x-amz-json-1.1"}, body.encode()
    if service == "ec2":
        body = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>0</RequestID></Response>"
    elif known:
        body = f"<Error>{inner}</Error>"
    elif "urlencoded" in lower.get("content-type", "") or path.startswith("/?"):
        body = f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error><RequestId>0</RequestId></ErrorResponse>"
    else:
        status = 429 if kind == "throttle" else status
        answer = json.dumps({"message": kind}).encode()
        return status, {"Content-Type": "application/json", "x-amzn-ErrorType": code}, answer
    return status, {"Content-Type": "text/xml"}, body.encode()


def _call(headers: Any, path: str, body: bytes) -> str:
    lower = {name.lower(): value for name, value in headers.items()}
    action = re.search(rb"(?:^|&)Action=(\w+)", body)
    what = lower.get("x-amz-target", "").rpartition(".")[2] or (
        action[1].decode() if action else path.partition("?")[0]
    )
    return f"{_service(lower)} {what}"


def _service(lower: dict[str, str]) -> str:
    signed = re.search(r"/([\w-]+)/aws4_request", lower.get("authorization", ""))
    return signed[1] if signed else ""
