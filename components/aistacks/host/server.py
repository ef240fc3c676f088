"""Serves the provider to the engine, as ``pulumi.provider.server`` does, with errors that are one line."""

import sys
from typing import Any

import grpc
from pulumi.provider.server import ProviderServicer
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2_grpc

import aistacks_core.errors

from .provider import CallerError, Provider


class Servicer(ProviderServicer):
    """The SDK's servicer, which would report every error of a component with a Python traceback."""

    provider: Provider

    async def Construct(self, request: Any, context: Any) -> Any:  # noqa: N802 (the protocol's name)
        """Construct a component; a mistake in its arguments fails the call with a one-line message."""
        try:
            return await super().Construct(request, context)
        except Exception as error:
            if found := _mistake(error, self.provider):
                await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(found))
            raise


async def serve(provider: Provider, engine_address: str) -> None:
    """Print the port on which ``provider`` listens, and serve until the process is killed."""
    server = grpc.aio.server(options=_GRPC_CHANNEL_OPTIONS)
    servicer = Servicer(provider, sys.argv[1:], engine_address)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await server.wait_for_termination()


def _mistake(error: BaseException | None, provider: Provider) -> CallerError | None:
    """The caller's mistake in the chain of causes of ``error``: the SDK wraps it, and an ``apply`` may raise it
    later."""
    while error is not None:
        if isinstance(error, CallerError):
            return error
        if isinstance(error, aistacks_core.errors.UserError):
            return provider.caller_error(error)
        error = error.__cause__ or error.__context__
    return None
