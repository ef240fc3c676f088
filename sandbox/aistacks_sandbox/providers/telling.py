"""What a provider raises, told to the engine."""

from __future__ import annotations

from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from aistacks_core.property_values import Props
from aistacks_core.wire import to_struct

from . import provider_log
from .failures import PartialFailure, ProviderError
from .known_secrets import KnownSecrets


class telling:  # noqa: N801
    """Turns what a provider raises into a gRPC status of one line; a bug's traceback goes to the log.

    ``secrets`` are left out of both. ``like``: the inputs, which say what of a half-made resource is secret.
    """

    def __init__(self, context: Any, title: str, secrets: KnownSecrets, like: Props | None = None) -> None:
        self.context, self.title, self.secrets, self.like = context, title, secrets, like or {}

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if error is None or not isinstance(error, Exception):
            return
        if isinstance(error, PartialFailure):
            self._partial(error)
        if isinstance(error, ProviderError):
            self._abort(grpc.StatusCode.UNKNOWN, str(error))
        path = provider_log.traceback(self.title, error, self.secrets.redacted)
        self._abort(
            grpc.StatusCode.INTERNAL,
            f"{self.title}: the stand-in provider failed with {type(error).__name__}: {error}; see {path}",
        )

    def _partial(self, error: PartialFailure) -> NoReturn:
        line = self._line(str(error))
        detail = any_pb2.Any()
        detail.Pack(
            provider_pb2.ErrorResourceInitFailed(
                id=error.id,
                properties=to_struct(self.secrets.marked(error.outputs, self.like)),
                inputs=to_struct(self.secrets.marked(error.inputs, self.like)),
                reasons=[line],
            )
        )
        code = grpc.StatusCode.UNKNOWN
        status = status_pb2.Status(code=code.value[0], message=line, details=[detail])
        self.context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        self._abort(code, str(error))

    def _abort(self, code: grpc.StatusCode, message: str) -> NoReturn:
        self.context.abort(code, self._line(message))
        raise AssertionError("abort always raises")

    def _line(self, text: str) -> str:
        return self.secrets.redacted(" ".join(text.split()))
