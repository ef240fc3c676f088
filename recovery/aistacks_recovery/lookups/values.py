"""The inputs of a resource as the engine exports them, and what they have to be equal to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aistacks_catalog.aws.types.equality import same
from aistacks_core.wire import UNKNOWNS, is_secret

_HIDDEN = object()
_SIGNATURE = "4dabf18193072939515e22adb298388d"


def plain(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """``inputs`` without what isn't known: ciphertexts, unknown values, files. A secret told in plain text is taken."""
    return {
        key: value
        for key, value in ((key, _plain(item)) for key, item in inputs.items())
        if value is not _HIDDEN and not key.startswith("__")
    }


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _HIDDEN if value in UNKNOWNS else value
    if isinstance(value, list):
        items = [_plain(item) for item in value]
        return [item for item in items if item is not _HIDDEN]
    if not isinstance(value, Mapping):
        return value
    if is_secret(value):
        return _plain(json.loads(value["plaintext"])) if "plaintext" in value else _HIDDEN
    if _SIGNATURE in value:
        return _plain(value["value"]) if "value" in value else _HIDDEN
    fields = ((key, _plain(item)) for key, item in value.items())
    return {key: item for key, item in fields if item is not _HIDDEN}


def hidden(inputs: Mapping[str, Any], name: str) -> bool:
    """Whether an input is there, but not to be read."""
    return name in inputs and _plain(inputs[name]) is _HIDDEN


def agrees(wanted: Any, there: Any) -> bool:
    """Whether what stands in the cloud is what an input asks for."""
    if isinstance(wanted, list) and isinstance(there, list):
        return len(wanted) == len(there) and all(any(agrees(item, other) for other in there) for item in wanted)
    return same(wanted, there)


def tags(value: Any) -> dict[str, str]:
    """Tags in one form, out of each that AWS's services have."""
    if isinstance(value, Mapping):
        return {str(key): str(item) for key, item in value.items()}
    found: dict[str, str] = {}
    for item in value or []:
        name = next((item[key] for key in ("Key", "key", "TagKey") if key in item), None)
        if name is not None:
            found[str(name)] = str(next((item[key] for key in ("Value", "value", "TagValue") if key in item), ""))
    return found
