"""Records what a program registers, for tests: without an engine, AWS or credentials."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import config as config_store
from pulumi.runtime import mocks, settings
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.stack import run_in_stack

from aistacks_core.property_values import UNKNOWN
from aistacks_core.registrations import STACK_TYPE, registration_of, urn_of
from aistacks_core.snapshot import Plan, Registration
from aistacks_core.wire import from_struct

__all__ = ["UNKNOWN", "Answers", "Plan", "Registration", "record"]

Answers = Callable[[str, dict[str, Any]], dict[str, Any] | None]
"""Answers an invoke (token, arguments) with its outputs; ``None`` leaves them unknown."""
_NO_STACK: Any = object()


def record(
    program: Callable[[], Any],
    *,
    project: str = "test",
    stack: str = "test",
    config: Mapping[str, str] | None = None,
    answers: Answers = lambda _token, _args: None,
) -> Plan:
    """Run ``program`` as a first preview would, on Pulumi's own mocks, and return everything that it registered.

    Unlike a plain mock resource, a registration is complete: inputs, parent, dependencies, protection, aliases and
    provider. Outputs that only AWS knows are ``UNKNOWN``. ``config``: full keys (``aws:region``) to values.
    Exceptions of the program propagate. The resource option ``transforms`` is ignored; ``transformations`` run.
    """
    monitor = _Monitor(answers)
    loop = asyncio.new_event_loop()
    # A failure is raised below, once; asyncio would also print every future that awaited it.
    loop.set_exception_handler(lambda _loop, _context: None)
    asyncio.set_event_loop(loop)
    try:
        # With a root resource set, the mocks create none.
        settings.set_root_resource(_NO_STACK)
        mocks.set_mocks(_NoMocks(), project=project, stack=stack, preview=True, monitor=monitor)
        settings.set_root_resource(None)  # type: ignore[arg-type]
        with _config(dict(config or {})):
            loop.run_until_complete(run_in_stack(program))
    finally:
        settings.set_root_resource(None)  # type: ignore[arg-type]
        # Failed outputs would remain, and the next recording would await them.
        settings.SETTINGS.outputs.clear()
        loop.close()
        asyncio.set_event_loop(None)
    return Plan(list(monitor.recorded.values()), monitor.exports, region=(config or {}).get("aws:region", ""))


class _NoMocks(mocks.Mocks):
    """Never called: the monitor answers every request."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise NotImplementedError(args.token)

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        raise NotImplementedError(args.name)


class _Monitor(mocks.MockMonitor):
    """Records every registration, and answers as in the preview of a new stack."""

    def __init__(self, answers: Answers) -> None:
        super().__init__(_NoMocks())
        self.recorded: dict[str, Registration] = {}
        self.exports: dict[str, Any] = {}
        self._answers = answers

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        # The stock method keeps the type of the direct parent only; the engine keeps the full chain of types.
        return urn_of(settings.get_stack(), settings.get_project(), parent, type_, name)

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK_TYPE:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        if urn in self.recorded:
            raise ValueError(f"{urn}: two resources of one type and name")
        made = registration_of(request, settings.get_stack(), settings.get_project(), self.recorded)
        self.recorded[urn] = made
        return resource_pb2.RegisterResourceResponse(urn=urn, id=request.importId, object=request.object)

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        urn = self.make_urn(request.parent, request.type, request.name)
        return resource_pb2.ReadResourceResponse(urn=urn, properties=request.properties)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        outputs = from_struct(request.outputs, set())
        found = self.recorded.get(request.urn)
        (self.exports if found is None else found.outputs).update(outputs)
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        answer = self._answers(request.tok, from_struct(request.args, set()))
        if answer is None:
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        returned = struct_pb2.Struct()
        returned.update(answer)
        return resource_pb2.ResourceInvokeResponse(**{"return": returned})


@contextmanager
def _config(values: dict[str, str]) -> Iterator[None]:
    before = config_store.CONFIG.get()
    config_store.set_all_config(values)
    try:
        yield
    finally:
        config_store.CONFIG.set(before)
