"""The gRPC server that makes a ``Provider`` a Pulumi plugin.

The engine starts the plugin with its own address as the last argument, reads one line from it, the
port, and ends it by a signal to its process group. Should the engine die, its end of our standard
input closes, and the plugin goes too.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from concurrent import futures
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from aistacks_core.diffs import Change, Diff
from aistacks_core.property_paths import top_level
from aistacks_core.property_values import Props, mark_secrets, strip_secrets
from aistacks_core.wire import from_struct, to_struct

from . import construction, provider_log
from .autoname import Mode, Naming
from .engine_host import EngineHost
from .failures import CheckError, ProviderError
from .known_secrets import KnownSecrets
from .provider import MARKER, NOT_EMULATED, Found, Provider, Resource
from .stated_answers import stated
from .telling import telling

_MESSAGE_LIMIT = 400 * 1024 * 1024  # the engine's own (sdk/go/common/util/rpcutil/serve.go)
_THREADS = 64
_MODES = {
    provider_pb2.CheckRequest.AutonamingOptions.PROPOSE: Mode.PROPOSE,
    provider_pb2.CheckRequest.AutonamingOptions.ENFORCE: Mode.ENFORCE,
    provider_pb2.CheckRequest.AutonamingOptions.DISABLE: Mode.DISABLE,
}


class Servicer(proto.ResourceProviderServicer):
    """Translates the protocol's requests into calls of a ``Provider``."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.secrets = KnownSecrets()

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        # Resource references come as plain ids, because we don't ask for strong ones.
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, supports_autonaming_configuration=True)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return plugin_pb2.PluginInfo(version=self.provider.version)

    def GetSchema(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        schema = f'{{"name": "{self.provider.package}", "version": "{self.provider.version}"}}'
        return provider_pb2.GetSchemaResponse(schema=schema)

    def Attach(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        self.provider.host = EngineHost(request.address)
        return empty_pb2.Empty()

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return self._checked(
            request,
            context,
            lambda old, new: self.provider.check_config(old or {}, new),
            f"{self.provider.package} provider",
        )

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        # Whatever the configuration says, the sandbox is the same one, so it never forces replacement.
        old, new = from_struct(request.old_inputs), from_struct(request.news)
        changed = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
        kind = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=kind, diffs=changed)

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        args = from_struct(request.args)
        self.secrets = KnownSecrets().of(args)
        with telling(context, f"configuring the {self.provider.package} provider", self.secrets):
            self.provider.configure(strip_secrets(args))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        mode = _MODES[request.autonaming.mode] if request.HasField("autonaming") else Mode.DEFAULT
        resource = _resource(request)
        naming = Naming(resource.name, request.randomSeed, mode, request.autonaming.proposed_name)
        return self._checked(
            request,
            context,
            lambda old, new: self.provider.check(resource, old, new, naming),
            _title(resource),
        )

    def _checked(self, request: Any, context: Any, check: Callable[[Props | None, Props], Props], title: str) -> Any:
        news = from_struct(request.news)
        olds = from_struct(request.olds)
        secrets = self.secrets.of(news, olds)
        with telling(context, title, secrets):
            try:
                inputs = check(strip_secrets(olds) or None, strip_secrets(news))
            except CheckError as error:
                return provider_pb2.CheckResponse(inputs=to_struct(news), failures=_failures(error, secrets))
            return provider_pb2.CheckResponse(inputs=to_struct(secrets.marked(inputs, news)))

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        resource = _resource(request)
        told = [from_struct(item) for item in (request.old_inputs, request.olds, request.news)]
        with telling(context, _title(resource), self.secrets.of(*told)):
            old, state, new = map(strip_secrets, told)
            return _diff_response(self.provider.diff(resource, request.id, old, state, new))

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        resource = _resource(request)
        inputs = from_struct(request.properties)
        secrets = self.secrets.of(inputs)
        with telling(context, _title(resource), secrets, inputs):
            made = self.provider.create(
                resource, strip_secrets(inputs), preview=request.preview, timeout=request.timeout
            )
            return provider_pb2.CreateResponse(id=made.id, properties=to_struct(secrets.marked(made.outputs, inputs)))

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        resource = _resource(request)
        inputs, state = from_struct(request.inputs), from_struct(request.properties)
        secrets = self.secrets.of(inputs, state)
        with telling(context, _title(resource), secrets, inputs):
            found = self.provider.read(resource, request.id, strip_secrets(inputs), strip_secrets(state))
            known = stated().state(resource.type, request.id) if found is None and not inputs else None
            if known is not None:
                # What a program only looks up, such as a network that others made.
                found = Found(request.id, {}, {**known, "id": request.id, MARKER: NOT_EMULATED})
            if found is None:
                return provider_pb2.ReadResponse()
            outputs = mark_secrets(secrets.marked(found.outputs, inputs), state)
            return provider_pb2.ReadResponse(
                id=found.id,
                properties=to_struct(outputs),
                inputs=to_struct(secrets.marked(found.inputs, inputs)),
            )

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        resource = _resource(request)
        news = from_struct(request.news)
        olds = [from_struct(item) for item in (request.old_inputs, request.olds)]
        old, state = map(strip_secrets, olds)
        secrets = self.secrets.of(news, *olds)
        with telling(context, _title(resource), secrets, news):
            outputs = self.provider.update(
                resource,
                request.id,
                old,
                state,
                strip_secrets(news),
                preview=request.preview,
                timeout=request.timeout,
            )
            return provider_pb2.UpdateResponse(properties=to_struct(secrets.marked(outputs, news)))

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        resource = _resource(request)
        told = [from_struct(item) for item in (request.old_inputs, request.properties)]
        with telling(context, _title(resource), self.secrets.of(*told)):
            inputs, state = map(strip_secrets, told)
            self.provider.delete(resource, request.id, inputs, state, timeout=request.timeout)
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        args = from_struct(request.args)
        secrets = self.secrets.of(args)
        with telling(context, request.tok, secrets):
            try:
                result = self._answer(request.tok, strip_secrets(args), preview=request.preview)
            except CheckError as error:
                return provider_pb2.InvokeResponse(failures=_failures(error, secrets))
            return provider_pb2.InvokeResponse(**{"return": to_struct(result)})

    def _answer(self, token: str, args: Props, *, preview: bool) -> Props:
        try:
            return self.provider.invoke(token, args, preview=preview)
        except ProviderError:
            # What exists here goes before what the settings say of the real account.
            known = stated().function(token, args)
            if known is None:
                raise
            return known

    def Construct(self, request: Any, context: Any) -> Any:  # noqa: N802
        given = from_struct(request.inputs)
        with telling(context, f'{request.type} "{request.name}"', self.secrets.of(given)):
            inputs = strip_secrets(given)
            children = self.provider.construct(request.type, request.name, inputs)
            return construction.construct(request, children, self.provider.package)

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        self.provider.cancelled.set()
        return empty_pb2.Empty()


def _resource(request: Any) -> Resource:
    name = request.name or request.urn.split("::", 3)[-1]
    return Resource(request.urn, request.type or request.urn.split("::")[2].split("$")[-1], name)


def _title(resource: Resource) -> str:
    return f'{resource.type} "{resource.name}"'


def _failures(error: CheckError, secrets: KnownSecrets) -> list[Any]:
    return [
        provider_pb2.CheckFailure(property=path, reason=secrets.redacted(reason))
        for path, reason in error.failures.items()
    ]


def _diff_response(answer: Diff) -> Any:
    kinds = provider_pb2.PropertyDiff
    plain = {Change.ADD: kinds.ADD, Change.DELETE: kinds.DELETE, Change.UPDATE: kinds.UPDATE}
    replacing = {
        Change.ADD: kinds.ADD_REPLACE,
        Change.DELETE: kinds.DELETE_REPLACE,
        Change.UPDATE: kinds.UPDATE_REPLACE,
    }
    detailed = {
        path: kinds(kind=(replacing if path in answer.replaces else plain)[change], inputDiff=True)
        for path, change in answer.changes.items()
    }
    response = provider_pb2.DiffResponse
    return response(
        changes=response.DIFF_SOME if detailed else response.DIFF_NONE,
        replaces=sorted({top_level(path) for path in answer.replaces}),
        diffs=sorted({top_level(path) for path in answer.changes}),
        detailedDiff=detailed,
        hasDetailedDiff=True,
        deleteBeforeReplace=answer.delete_first,
        stables=answer.stables,
    )


def start(provider: Provider) -> tuple[grpc.Server, int]:
    """Serve ``provider`` on a free loopback port; gives the server and that port."""
    server = grpc.server(
        futures.ThreadPoolExecutor(_THREADS),
        options=[
            ("grpc.max_receive_message_length", _MESSAGE_LIMIT),
            ("grpc.max_send_message_length", _MESSAGE_LIMIT),
        ],
    )
    proto.add_ResourceProviderServicer_to_server(Servicer(provider), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def serve(provider: Provider, argv: list[str] | None = None) -> None:
    """Run as a plugin until the engine ends it or goes away. ``argv``: Default: the command line."""
    arguments = [item for item in (sys.argv[1:] if argv is None else argv) if not item.startswith("-")]
    provider_log.name(provider.package)
    # An event's lock may be held by the very thread that a signal interrupts; this queue is made for that.
    stopped: queue.SimpleQueue[None] = queue.SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.put(None))
    server, port = start(provider)
    if arguments:
        provider.host = EngineHost(arguments[-1])
        threading.Thread(target=_stop_at_end_of_input, args=(stopped,), daemon=True).start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    stopped.get()
    provider.cancelled.set()
    server.stop(grace=0.2).wait(2)
    # A thread may still wait on a server that will never answer; nothing is left to save.
    os._exit(0)


def _stop_at_end_of_input(stopped: queue.SimpleQueue[None]) -> None:
    while os.read(0, 4096):
        pass
    stopped.put(None)
