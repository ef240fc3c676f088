"""The resource monitor of a plan: it keeps every registration and answers as a preview would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from sys import intern as _kept
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime import mocks, settings
from pulumi.runtime.proto import provider_pb2, resource_pb2

from aistacks_catalog.kubernetes.sources import parts
from aistacks_catalog.kubernetes.sources.manifests import UnreadError
from aistacks_core.errors import UserError
from aistacks_core.property_values import UNKNOWN, Secret
from aistacks_core.registrations import STACK_TYPE, outputs_behind, registration_of, urn_of
from aistacks_core.snapshot import Opaque, Registration
from aistacks_core.stated_answers import STACKS, Stated
from aistacks_core.symbols import identity
from aistacks_core.wire import from_struct, to_struct

from . import late
from .asking import ASKED
from .assets import with_digest
from .level import Level
from .outputs import symbolic
from .places import place
from .provider_places import Place, Places
from .stand_ins import stand_in
from .states import GET_RESOURCE, States
from .transforms import Transforms

_DYNAMIC = ("pulumi-python:dynamic", "pulumi-nodejs:dynamic")
Answers = Callable[[str, dict[str, Any], Place], dict[str, Any] | None]


def no_answers(_token: str, _args: dict[str, Any], _place: Place) -> dict[str, Any] | None:
    """Answers no invoke: their outputs stay unknown."""
    return None


class RecordingMonitor(mocks.MockMonitor):
    """Keeps every registration. Which outputs it answers, as symbols, is the ``level``'s."""

    def __init__(self, none: mocks.Mocks, answers: Answers, root: Path | None, places: Places, *, level: Level) -> None:
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
        self._places = places
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
        # What another process would make of a component's inputs isn't known, even where an output has the same name.
        given = None if request.remote else request.object
        response = resource_pb2.RegisterResourceResponse(urn=urn, id=request.importId, object=given)
        if self._level and request.custom:
            self._fill(response, made)
        elif self._level and request.remote:
            # What its package declares as never missing; that it may change with the inputs is for the comparison.
            response.object.update(symbolic(made.type, made.urn, made.name, {}, "", self._level))
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
            what = parts.described(made.type, made.name, made.inputs)
            try:
                if self._made_by_provider(request, made):
                    return
            except UnreadError as why:
                what = f"{what}: {why}"
            self._opaque("remote component", what, request)
        elif parts.is_release(made.type):
            self._opaque("Helm release", parts.described(made.type, made.name, made.inputs), request)
        elif made.type.startswith(_DYNAMIC):
            self._opaque("dynamic provider", f"{made.type} {made.name}", request)

    def _made_by_provider(self, request: Any, made: Registration) -> bool:
        """Register what the Kubernetes provider makes of a component of its own; whether it is one."""
        provider = request.providers.get("kubernetes", request.provider)
        settings_of = self.recorded.get(provider.rpartition("::")[0])
        namespace = settings_of.inputs.get("namespace") if settings_of else None
        namespace = namespace if isinstance(namespace, str) else "default"
        children = parts.children(made.type, made.name, made.inputs, namespace)
        for type_, name, inputs in children or ():
            if type_ == "kubernetes:core/v1:Secret":
                inputs = {k: Secret(v) if k in ("data", "stringData") else v for k, v in inputs.items()}
            child = resource_pb2.RegisterResourceRequest(
                type=type_, name=name, parent=made.urn, custom=True, provider=provider, object=to_struct(inputs)
            )
            if parts.is_kept(inputs):
                child.retainOnDelete = True
            child.sourcePosition.CopyFrom(request.sourcePosition)
            child.stackTrace.CopyFrom(request.stackTrace)
            self.RegisterResource(child)
        return children is not None

    def finish(self) -> None:
        """Name the components of manifests and charts that came to nothing, for what they read wasn't known."""
        parents = {made.parent for made in self.recorded.values()}
        for made in self.recorded.values():
            if parts.has_children(made.type) and made.urn not in parents:
                self.opaque.append(Opaque("manifests", f"{made.type} {made.name}", made.file, made.line))

    def _opaque(self, kind: str, what: str, request: Any) -> None:
        self.opaque.append(Opaque(kind, what, *place(request, self._root)))

    def _fill(self, response: Any, made: Registration) -> None:
        response.id = response.id or identity(made.urn, made.name)
        self._fill_outputs(response, made.type, made.urn, made.name, made.inputs, made.provider)
        metadata = made.inputs.get("metadata", {})
        if made.type.startswith("kubernetes:") and isinstance(metadata, dict) and metadata.get("name") is None:
            target = response.object.fields["metadata"].struct_value
            target.update({"name": identity(made.urn, made.name)})

    def _fill_outputs(
        self, response: Any, type_: str, urn: str, name: str, inputs: dict[str, Any], provider: str
    ) -> None:
        region = self._place(provider).region
        # Hardly one of the larger outputs is looked at, and each costs: they are made when they are wanted.
        at_once = Level.STRINGS if late.at_hand() else self._level
        response.object.update(symbolic(type_, urn, name, inputs, region, min(at_once, self._level)))
        if at_once < self._level:
            make = partial(symbolic, type_, urn, name, inputs, region, self._level)
            response.object.fields[late.KEY].string_value = late.promise(urn, make, partial(self._assume, name))

    def _assume(self, name: str, output: str) -> None:
        made = Opaque("assumed output", f"{output} of {name} stands as false")
        if made not in self.opaque:
            self.opaque.append(made)

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        urn = self.make_urn(request.parent, request.type, request.name)
        from_struct(request.properties, sources={})
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
            self._fill_outputs(answer, request.type, f"{urn}{request.id}", request.name, known, request.provider)
        self._states.keep(answer, custom=True)
        return resource_pb2.ReadResourceResponse(urn=urn, id=request.id, properties=answer.object)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        # An unknown's name is for the plan alone, so it leaves what a program may get back.
        outputs = from_struct(request.outputs, set(), with_digest, {})
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

    def _place(self, provider: str) -> Place:
        """Where what goes through ``provider`` (a reference, or empty for the default one) is made and asked."""
        made = self.recorded.get(provider.rpartition("::")[0]) if provider else None
        return self._places.of(made.name, made.inputs) if made else self._places.default

    def Invoke(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        if request.tok == GET_RESOURCE:
            return self._states.get(request.args)
        self.transforms.apply_to_function(request)
        args, at = from_struct(request.args, set(), with_digest), self._place(request.provider)
        answer, asked = self._answers(request.tok, args, at), ASKED.get()
        if answer is None:
            try:
                answer = parts.function(request.tok, args)
            except UnreadError as why:
                self._once(Opaque("manifests", f"{request.tok}: {why}", asked.file, asked.line))
                return resource_pb2.ResourceInvokeResponse(unknown=True)
        if answer is None and self._level:
            answer = stand_in(request.tok, args, at, asked.type)
            if answer is not None:
                self._once(Opaque("assumed answer", f"{request.tok}: made-up values stand in", asked.file, asked.line))
        if answer is None:
            self.unanswered.append((request.tok, args))
            self._once(Opaque("invoke", request.tok, asked.file, asked.line))
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        return resource_pb2.ResourceInvokeResponse(**{"return": to_struct(answer)})

    def _once(self, what: Opaque) -> None:
        if what not in self.opaque:
            self.opaque.append(what)

    def Call(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        owner = request.args.fields["__self__"].struct_value.fields["urn"].string_value.rpartition("::")[2]
        what = f"{request.tok} of {owner}" if owner else request.tok
        asked = ASKED.get()
        self.opaque.append(Opaque("method of a remote component", what, asked.file, asked.line))
        # A value that isn't known makes the whole answer so; an empty one would be taken for it.
        return provider_pb2.CallResponse(**{"return": to_struct({"unknown": UNKNOWN})})
