"""What a client raises."""

from __future__ import annotations


class ClientError(Exception):
    """Any reason why there is no answer."""


class InvalidInput(ClientError, ValueError):  # noqa: N818
    """The rows are not what the model takes. Nothing was sent."""


class Refused(ClientError):  # noqa: N818
    """The server answered with an error. ``status``: of HTTP, or gRPC's name of it; ``message``: the server's own."""

    def __init__(self, status: int | str, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status, self.message = status, message


class NotReady(Refused):
    """The server runs, and can't answer now: the model is still loading, or its queue is full."""


class Unreachable(ClientError):  # noqa: N818
    """No server at the address, or it went away."""


class TooLate(ClientError, TimeoutError):  # noqa: N818
    """No answer within ``timeout``. The server may still be at work on it."""


class UnexpectedAnswer(ClientError):  # noqa: N818
    """What answered is not this model: another output, datatype or shape."""
