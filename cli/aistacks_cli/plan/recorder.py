"""Runs a Pulumi program in process, without engine, providers or credentials, and keeps what it registers."""

import asyncio
import gc
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import config as config_store
from pulumi.runtime import mocks, rpc, settings
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.stack import run_in_stack

from aistacks.errors import UserError

from .registration import UNKNOWN, Plan, Registration
from .transforms import Transforms

STACK_TYPE = "pulumi:pulumi:Stack"
Answers = Callable[[str, dict[str, Any]], dict[str, Any] | None]


def no_answers(_token: str, _args: dict[str, Any]) -> dict[str, Any] | None:
    """Answers no invoke: their outputs stay unknown."""
    return None


_NO_STACK: Any = object()


class _NoMocks(mocks.Mocks):
    """The monitor below answers everything itself."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise NotImplementedError(args.token)

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        raise NotImplementedError(args.name)


class RecordingMonitor(mocks.MockMonitor):
    """A resource monitor that keeps every registration and knows no outputs, as in a preview."""

    def __init__(self, answers: Answers, root: Path | None) -> None:
        super().__init__(_NoMocks())
        self.recorded: dict[str, Registration] = {}
        self.exports: dict[str, Any] = {}
        self._answers = answers
        self._transforms = Transforms()
        self._root = str(root.resolve()) if root else ""

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        # The stock method keeps only the parent's own type; the engine keeps the whole chain.
        chain = parent.split("::")[2] + "$" if parent else ""
        chain = "" if chain == f"{STACK_TYPE}$" else chain
        return "::".join([f"urn:pulumi:{settings.get_stack()}", settings.get_project(), chain + type_, name])

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK_TYPE:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        if urn in self.recorded:
            raise UserError(urn, "two resources of one type and name", "a name of its own for each")
        self._transforms.apply(urn, request)
        above = self.recorded.get(request.parent)
        secrets: set[str] = set()
        self.recorded[urn] = Registration(
            type=request.type,
            name=request.name,
            urn=urn,
            parent=request.parent,
            custom=request.custom,
            inputs=_plain(request.object, "", secrets),
            secrets=frozenset(secrets),
            dependencies=tuple(request.dependencies),
            property_dependencies={k: tuple(v.urns) for k, v in request.propertyDependencies.items()},
            protect=_inherited(request, "protect", above),
            retain_on_delete=_inherited(request, "retainOnDelete", above, "retain_on_delete"),
            delete_before_replace=request.deleteBeforeReplace,
            ignore_changes=tuple(request.ignoreChanges),
            replace_on_changes=tuple(request.replaceOnChanges),
            aliases=tuple(_alias(a) for a in request.aliases),
            provider=request.provider,
            deleted_with=request.deletedWith,
            import_id=request.importId,
            additional_secret_outputs=tuple(request.additionalSecretOutputs),
            **self._place(request),
        )
        return resource_pb2.RegisterResourceResponse(urn=urn, id="", object=request.object)

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        urn = self.make_urn(request.parent, request.type, request.name)
        return resource_pb2.ReadResourceResponse(urn=urn, properties=request.properties)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        outputs = _plain(request.outputs, "", set())
        if request.urn in self.recorded:
            self.recorded[request.urn].outputs.update(outputs)
        else:
            self.exports.update(outputs)
        return empty_pb2.Empty()

    def RegisterStackTransform(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        self._transforms.of_stack(request.token)
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        args = _plain(request.args, "", set())
        answer = self._answers(request.tok, args)
        if answer is None:
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        returned = struct_pb2.Struct()
        returned.update(answer)
        return resource_pb2.ResourceInvokeResponse(**{"return": returned})

    def _place(self, request: Any) -> dict[str, Any]:
        position = request.sourcePosition
        frames = [position, *getattr(getattr(request, "stackTrace", None), "frames", [])]
        for frame in frames:
            spot = getattr(frame, "pc", frame)
            file = spot.uri.removeprefix("file://")
            if file.startswith("project://"):
                file = f"{self._root}/{file.removeprefix('project://').lstrip('/')}"
            if file and (not self._root or file.startswith(self._root)):
                return {"file": file, "line": spot.line}
        return {}


def record(
    program: Callable[[], Any],
    *,
    project: str = "aistacks",
    stack: str = "test",
    config: Mapping[str, str] | None = None,
    answers: Answers = no_answers,
    root: Path | None = None,
) -> Plan:
    """Run ``program`` and return what it registered.

    ``config``: full keys (``aistacks:environment``) to texts, as in a settings file (nested values as JSON).
    ``answers(token, args)`` may answer an invoke; what it leaves (``None``) has unknown outputs.
    ``root``: the program's folder; file and line of a registration are the first frame inside it.
    What the program raises comes out as it is.
    """
    monitor = RecordingMonitor(answers, root)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    collecting = gc.isenabled()
    # The collector finds nothing to free while a program only adds resources; off, registering stays linear.
    gc.disable()
    try:
        # With a root in place the mocks make none of their own.
        settings.set_root_resource(_NO_STACK)
        mocks.set_mocks(_NoMocks(), project=project, stack=stack, preview=True, monitor=monitor)
        settings.set_root_resource(None)  # type: ignore[arg-type]
        with _config(dict(config or {})):
            loop.run_until_complete(run_in_stack(program))
    finally:
        if collecting:
            gc.enable()
        settings.set_root_resource(None)  # type: ignore[arg-type]
        loop.close()
        asyncio.set_event_loop(None)
    return Plan(list(monitor.recorded.values()), monitor.exports)


@contextmanager
def _config(values: dict[str, str]) -> Any:
    before = config_store.CONFIG.get()
    config_store.set_all_config(values, [])
    try:
        yield
    finally:
        config_store.CONFIG.set(before)


def _inherited(request: Any, wire: str, above: Registration | None, name: str = "") -> bool:
    if request.HasField(wire):
        return bool(getattr(request, wire))
    return bool(above and getattr(above, name or wire))


def _alias(alias: Any) -> str:
    return alias.urn or f"{alias.spec.type}::{alias.spec.name}"


def _plain(value: Any, path: str, secrets: set[str]) -> Any:
    """A protobuf value as plain Python; notes the paths of secrets."""
    if isinstance(value, struct_pb2.Value):
        kind = value.WhichOneof("kind")
        if kind == "string_value":
            return UNKNOWN if value.string_value == rpc.UNKNOWN else value.string_value
        if kind == "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        if kind == "bool_value":
            return value.bool_value
        if kind == "struct_value":
            return _plain(value.struct_value, path, secrets)
        if kind == "list_value":
            return [_plain(v, f"{path}[{i}]", secrets) for i, v in enumerate(value.list_value.values)]
        return None
    fields = value.fields
    signature = fields[rpc._special_sig_key].string_value if rpc._special_sig_key in fields else ""
    if signature == rpc._special_secret_sig:
        secrets.add(path)
        return _plain(fields["value"], path, secrets)
    if signature == rpc._special_output_value_sig:
        if "secret" in fields and fields["secret"].bool_value:
            secrets.add(path)
        return _plain(fields["value"], path, secrets) if "value" in fields else UNKNOWN
    return {k: _plain(v, f"{path}.{k}" if path else k, secrets) for k, v in fields.items()}
