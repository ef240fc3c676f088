"""What each resource answered, for a program that gets one back by its URN (``pulumi:pulumi:getResource``)."""

from __future__ import annotations

from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime.proto import resource_pb2

from aistacks_core.errors import UserError
from aistacks_core.wire import holds_reference, without_references

GET_RESOURCE = "pulumi:pulumi:getResource"


class States:
    """Resources by URN, in the protocol's own bytes: of thousands hardly one is asked for."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def keep(self, response: Any, *, custom: bool) -> None:
        """Take what a registration is answered. Of a custom one, a resource given as an input becomes its id, for so
        its provider gets it and gives it back."""
        if custom and holds_reference(response.object):
            response.object.CopyFrom(without_references(response.object))
        self._kept[response.urn] = response.SerializeToString()

    def outputs(self, urn: str, outputs: struct_pb2.Struct) -> None:
        """Take what a component registered as its outputs."""
        if urn in self._kept:
            response = resource_pb2.RegisterResourceResponse.FromString(self._kept[urn])
            response.object.MergeFrom(outputs)
            self._kept[urn] = response.SerializeToString()

    def get(self, args: struct_pb2.Struct) -> Any:
        """The engine's answer: ``urn``, ``id`` and ``state``. Raises ``UserError`` for a URN that isn't there."""
        urn = args.fields["urn"].string_value
        if urn not in self._kept:
            raise UserError(urn or "a resource's URN", "no resource of this program", "one that it registers or reads")
        response = resource_pb2.RegisterResourceResponse.FromString(self._kept[urn])
        answer = struct_pb2.Struct()
        answer.update({"urn": urn, "id": response.id})
        answer.fields["state"].struct_value.CopyFrom(response.object)
        return resource_pb2.ResourceInvokeResponse(**{"return": answer})
