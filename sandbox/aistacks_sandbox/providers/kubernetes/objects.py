"""Kubernetes manifests as the engine's properties: names, ids, secrets, and what a refresh finds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from aistacks_catalog.kubernetes.manifests import READ_ONLY, is_patch, is_secret, metadata
from aistacks_core.property_values import Props, Secret, Unknown

from ..autoname import AutonameError, Naming, autoname
from ..failures import CheckError
from ..provider import MARKER, Resource

AUTONAMED = "pulumi.com/autonamed"
MANAGER = "__fieldManager"
_MANAGER_ANNOTATION = "pulumi.com/patchFieldManager"
_OURS = frozenset({MARKER, MANAGER, "__inputs", "__initialApiVersion"})
# The SDKs can't say a dash in a property's name.
_DASHED = {
    f"x_kubernetes_{word}": f"x-kubernetes-{word.replace('_', '-')}"
    for word in (
        "embedded_resource",
        "int_or_string",
        "list_map_keys",
        "list_type",
        "map_type",
        "preserve_unknown_fields",
        "validations",
    )
}
_UNDERSCORED = {dashed: plain for plain, dashed in _DASHED.items()}


def manifest(props: Props) -> Props:
    """What the API server is sent: the inputs, without what is ours and without nulls."""
    kept = {key: value for key, value in props.items() if key not in _OURS and value is not None}
    clean: Props = _renamed(kept, _DASHED)
    return clean


def to_props(live: Props) -> Props:
    """An object of the API server as properties."""
    props: Props = _renamed(live, _UNDERSCORED)
    return props


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {names.get(key, key): _renamed(item, names) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    return value


def annotation(props: Mapping[str, Any], key: str) -> str | None:
    """The value of one annotation, or None."""
    found = metadata(props).get("annotations")
    value = found.get(key) if isinstance(found, Mapping) else None
    return value if isinstance(value, str) else None


def is_autonamed(props: Mapping[str, Any]) -> bool:
    """Whether the name was made for the object rather than given to it."""
    return annotation(props, AUTONAMED) == "true"


def object_id(live: Mapping[str, Any]) -> str:
    """``namespace/name``, or ``name`` for what lies in no namespace."""
    meta = metadata(live)
    namespace = meta.get("namespace")
    return f"{namespace}/{meta['name']}" if namespace else str(meta["name"])


def parse_id(identifier: str) -> tuple[str | None, str]:
    """The namespace, if any, and the name in an id."""
    namespace, slash, name = identifier.partition("/")
    return (namespace, name) if slash else (None, namespace)


def manager(urn: str, inputs: Mapping[str, Any], state: Mapping[str, Any] | None = None) -> str:
    """The field manager that owns what this resource sets: the same from its creation on."""
    given = annotation(inputs, _MANAGER_ANNOTATION) or (state or {}).get(MANAGER)
    if isinstance(given, str):
        return given
    return f"pulumi-kubernetes-{hashlib.sha256(urn.encode()).hexdigest()[:8]}"


def with_name(resource: Resource, old: Props | None, new: Props, naming: Naming) -> Props:
    """``new`` with a name, as the real provider gives it: ``<logical name>-<8 hex digits>``, annotated."""
    meta = new.get("metadata")
    if isinstance(meta, Unknown):
        return new
    meta = dict(meta) if isinstance(meta, Mapping) else {}
    if meta.get("name") is not None:
        return new
    if is_patch(resource.type):
        raise CheckError({"metadata.name": "a Patch resource needs the name of the object that it patches"})
    if meta.get("generateName") is not None:
        raise CheckError({"metadata.generateName": "not supported with server-side apply; give metadata.name"})
    if old and is_autonamed(old):
        name = metadata(old).get("name")
    elif old:
        return new
    else:
        try:
            name = autoname(naming, length=8)
        except AutonameError as error:
            raise CheckError({"metadata.name": str(error)}) from error
    notes = meta.get("annotations")
    if not isinstance(notes, Unknown):
        meta["annotations"] = {**(notes or {}), AUTONAMED: "true"}
    return {**new, "metadata": {**meta, "name": name}}


def hidden(props: Props) -> Props:
    """``props`` with a Secret's content made secret."""
    if not is_secret(props):
        return props
    return {
        key: Secret(value) if key in ("data", "stringData") and value is not None else value
        for key, value in props.items()
    }


def imported(live: Props) -> Props:
    """Inputs that would make ``live``, for an object that came under management as it stands."""
    inputs = {key: value for key, value in live.items() if key != "status"}
    meta = {key: value for key, value in metadata(live).items() if key not in READ_ONLY}
    notes = dict(meta.get("annotations") or {})
    for key in ("deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"):
        notes.pop(key, None)
    meta.pop("annotations", None)
    return {**inputs, "metadata": {**meta, **({"annotations": notes} if notes else {})}}


def drifted(inputs: Any, before: Any, now: Any) -> Any:
    """``inputs`` as they would have to be for ``now`` to be what was asked for.

    ``before`` is the object as it was when ``inputs`` were last applied. What hasn't moved since keeps
    the form that the program gave it, so ``1000m`` against the server's ``1`` is no change.
    """
    if before == now:
        return inputs
    if isinstance(inputs, Mapping) and isinstance(now, Mapping):
        old = before if isinstance(before, Mapping) else {}
        return {
            key: drifted(value, old.get(key), now.get(key))
            for key, value in inputs.items()
            if now.get(key) is not None or old.get(key) is None
        }
    if isinstance(inputs, list) and isinstance(now, list) and len(inputs) == len(now):
        old_items = before if isinstance(before, list) and len(before) == len(now) else [None] * len(now)
        return [drifted(item, old, current) for item, old, current in zip(inputs, old_items, now, strict=True)]
    return inputs if now is None else now
