"""What the engine's protocol says of a resource, as a ``Registration``.

Works on the protocol's messages by their fields alone, so that it needs no Pulumi.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from sys import intern as _kept
from typing import Any

from google.protobuf import struct_pb2

from .snapshot import Registration
from .wire import SEPARATOR, from_struct

STACK_TYPE = "pulumi:pulumi:Stack"
TRIGGER = "replacementTrigger"
"""What the trigger is called among the paths of a resource's unknowns."""


def urn_of(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """The URN that the engine gives: with the types of every parent, but without the stack's own."""
    chain = parent.split("::")[2] + "$" if parent else ""
    chain = "" if chain == f"{STACK_TYPE}$" else chain
    return "::".join([f"urn:pulumi:{stack}", project, chain + type_, name])


def registration_of(
    request: Any,
    stack: str,
    project: str,
    known: Mapping[str, Registration],
    content: Callable[[dict[str, Any]], Any] | None = None,
    sources: dict[str, str] | None = None,
) -> Registration:
    """The resource that a ``RegisterResourceRequest`` asks for.

    ``known``: what was registered before, by URN; a resource has some options from its parent. ``content``
    and ``sources`` as ``from_struct`` takes them.
    """
    above = known.get(request.parent)
    secrets: set[str] = set()
    return Registration(
        type=_kept(request.type),
        name=request.name,
        urn=_kept(urn_of(stack, project, request.parent, request.type, request.name)),
        parent=_kept(request.parent),
        custom=request.custom,
        inputs=from_struct(request.object, secrets, content, sources),
        secrets=frozenset(secrets),
        dependencies=tuple(map(_kept, request.dependencies)),
        property_dependencies={
            _kept(k): tuple(map(_kept, v.urns)) for k, v in request.propertyDependencies.items() if v.urns
        },
        protect=_inherited(request, "protect", above),
        retain_on_delete=_inherited(request, "retainOnDelete", above, "retain_on_delete"),
        delete_before_replace=request.deleteBeforeReplace,
        delete_before_replace_given=request.deleteBeforeReplace or request.deleteBeforeReplaceDefined,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        replacement_trigger=_trigger(request, sources),
        replace_with=tuple(map(_kept, request.replace_with)),
        aliases=tuple(_alias(alias, request, stack, project) for alias in request.aliases),
        provider=_kept(request.provider),
        deleted_with=request.deletedWith,
        custom_timeouts={
            what: value for what in ("create", "update", "delete") if (value := getattr(request.customTimeouts, what))
        },
        import_id=request.importId,
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        remote=request.remote,
    )


def outputs_behind(request: Any) -> dict[str, tuple[str, ...]]:
    """By property, the outputs (``<URN>\\0<output>\\0<text>``) that ride among its dependencies. They are none of the
    protocol's, and leave the request."""
    if not any(SEPARATOR in urn for urn in request.dependencies):
        return {}
    _plain(request.dependencies)
    found = {}
    for key, entry in request.propertyDependencies.items():
        if outputs := sorted(urn for urn in entry.urns if SEPARATOR in urn):
            found[_kept(key)] = tuple(map(_kept, outputs))
            _plain(entry.urns)
    return found


def _plain(urns: Any) -> None:
    kept = [urn for urn in urns if SEPARATOR not in urn]
    del urns[:]
    urns.extend(kept)


def _alias(alias: Any, request: Any, stack: str, project: str) -> str:
    """The URN that an alias means: what it doesn't say is as the resource has it."""
    if alias.urn:
        return str(alias.urn)
    spec = alias.spec
    parent = "" if spec.noParent else spec.parentUrn or request.parent
    return urn_of(
        spec.stack or stack, spec.project or project, parent, spec.type or request.type, spec.name or request.name
    )


def _trigger(request: Any, sources: dict[str, str] | None) -> Any:
    if not request.HasField("replacement_trigger"):
        return None
    holder = struct_pb2.Struct(fields={TRIGGER: request.replacement_trigger})
    return from_struct(holder, set(), sources=sources).get(TRIGGER)


def _inherited(request: Any, wire: str, above: Registration | None, name: str = "") -> bool:
    if request.HasField(wire):
        return bool(getattr(request, wire))
    return bool(above and getattr(above, name or wire))
