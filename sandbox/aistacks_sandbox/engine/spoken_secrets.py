"""What a program itself marked secret: it is left out of what the program prints and of what its errors say."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import Any, TextIO

import pulumi

from aistacks_core.property_values import texts_in
from aistacks_core.redaction import Redactor


class SpokenSecrets:
    """The plain values that went into ``pulumi.Output.secret``, config secrets among them."""

    def __init__(self) -> None:
        self._values: list[Any] = []
        self._redactor = Redactor(())
        self._known = 0
        self._hearing: set[asyncio.Future[None]] = set()

    def listen(self) -> None:
        """Hear of every value from now on, and clean what this process prints."""
        real = pulumi.Output.secret

        def secret(value: Any) -> Any:
            made = real(value)
            if any(True for _ in texts_in(value)):
                self._values.append(value)
            # Outputs may stand in it; begun here, this hears of them before whatever the program applies.
            self._hearing.add(task := asyncio.ensure_future(self._hear(made)))
            task.add_done_callback(self._hearing.discard)
            return made

        pulumi.Output.secret = staticmethod(secret)  # type: ignore[method-assign,assignment]
        sys.stdout, sys.stderr = _Clean(sys.stdout, self), _Clean(sys.stderr, self)

    async def _hear(self, made: pulumi.Output[Any]) -> None:
        # What fails is told by the output itself.
        with suppress(Exception):
            self._values.append(await made.future())

    def redacted(self, text: str) -> str:
        """``text`` without them."""
        if self._known != len(self._values):
            self._known = len(self._values)
            self._redactor = Redactor(list(self._values))
        return self._redactor.without(text)


class _Clean:
    """A text stream that leaves secrets out, line by line, for one may be printed in pieces."""

    def __init__(self, stream: TextIO, secrets: SpokenSecrets) -> None:
        self._stream, self._secrets, self._begun = stream, secrets, ""

    def write(self, text: str) -> int:
        whole, newline, self._begun = (self._begun + text).rpartition("\n")
        if newline:
            self._stream.write(self._secrets.redacted(whole) + newline)
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        if self._begun:
            self._stream.write(self._secrets.redacted(self._begun))
            self._begun = ""
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
