"""The client that each generated one is a subclass of."""

from __future__ import annotations

import time
import urllib.parse
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from .errors import ClientError, InvalidInput, NotReady, TooLate, Unreachable
from .transports import _TRANSPORTS
from .values import Model, _nested, _Values, _values


class Client:
    """Asks one model. Threads may share it; close it, or use it as a context manager."""

    model: Model

    def __init__(
        self, url: str, *, timeout: float = 30.0, retries: int = 2, headers: Mapping[str, str] | None = None
    ) -> None:
        """``url``: ``http://host:port`` or ``https://…`` (a path in front of ``/v2`` may follow), or ``grpc://host:port``.

        ``timeout``: seconds for a call, all its tries together. ``retries``: how often to try again where that is safe:
        no connection, one that the server had closed, or a server that says it isn't ready. ``headers``: sent with
        every request, for example a token.
        """
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in _TRANSPORTS or not parts.hostname:
            raise InvalidInput(f"url: got {url!r}; expected {', '.join(f'{name}://…' for name in _TRANSPORTS)}")
        self._timeout, self._retries = timeout, retries
        self._transport = _TRANSPORTS[parts.scheme](parts, dict(headers or {}))

    def ready(self) -> bool:
        """Whether the server has the model loaded. False also where nothing answers."""
        try:
            return self._transport.ready(self.model, self._timeout)
        except ClientError:
            return False

    def wait_until_ready(self, timeout: float = 60.0) -> None:
        """Wait until `ready`. Raises `TooLate` after ``timeout`` seconds."""
        end = time.monotonic() + timeout
        while not self.ready():
            if time.monotonic() > end:
                raise TooLate(f"{self.model.name} was not ready within {timeout:g} s")
            time.sleep(0.1)

    def close(self) -> None:
        """Close the connections. The client can be used again; it opens new ones."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _ask(self, rows: Sequence[Any], timeout: float | None) -> list[Any]:
        """The outputs as lists in lists, in the model's order, for inputs in the model's order."""
        inputs = [_values(tensor, value) for tensor, value in zip(self.model.inputs, rows, strict=True)]
        counts = {values.shape[0] for values in inputs}
        if len(counts) > 1 or not 1 <= max(counts) <= self.model.max_batch_size:
            got = ", ".join(f"{values.shape[0]} of {values.tensor.name}" for values in inputs)
            raise InvalidInput(f"rows: got {got}; expected the same number of each, 1 to {self.model.max_batch_size}")
        answered = self._tried(inputs, time.monotonic() + (self._timeout if timeout is None else timeout))
        return [_nested(tensor, answered, max(counts)) for tensor in self.model.outputs]

    def _tried(self, inputs: list[_Values], end: float) -> dict[str, _Values]:
        pause = 0.05
        for left in range(self._retries, -1, -1):
            rest = end - time.monotonic()
            if rest <= 0:
                break
            try:
                return self._transport.infer(self.model, inputs, rest)
            except (NotReady, Unreachable):
                # A model only reads what it is sent, so that asking twice does no harm.
                if not left or time.monotonic() + pause > end:
                    raise
                time.sleep(pause)
                pause *= 4
        raise TooLate(f"no answer from {self.model.name} in time")
