"""The resource monitor of a plan: it keeps every registration and answers as a preview would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from sys import intern as _kept
from typing import Any

from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import mocks, settings
from pulumi.runtime.proto import provider_pb2, resource_pb2

from aistacks_core.errors import UserError
from aistacks_core.registrations import STACK_TYPE, outputs_behind, registration_of, urn_of
from aistacks_core.snapshot import Opaque, Registration
from aistacks_core.stated_answers import STACKS, Stated
from aistacks_core.symbols import identity
from aistacks_core.wire import from_struct

from . import late
from .assets import with_digest
from .level import Level
from .outputs import symbolic
from .places import place
from .states import GET_RESOURCE, States
from .transforms import Transforms

_DYNAMIC = ("pulumi-python:dynamic", "pulumi-nodejs:dynamic")
Answers = Callable[[str, dict[str, Any]], dict[str, Any] | None]


def no_answers(_token: str, _args: dict[str, Any]) -> dict[str, Any] | None:
    """Answers no invoke: their outputs stay unknown."""
    return None


class RecordingMonitor(mocks.MockMonitor):
    """Keeps every registration. Which outputs it answers, as symbols, is the ``level``'s."""

    def __init__(self, none: mocks.Mocks, answers: Answers, root: Path | None, region: str, *, level: Level) -> None:
        super().__init__(none)
        self.recorded: dict[str, Registration] = {}
        self.exports: dict[str, Any] = {}
        self.opaque: list[Opaque] = []
        self.unanswered: list[tuple[str, dict[str, Any]]] = []
        """Tokens and arguments of the invokes that got no answer, in order."""
        self._answers = answers
        self._stated: Stated = getattr(answers, "given", None) or Stated()
        self.transforms = Transforms()
        self._states = States()
        self._root = str(root.resolve()) if root else ""
        self._region = region
        self._level = level

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        # The stock method keeps only the parent's own type; the engine keeps the whole chain.
        return urn_of(settings.get_stack(), settings.get_project(), parent, type_, name)

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK_TYPE:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        if urn in self.recorded:
            raise UserError(urn, "two resources of one type and name", "a name of its own for each")
        behind = outputs_behind(request)
        passed_on = self.transforms.apply(urn, request)
        made = self._registration(request, passed_on, behind)
        self.recorded[urn] = made
        self._note_opaque(request, made)
        response = resource_pb2.RegisterResourceResponse(urn=urn, id=request.importId, object=request.object)
        if self._level and request.custom:
            self._fill(response, made)
        self._states.keep(response, custom=request.custom)
        return response

    def _registration(
        self, request: Any, passed_on: dict[str, str], behind: dict[str, tuple[str, ...]]
    ) -> Registration:
        stack, project = settings.get_stack(), settings.get_project()
        made = registration_of(request, stack, project, self.recorded, with_digest, passed_on)
        file, line = place(request, self._root)
        return replace(made, file=_kept(file), line=line, computed_from=behind, unknown_from=passed_on)

    def _note_opaque(self, request: Any, made: Registration) -> None:
        if request.remote:
            self._opaque("remote component", f"{made.type} {made.name}", request)
        elif made.type.startswith(_DYNAMIC):
            self._opaque("dynamic provider", f"{made.type} {made.name}", request)

    def _opaque(self, kind: str, what: str, request: Any) -> None:
        self.opaque.append(Opaque(kind, what, *place(request, self._root)))

    def _fill(self, response: Any, made: Registration) -> None:
        response.id = response.id or identity(made.urn, made.name)
        self._fill_outputs(response, made.type, made.urn, made.name, made.inputs)
        metadata = made.inputs.get("metadata", {})
        if made.type.startswith("kubernetes:") and isinstance(metadata, dict) and metadata.get("name") is None:
            target = response.object.fields["metadata"].struct_value
            target.update({"name": identity(made.urn, made.name)})

    def _fill_outputs(self, response: Any, type_: str, urn: str, name: str, inputs: dict[str, Any]) -> None:
        # Hardly one of the larger outputs is looked at, and each costs: they are made when they are wanted.
        at_once = Level.STRINGS if late.at_hand() else self._level
        response.object.update(symbolic(type_, urn, name, inputs, self._region, min(at_once, self._level)))
        if at_once < self._level:
            make = partial(symbolic, type_, urn, name, inputs, self._region, self._level)
            response.object.fields[late.KEY].string_value = late.promise(urn, make)

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        urn = self.make_urn(request.parent, request.type, request.name)
        answer = resource_pb2.RegisterResourceResponse(urn=urn, id=request.id, object=request.properties)
        stated = self._stated.state(request.type, request.id)
        if stated is None:
            kind = "stack reference" if request.type == STACKS else "resource that is read"
            self._opaque(kind, f"{request.type} {request.name}", request)
        else:
            answer.object.update({"outputs": stated} if request.type == STACKS else stated)
        if self._level and request.type != STACKS:
            # Another id is another resource.
            known = from_struct(answer.object, set(), with_digest)
            self._fill_outputs(answer, request.type, f"{urn}{request.id}", request.name, known)
        self._states.keep(answer, custom=True)
        return resource_pb2.ReadResourceResponse(urn=urn, id=request.id, properties=answer.object)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        outputs = from_struct(request.outputs, set(), with_digest)
        if request.urn in self.recorded:
            self.recorded[request.urn].outputs.update(outputs)
            self._states.outputs(request.urn, request.outputs)
        else:
            self.exports.update(outputs)
        return empty_pb2.Empty()

    def RegisterStackTransform(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        self.transforms.of_stack(request.token)
        return empty_pb2.Empty()

    def RegisterStackInvokeTransform(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        self.transforms.of_functions(request.token)
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        if request.tok == GET_RESOURCE:
            return self._states.get(request.args)
        self.transforms.apply_to_function(request)
        args = from_struct(request.args, set(), with_digest)
        answer = self._answers(request.tok, args)
        if answer is None:
            self.unanswered.append((request.tok, args))
            if request.tok not in [o.what for o in self.opaque]:
                self.opaque.append(Opaque("invoke", request.tok))
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        returned = struct_pb2.Struct()
        returned.update(answer)
        return resource_pb2.ResourceInvokeResponse(**{"return": returned})

    def Call(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        self._opaque("method of a remote component", request.tok, request)
        return provider_pb2.CallResponse()
