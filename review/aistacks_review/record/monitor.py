"""The resource monitor of a plan: it keeps every registration and answers as a preview would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from sys import intern as _kept
from typing import Any

from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import mocks, settings
from pulumi.runtime.proto import provider_pb2, resource_pb2

from aistacks_core.errors import UserError
from aistacks_core.snapshot import Opaque, Registration
from aistacks_core.wire import from_struct

from .assets import with_digest
from .outputs import identity, symbolic
from .places import place
from .transforms import Transforms

STACK_TYPE = "pulumi:pulumi:Stack"
_DYNAMIC = ("pulumi-python:dynamic", "pulumi-nodejs:dynamic")
Answers = Callable[[str, dict[str, Any]], dict[str, Any] | None]


def no_answers(_token: str, _args: dict[str, Any]) -> dict[str, Any] | None:
    """Answers no invoke: their outputs stay unknown."""
    return None


class RecordingMonitor(mocks.MockMonitor):
    """Keeps every registration. Without ``symbols`` it knows no outputs; with them, it makes texts up."""

    def __init__(self, none: mocks.Mocks, answers: Answers, root: Path | None, region: str, *, symbols: bool) -> None:
        super().__init__(none)
        self.recorded: dict[str, Registration] = {}
        self.exports: dict[str, Any] = {}
        self.opaque: list[Opaque] = []
        self.unanswered: list[str] = []
        """Tokens of the invokes that got no answer, in order."""
        self._answers = answers
        self._transforms = Transforms()
        self._root = str(root.resolve()) if root else ""
        self._region = region
        self._symbols = symbols

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        # The stock method keeps only the parent's own type; the engine keeps the whole chain.
        return _urn(settings.get_stack(), settings.get_project(), parent, type_, name)

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK_TYPE:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        if urn in self.recorded:
            raise UserError(urn, "two resources of one type and name", "a name of its own for each")
        self._transforms.apply(urn, request)
        made = self._registration(urn, request)
        self.recorded[urn] = made
        self._note_opaque(request, made)
        response = resource_pb2.RegisterResourceResponse(urn=urn, id=request.importId, object=request.object)
        if self._symbols and request.custom:
            self._fill(response, made)
        return response

    def _registration(self, urn: str, request: Any) -> Registration:
        above = self.recorded.get(request.parent)
        secrets: set[str] = set()
        file, line = place(request, self._root)
        return Registration(
            type=_kept(request.type),
            name=request.name,
            urn=_kept(urn),
            parent=_kept(request.parent),
            custom=request.custom,
            inputs=from_struct(request.object, secrets, with_digest),
            secrets=frozenset(secrets),
            dependencies=tuple(map(_kept, request.dependencies)),
            property_dependencies={
                _kept(k): tuple(map(_kept, v.urns)) for k, v in request.propertyDependencies.items() if v.urns
            },
            protect=_inherited(request, "protect", above),
            retain_on_delete=_inherited(request, "retainOnDelete", above, "retain_on_delete"),
            delete_before_replace=request.deleteBeforeReplace,
            ignore_changes=tuple(request.ignoreChanges),
            replace_on_changes=tuple(request.replaceOnChanges),
            aliases=tuple(_alias(a, request) for a in request.aliases),
            provider=_kept(request.provider),
            deleted_with=request.deletedWith,
            custom_timeouts={
                what: value
                for what in ("create", "update", "delete")
                if (value := getattr(request.customTimeouts, what))
            },
            import_id=request.importId,
            additional_secret_outputs=tuple(request.additionalSecretOutputs),
            remote=request.remote,
            file=_kept(file),
            line=line,
        )

    def _note_opaque(self, request: Any, made: Registration) -> None:
        if request.remote:
            self._opaque("remote component", f"{made.type} {made.name}", request)
        elif made.type.startswith(_DYNAMIC):
            self._opaque("dynamic provider", f"{made.type} {made.name}", request)

    def _opaque(self, kind: str, what: str, request: Any) -> None:
        self.opaque.append(Opaque(kind, what, *place(request, self._root)))

    def _fill(self, response: Any, made: Registration) -> None:
        response.id = response.id or identity(made.urn, made.name)
        response.object.update(symbolic(made.type, made.urn, made.name, made.inputs, self._region))
        metadata = made.inputs.get("metadata", {})
        if made.type.startswith("kubernetes:") and isinstance(metadata, dict) and metadata.get("name") is None:
            target = response.object.fields["metadata"].struct_value
            target.update({"name": identity(made.urn, made.name)})

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        urn = self.make_urn(request.parent, request.type, request.name)
        kind = "stack reference" if request.type == "pulumi:pulumi:StackReference" else "resource that is read"
        self._opaque(kind, f"{request.type} {request.name}", request)
        return resource_pb2.ReadResourceResponse(urn=urn, properties=request.properties)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        outputs = from_struct(request.outputs, set(), with_digest)
        if request.urn in self.recorded:
            self.recorded[request.urn].outputs.update(outputs)
        else:
            self.exports.update(outputs)
        return empty_pb2.Empty()

    def RegisterStackTransform(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        self._transforms.of_stack(request.token)
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        answer = self._answers(request.tok, from_struct(request.args, set(), with_digest))
        if answer is None:
            self.unanswered.append(request.tok)
            if request.tok not in [o.what for o in self.opaque]:
                self.opaque.append(Opaque("invoke", request.tok))
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        returned = struct_pb2.Struct()
        returned.update(answer)
        return resource_pb2.ResourceInvokeResponse(**{"return": returned})

    def Call(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        self._opaque("method of a remote component", request.tok, request)
        return provider_pb2.CallResponse()


def _urn(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    chain = parent.split("::")[2] + "$" if parent else ""
    chain = "" if chain == f"{STACK_TYPE}$" else chain
    return "::".join([f"urn:pulumi:{stack}", project, chain + type_, name])


def _alias(alias: Any, request: Any) -> str:
    """The URN that an alias means: what it doesn't say is as the resource has it."""
    if alias.urn:
        return str(alias.urn)
    spec = alias.spec
    parent = "" if spec.noParent else spec.parentUrn or request.parent
    stack, project = spec.stack or settings.get_stack(), spec.project or settings.get_project()
    return _urn(stack, project, parent, spec.type or request.type, spec.name or request.name)


def _inherited(request: Any, wire: str, above: Registration | None, name: str = "") -> bool:
    if request.HasField(wire):
        return bool(getattr(request, wire))
    return bool(above and getattr(above, name or wire))
