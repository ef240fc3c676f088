"""Runs a program's transforms on a registration, as the engine does: its own, its parents', the stack's."""

import asyncio
from typing import Any

from pulumi.runtime.proto import resource_pb2

from aistacks_core.wire import from_struct

from .sdk_internals import find
from .waiting import waits_for_the_loop

_SERVICER = find("pulumi.runtime._callbacks:_CallbackServicer")
# Fields of a registration and of a transform's options that carry another name.
_RENAMED = {
    "depends_on": "dependencies",
    "ignore_changes": "ignoreChanges",
    "replace_on_changes": "replaceOnChanges",
    "custom_timeouts": "customTimeouts",
    "retain_on_delete": "retainOnDelete",
    "deleted_with": "deletedWith",
    "delete_before_replace": "deleteBeforeReplace",
    "additional_secret_outputs": "additionalSecretOutputs",
    "plugin_download_url": "pluginDownloadURL",
}
_LISTS = ("depends_on", "ignore_changes", "replace_on_changes", "aliases", "additional_secret_outputs")


class Transforms:
    """Keeps which transforms hold for which resource."""

    def __init__(self) -> None:
        self._of: dict[str, list[str]] = {}
        self._stack: list[str] = []
        self._functions: list[str] = []

    def of_stack(self, token: str) -> None:
        """Take a transform that holds for every resource."""
        self._stack.append(token)

    def of_functions(self, token: str) -> None:
        """Take a transform that holds for every function that is asked."""
        self._functions.append(token)

    @property
    def hold_for_functions(self) -> bool:
        """Whether a function has to wait for one."""
        return bool(self._functions)

    def apply_to_function(self, request: Any) -> None:
        """Change the ``request`` of a function as its transforms say. Called on a worker thread, as ``apply``."""
        for token in self._functions:
            options = resource_pb2.TransformInvokeOptions(
                provider=request.provider, version=request.version, plugin_download_url=request.pluginDownloadURL
            )
            question = resource_pb2.TransformInvokeRequest(token=request.tok, args=request.args, options=options)
            answer = _asked(token, question)
            request.args.CopyFrom(answer.args)
            if answer.HasField("options") and answer.options.provider:
                request.provider = answer.options.provider

    def apply(self, urn: str, request: Any) -> dict[str, str]:
        """Change ``request`` as the transforms say. Called on a worker thread; they run on the program's loop.

        Returns the names of the unknowns (see ``from_struct``) that a transform must not see.
        """
        tokens = [c.token for c in request.transforms]
        inherited = self._of.get(request.parent, [])
        self._of[urn] = tokens + inherited
        every = tokens + inherited + self._stack
        sources: dict[str, str] = {}
        if every:
            from_struct(request.object, sources=sources)
        for token in every:
            self._run(token, request)
        return sources

    def _run(self, token: str, request: Any) -> None:
        question = resource_pb2.TransformRequest(
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=request.parent,
            properties=request.object,
            options=_options(request),
        )
        answer = _asked(token, question)
        request.object.CopyFrom(answer.properties)
        if answer.HasField("options"):
            _take(answer.options, request)


@waits_for_the_loop
def _asked(token: str, question: Any) -> Any:
    """What the program's transform answers, on the program's loop."""
    servicer = next(s for s in _SERVICER._servicers if token in s._callbacks)
    callback: Any = servicer._callbacks[token]
    running = asyncio.run_coroutine_threadsafe(callback(question.SerializeToString()), servicer._loop)
    return running.result()


def _options(request: Any) -> Any:
    options = resource_pb2.TransformResourceOptions()
    for field in options.DESCRIPTOR.fields:
        name = _RENAMED.get(field.name, field.name)
        if name not in request.DESCRIPTOR.fields_by_name:
            continue
        value = getattr(request, name)
        if field.name in _LISTS:
            getattr(options, field.name).extend(value)
        elif field.message_type is None and _is_given(request, name):
            setattr(options, field.name, value)
    return options


def _take(options: Any, request: Any) -> None:
    for field in options.DESCRIPTOR.fields:
        name = _RENAMED.get(field.name, field.name)
        if name not in request.DESCRIPTOR.fields_by_name:
            continue
        if field.name in _LISTS:
            del getattr(request, name)[:]
            getattr(request, name).extend(getattr(options, field.name))
        elif field.message_type is None and _is_given(options, field.name):
            setattr(request, name, getattr(options, field.name))


def _is_given(message: Any, name: str) -> bool:
    field = message.DESCRIPTOR.fields_by_name[name]
    return bool(message.HasField(name)) if field.has_presence else bool(getattr(message, name))
