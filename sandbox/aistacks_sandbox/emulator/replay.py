"""Requests that were repeated because their answer was lost get the first one's answer: nothing is made twice.

AWS does so for calls with a client token (``ClientToken``, ``ClientRequestToken``), and so does this; moto knows none.
It also does so for the SDKs' own repetitions of any call (their header ``amz-sdk-invocation-id`` stays the same), where
AWS doesn't: `CreateVpc`, say, has no token, and a lost answer may leave a second VPC. docs/retries.md says so.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_MOST = 4096
"""Answers that are kept."""
_LARGEST = 1 << 20
"""Bytes of an answer, and of a request that is searched for a token; larger ones are objects of S3."""
_TOKEN = re.compile(rb'(?:^|[&{,\s])"?[cC]lient(?:Request)?Token"?\s*[=:]\s*"?([A-Za-z0-9_-]{8,})')
_ACTION = re.compile(rb"(?:^|&)Action=(\w+)")


@dataclass
class _Answer:
    """``done``: set when the first request has been answered; then ``status`` is empty where it failed."""

    done: threading.Event = field(default_factory=threading.Event)
    status: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


class Replay:
    """The application ``served``, with the answers of repeated requests kept. Only successes are kept."""

    def __init__(self, served: WSGIApplication) -> None:
        self._served = served
        self._lock = threading.Lock()
        self._answers: OrderedDict[tuple[str, ...], _Answer] = OrderedDict()

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
                    while len(self._answers) > _MOST:
                        self._answers.popitem(last=False)
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
                for key in keys if not answer.status else ():
                    self._answers.pop(key, None)
            answer.done.set()
        return [body]


def _keys(environ: WSGIEnvironment) -> list[tuple[str, ...]]:
    """What tells a repetition of this request: its SDK's id of the call, and its client token. Empty: nothing."""
    if environ.get("REQUEST_METHOD") in ("GET", "HEAD"):
        return []
    keys: list[tuple[str, ...]] = []
    if invocation := environ.get("HTTP_AMZ_SDK_INVOCATION_ID"):
        keys.append(("call", invocation))
    body = _body(environ)
    if token := _TOKEN.search(body):
        action = _ACTION.search(body)
        what = environ.get("HTTP_X_AMZ_TARGET") or (action[1].decode() if action else environ.get("PATH_INFO", ""))
        keys.append(("token", environ.get("HTTP_HOST", ""), what, token[1].decode()))
    return keys


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
