"""Property values of the Pulumi protocol as plain Python values, and back.

A property map is a ``dict[str, Any]`` of None, bool, int, float, str, list and dict, plus the four
classes here: ``UNKNOWN``, ``Secret``, ``Asset`` and ``Archive``. Whole numbers arrive as ``int``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import struct_pb2

Props = dict[str, Any]

# From github.com/pulumi/pulumi/sdk/v3 v3.259.0 (2026-11-23): go/common/resource/sig/sig.go, plugin/rpc.go.
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_ASSET = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
_UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWNS = frozenset(
    {
        _UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


class Unknown:
    """A value that a preview can't know yet. There is one instance, ``UNKNOWN``."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __deepcopy__(self, _memo: object) -> Unknown:
        return self

    def __copy__(self) -> Unknown:
        return self


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that the engine encrypts in its state and hides in what it prints."""

    value: Any = field(repr=False)


@dataclass(frozen=True)
class Asset:
    """One file's content: exactly one of ``text``, ``path`` and ``uri`` is set; ``hash`` is a hex sha256."""

    text: str | None = None
    path: str | None = None
    uri: str | None = None
    hash: str = ""


@dataclass(frozen=True)
class Archive:
    """Several files: exactly one of ``assets``, ``path`` and ``uri`` is set; ``hash`` is a hex sha256."""

    assets: Mapping[str, Any] | None = None
    path: str | None = None
    uri: str | None = None
    hash: str = ""


def from_struct(struct: struct_pb2.Struct) -> Props:
    """The property map that ``struct`` carries."""
    return {key: from_value(value) for key, value in struct.fields.items()}


def from_value(value: struct_pb2.Value) -> Any:
    """The Python value that ``value`` carries; an output value that isn't known gives ``UNKNOWN``."""
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [from_value(item) for item in value.list_value.values]
    if kind == "struct_value":
        return _special({key: from_value(item) for key, item in value.struct_value.fields.items()})
    return None


def _special(fields: Props) -> Any:
    signature = fields.get(_SIGNATURE)
    if signature is None:
        return fields
    if signature == _SECRET:
        return Secret(fields.get("value"))
    if signature == _OUTPUT:
        inner = fields.get("value", UNKNOWN)
        return Secret(inner) if fields.get("secret") else inner
    if signature == _RESOURCE:
        return fields.get("id") or fields.get("urn")
    if signature == _ASSET:
        return Asset(**{key: fields.get(key) for key in ("text", "path", "uri")}, hash=fields.get("hash", ""))
    if signature == _ARCHIVE:
        return Archive(**{key: fields.get(key) for key in ("assets", "path", "uri")}, hash=fields.get("hash", ""))
    return fields


def to_struct(props: Mapping[str, Any]) -> struct_pb2.Struct:
    """The protocol's form of a property map."""
    struct = struct_pb2.Struct()
    for key, value in props.items():
        _fill(struct.fields[str(key)], value)
    return struct


def _fill(target: struct_pb2.Value, value: Any) -> None:  # noqa: C901
    match value:
        case None:
            target.null_value = struct_pb2.NULL_VALUE
        case bool():
            target.bool_value = value
        case int() | float():
            target.number_value = value
        case str():
            target.string_value = value
        case Unknown():
            target.string_value = _UNKNOWN_STRING
        case Secret():
            _fill(target, {_SIGNATURE: _SECRET, "value": value.value})
        case Asset() | Archive():
            signature = _ASSET if isinstance(value, Asset) else _ARCHIVE
            _fill(target, {_SIGNATURE: signature} | {k: v for k, v in vars(value).items() if v is not None})
        case Mapping():
            target.struct_value.SetInParent()
            for key, item in value.items():
                _fill(target.struct_value.fields[str(key)], item)
        case list() | tuple() | set() | frozenset():
            target.list_value.SetInParent()
            for item in value:
                _fill(target.list_value.values.add(), item)
        case _:
            # Datetimes and the like, as the clients give them.
            target.string_value = value.isoformat() if hasattr(value, "isoformat") else str(value)


def contains_unknown(value: Any) -> bool:
    """Whether ``UNKNOWN`` stands anywhere in ``value``."""
    return _any(value, lambda item: isinstance(item, Unknown))


def contains_secret(value: Any) -> bool:
    """Whether a ``Secret`` stands anywhere in ``value``."""
    return _any(value, lambda item: isinstance(item, Secret))


def _any(value: Any, test: Any) -> bool:
    if test(value):
        return True
    if isinstance(value, Secret):
        return _any(value.value, test)
    if isinstance(value, Archive):
        return _any(value.assets, test)
    if isinstance(value, Mapping):
        return any(_any(item, test) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_any(item, test) for item in value)
    return False


def strip_secrets(value: Any) -> Any:
    """``value`` with every ``Secret`` replaced by what it holds."""
    if isinstance(value, Secret):
        return strip_secrets(value.value)
    if isinstance(value, Mapping):
        return {key: strip_secrets(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [strip_secrets(item) for item in value]
    return value


def strip_unknown(value: Any) -> Any:
    """``value`` without the keys and list items that are ``UNKNOWN``; an unknown ``value`` gives None."""
    if isinstance(value, Unknown):
        return None
    if isinstance(value, Mapping):
        return {key: strip_unknown(item) for key, item in value.items() if not isinstance(item, Unknown)}
    if isinstance(value, list | tuple):
        return [strip_unknown(item) for item in value if not isinstance(item, Unknown)]
    return value


def mark_secrets(value: Any, like: Any) -> Any:
    """``value`` with ``Secret`` around whatever stands where ``like`` has a ``Secret``.

    A list whose length changed is hidden whole as soon as one item of ``like``'s list was secret.
    """
    if isinstance(like, Secret):
        return value if isinstance(value, Secret) or value is None else Secret(strip_secrets(value))
    if isinstance(value, Mapping) and isinstance(like, Mapping):
        return {key: mark_secrets(item, like.get(key)) for key, item in value.items()}
    if isinstance(value, list) and isinstance(like, list) and contains_secret(like):
        if len(value) != len(like):
            return Secret(strip_secrets(value))
        return [mark_secrets(item, other) for item, other in zip(value, like, strict=True)]
    return value
