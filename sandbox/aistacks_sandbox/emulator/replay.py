"""Requests that were repeated because their answer was lost get the first one's answer: nothing is made twice.

AWS does so for calls with a client token (``ClientToken``, ``ClientRequestToken``), and so does this; moto knows none.
Only a parameter of a call is one, and only with the same parameters: what stands in an object or message is content.
It also does so for the SDKs' own repetitions of any call (their header ``amz-sdk-invocation-id`` stays the same), where
AWS doesn't: `CreateVpc`, say, has no token, and a lost answer may leave a second VPC. docs/retries.md says so.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_MOST = 4096
"""Answers that are kept."""
_MOST_BYTES = 64 << 20
"""Of their bodies together."""
_LARGEST = 1 << 20
"""Bytes of an answer, and of a request that is searched for a token; larger ones are objects of S3."""
_TOKENS = ("ClientToken", "clientToken", "ClientRequestToken", "clientRequestToken")
_OF_S3 = re.compile(r"/s3/aws4_request|%2Fs3%2Faws4_request", re.IGNORECASE)


@dataclass
class _Answer:
    """``done``: set when the first request has been answered; then ``status`` is empty where it failed."""

    done: threading.Event = field(default_factory=threading.Event)
    status: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    weight: int = 0
    """What the body counts for each key under which it is kept."""


class Replay:
    """The application ``served``, with the answers of repeated requests kept. Only successes are kept."""

    def __init__(self, served: WSGIApplication) -> None:
        self._served = served
        self._lock = threading.Lock()
        self._answers: OrderedDict[tuple[str, ...], _Answer] = OrderedDict()
        self._bytes = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve a request, or answer it as the one that it repeats."""
        keys = _keys(environ)
        if not keys:
            return self._served(environ, start_response)
        while True:
            with self._lock:
                known = next((self._answers[key] for key in keys if key in self._answers), None)
                if known is None:
                    answer = _Answer()
                    self._answers.update(dict.fromkeys(keys, answer))
                    while len(self._answers) > _MOST or self._bytes > _MOST_BYTES:
                        self._bytes -= self._answers.popitem(last=False)[1].weight
            if known is None:
                return self._first(answer, keys, environ, start_response)
            known.done.wait()
            if known.status:
                start_response(known.status, list(known.headers))
                return [known.body]

    def _first(
        self, answer: _Answer, keys: list[tuple[str, ...]], environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        told: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
            told[:] = [status, headers]
            return start_response(status, headers, *more)

        try:
            parts = self._served(environ, start)
            body = b"".join(parts)
            if told and told[0].startswith("2") and len(body) <= _LARGEST:
                answer.status, answer.headers, answer.body = told[0], list(told[1]), body
        finally:
            with self._lock:
                kept = [key for key in keys if self._answers.get(key) is answer]
                if answer.status and kept:
                    answer.weight = len(answer.body) // len(kept)
                    self._bytes += answer.weight * len(kept)
                for key in kept if not answer.status else ():
                    del self._answers[key]
            answer.done.set()
        return [body]


def _keys(environ: WSGIEnvironment) -> list[tuple[str, ...]]:
    """What tells a repetition of this request: its SDK's id of the call, and its client token. Empty: nothing."""
    if environ.get("REQUEST_METHOD") in ("GET", "HEAD"):
        return []
    keys: list[tuple[str, ...]] = []
    if invocation := environ.get("HTTP_AMZ_SDK_INVOCATION_ID"):
        keys.append(("call", invocation))
    if token := _token(environ):
        keys.append(("token", environ.get("HTTP_HOST", ""), environ.get("PATH_INFO", ""), *token))
    return keys


def _token(environ: WSGIEnvironment) -> tuple[str, ...]:
    """The call's name, its client token and a digest of all of its parameters; empty where it has no token."""
    # An object is content, whatever stands in it.
    if _OF_S3.search(environ.get("HTTP_AUTHORIZATION", "") + environ.get("QUERY_STRING", "")):
        return ()
    body, told = _body(environ), {}
    try:
        if body.lstrip().startswith(b"{"):
            told = json.loads(body)
        elif b"=" in body:
            told = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=10_000))
    except ValueError:
        return ()
    token = next((told[name] for name in _TOKENS if isinstance(told.get(name), str)), "")
    if not token:
        return ()
    parameters = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    return environ.get("HTTP_X_AMZ_TARGET", ""), token, parameters


def _body(environ: WSGIEnvironment) -> bytes:
    """The request's body, which stays readable; empty where it is large or of unknown length."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return b""
    if not 0 < length <= _LARGEST:
        return b""
    body: bytes = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = BytesIO(body)
    return body
