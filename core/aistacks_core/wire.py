"""The Pulumi protocol's form of property values, and the engine's in its JSON: signatures, unknowns, secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from sys import intern
from typing import Any

from google.protobuf import struct_pb2

from .property_paths import join
from .property_values import UNKNOWN, Archive, Asset, Props, Secret, Unknown

# From github.com/pulumi/pulumi/sdk/v3 v3.259.0 (2026-11-23): go/common/resource/sig/sig.go, plugin/rpc.go.
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_ASSET = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
_UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
NOT_KNOWN = _UNKNOWN_STRING
"""Text that stands for a value that isn't known, of whatever type."""
SEPARATOR = "\0"
"""Between a text of ours that rides on one of the protocol's, and that one."""
UNKNOWNS = frozenset(
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
"""Texts that stand for a value that isn't known."""


def is_secret(value: Mapping[str, Any]) -> bool:
    """Whether a mapping of the engine's JSON is a secret: its ciphertext, or its value."""
    return value.get(_SIGNATURE) == _SECRET


def from_struct(
    struct: struct_pb2.Struct,
    secrets: set[str] | None = None,
    content: Callable[[Props], Any] | None = None,
    sources: dict[str, str] | None = None,
) -> Props:
    """The property map that ``struct`` carries.

    ``secrets``: where it is given, what a secret holds stands bare, and its path is added there. Default: it is
    wrapped in ``Secret``. ``content`` makes a value of the fields of an asset or archive. Default: an ``Asset`` or
    ``Archive``. ``sources``: where it is given, an unknown that has a name (``NOT_KNOWN``, ``SEPARATOR``, name) is put
    there, path to name, and loses it in ``struct``.
    """
    return _Decoding(secrets, content, sources).fields(struct, ())


_NAMED = f"{NOT_KNOWN}{SEPARATOR}"
_Place = tuple[Any, ...]
"""The place of what is around it, and the key or index in it: written out only where a secret is found."""


class _Decoding:
    def __init__(
        self, secrets: set[str] | None, content: Callable[[Props], Any] | None, sources: dict[str, str] | None
    ) -> None:
        self._secrets, self._content, self._sources = secrets, content, sources

    def fields(self, struct: struct_pb2.Struct, place: _Place) -> Props:
        # The same few keys stand in thousands of resources.
        return {intern(key): self._value(value, (place, key)) for key, value in struct.fields.items()}

    def _value(self, value: struct_pb2.Value, place: _Place) -> Any:
        kind = value.WhichOneof("kind")
        if kind == "string_value":
            text = value.string_value
            if text.startswith(_NAMED):
                if self._sources is not None:
                    self._sources[_path(place)] = text[len(_NAMED) :]
                    value.string_value = NOT_KNOWN
                return UNKNOWN
            return UNKNOWN if text in UNKNOWNS else text
        if kind == "number_value":
            number = value.number_value
            return int(number) if number.is_integer() and abs(number) < 2**53 else number
        if kind == "bool_value":
            return value.bool_value
        if kind == "list_value":
            return [self._value(item, (place, i)) for i, item in enumerate(value.list_value.values)]
        if kind == "struct_value":
            struct = value.struct_value
            return self._special(struct, place) if _SIGNATURE in struct.fields else self.fields(struct, place)
        return None

    def _special(self, struct: struct_pb2.Struct, place: _Place) -> Any:
        fields = struct.fields
        signature = fields[_SIGNATURE].string_value
        if signature in (_SECRET, _OUTPUT):
            unset = UNKNOWN if signature == _OUTPUT else None
            inner = self._value(fields["value"], place) if "value" in fields else unset
            secret = signature == _SECRET or ("secret" in fields and fields["secret"].bool_value)
            return self._hidden(inner, place) if secret else inner
        found = self.fields(struct, place)
        if signature == _RESOURCE:
            # An id that isn't there yet is the empty text.
            return (found["id"] or UNKNOWN) if "id" in found else found.get("urn")
        if signature not in (_ASSET, _ARCHIVE):
            return found
        del found[_SIGNATURE]
        if self._content is not None:
            return self._content(found)
        kind = Asset if signature == _ASSET else Archive
        return kind(**{name: found[name] for name in kind.__dataclass_fields__ if name in found})

    def _hidden(self, value: Any, place: _Place) -> Any:
        if self._secrets is None:
            return Secret(value)
        self._secrets.add(_path(place))
        return value


def _path(place: _Place) -> str:
    if not place:
        return ""
    around, step = place
    return f"{_path(around)}[{step}]" if isinstance(step, int) else join(_path(around), step)


def holds_reference(struct: struct_pb2.Struct) -> bool:
    """Whether a resource stands somewhere in ``struct``."""
    return _RESOURCE.encode() in struct.SerializeToString()


def without_references(struct: struct_pb2.Struct) -> struct_pb2.Struct:
    """``struct`` as a provider that takes no resources gets it: a resource's id, or a component's URN, instead."""
    done = struct_pb2.Struct()
    for key, value in struct.fields.items():
        _dereferenced(value, done.fields[key])
    return done


def _dereferenced(value: struct_pb2.Value, target: struct_pb2.Value) -> None:
    kind = value.WhichOneof("kind")
    if kind == "list_value":
        target.list_value.SetInParent()
        for item in value.list_value.values:
            _dereferenced(item, target.list_value.values.add())
    elif kind == "struct_value":
        fields = value.struct_value.fields
        if _SIGNATURE in fields and fields[_SIGNATURE].string_value == _RESOURCE:
            found = fields["id" if "id" in fields else "urn"].string_value
            # An id that isn't there yet is the empty text.
            target.string_value = found or _UNKNOWN_STRING
        else:
            target.struct_value.SetInParent()
            for key, item in fields.items():
                _dereferenced(item, target.struct_value.fields[key])
    else:
        target.CopyFrom(value)


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
