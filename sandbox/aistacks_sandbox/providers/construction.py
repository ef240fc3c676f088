"""Components that live inside a plugin: what they are made of is registered with the engine that asked for them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2, resource_pb2, resource_pb2_grpc

from aistacks_core.property_values import Props
from aistacks_core.wire import NOT_KNOWN, to_struct

from .failures import ProviderError

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
"""As sdk/go/common/resource/sig/sig.go of pulumi 3.259 has them: a value that is a resource (read 2026-11-23)."""
_LIMIT = 400 * 1024 * 1024


@dataclass(frozen=True)
class Child:
    """One resource of a component. ``first``: the others wait for it, and go before it."""

    type: str
    name: str
    inputs: Props
    first: bool = False
    retained: bool = False


def construct(request: Any, children: Sequence[Child] | None, package: str) -> Any:
    """Register the component of ``request`` and its ``children``; ``None``: which ones isn't known yet.

    Gives the answer to the engine, with the output ``resources``. Raises ``ProviderError`` where a child fails.
    """
    options = [("grpc.max_receive_message_length", _LIMIT), ("grpc.max_send_message_length", _LIMIT)]
    with closing(grpc.insecure_channel(request.monitorEndpoint, options=options)) as channel:
        monitor = resource_pb2_grpc.ResourceMonitorStub(channel)
        try:
            component = monitor.RegisterResource(_component(request))
            made = [] if children is None else _registered(monitor, request, component.urn, children, package)
            state = to_struct({})
            state.fields["resources"].CopyFrom(_references(made) if children is not None else _unknown())
            monitor.RegisterResourceOutputs(
                resource_pb2.RegisterResourceOutputsRequest(urn=component.urn, outputs=state)
            )
        except grpc.RpcError as error:
            told = error.details() if isinstance(error, grpc.Call) else str(error)
            raise ProviderError(str(told)) from None
    return provider_pb2.ConstructResponse(urn=component.urn, state=state)


def _component(request: Any) -> resource_pb2.RegisterResourceRequest:
    asked = resource_pb2.RegisterResourceRequest(
        type=request.type,
        name=request.name,
        parent=request.parent,
        protect=request.protect,
        providers=request.providers,
        aliases=request.aliases,
        aliasSpecs=True,
        dependencies=request.dependencies,
        acceptSecrets=True,
        acceptResources=True,
        supportsPartialValues=True,
        replaceOnChanges=request.replaceOnChanges,
    )
    if request.HasField("retainOnDelete"):
        asked.retainOnDelete = request.retainOnDelete
    return asked


def _registered(
    monitor: Any, request: Any, parent: str, children: Sequence[Child], package: str
) -> list[tuple[str, str]]:
    """URN and id of each child, those first that the others wait for."""
    made: list[tuple[str, str]] = []
    before: list[str] = []
    for child in sorted(children, key=lambda child: not child.first):
        asked = resource_pb2.RegisterResourceRequest(
            type=child.type,
            name=child.name,
            parent=parent,
            custom=True,
            object=to_struct(child.inputs),
            provider=request.providers.get(package, ""),
            dependencies=[] if child.first else before,
            acceptSecrets=True,
            acceptResources=True,
            supportsPartialValues=True,
        )
        if child.retained:
            asked.retainOnDelete = True
        answer = monitor.RegisterResource(asked)
        made.append((answer.urn, answer.id))
        if child.first:
            before.append(answer.urn)
    return made


def _references(made: list[tuple[str, str]]) -> struct_pb2.Value:
    value = struct_pb2.Value()
    for urn, id_ in made:
        fields = value.list_value.values.add().struct_value.fields
        for key, text in ((_SIGNATURE, _REFERENCE), ("urn", urn), ("id", id_)):
            fields[key].string_value = text
    value.list_value.SetInParent()
    return value


def _unknown() -> struct_pb2.Value:
    return struct_pb2.Value(string_value=NOT_KNOWN)
