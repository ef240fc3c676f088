"""What a provider may say to the engine that started it."""

from __future__ import annotations

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc


class EngineHost:
    """The engine at ``address`` (host:port). A message that can't be delivered is dropped."""

    def __init__(self, address: str) -> None:
        self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def warn(self, message: str, urn: str = "") -> None:
        """Show a warning, beside the resource ``urn`` if given."""
        self._log(engine_pb2.WARNING, message, urn)

    def info(self, message: str, urn: str = "") -> None:
        """Show a line, beside the resource ``urn`` if given."""
        self._log(engine_pb2.INFO, message, urn)

    def _log(self, severity: engine_pb2.LogSeverity.ValueType, message: str, urn: str) -> None:
        try:
            self._engine.Log(engine_pb2.LogRequest(severity=severity, message=message, urn=urn), timeout=5)
        except grpc.RpcError:
            return
