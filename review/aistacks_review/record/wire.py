"""A registration's values as they travel, and as plain Python."""

from __future__ import annotations

from sys import intern
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

from aistacks_core.snapshot import UNKNOWN

from .assets import contents

_SECRET = rpc._special_secret_sig
_OUTPUT = rpc._special_output_value_sig
_SIG = rpc._special_sig_key


def plain(value: struct_pb2.Struct, path: str, secrets: set[str]) -> dict[str, Any]:
    """A map as plain Python; notes the dotted paths of secrets in ``secrets``."""
    answer: dict[str, Any] = _struct(value, path, secrets)
    return answer


def _struct(struct: struct_pb2.Struct, path: str, secrets: set[str]) -> Any:
    fields = struct.fields
    signature = fields[_SIG].string_value if _SIG in fields else ""
    if signature == _SECRET:
        secrets.add(path)
        return _value(fields["value"], path, secrets)
    if signature == _OUTPUT:
        if "secret" in fields and fields["secret"].bool_value:
            secrets.add(path)
        return _value(fields["value"], path, secrets) if "value" in fields else UNKNOWN
    if signature in (rpc._special_asset_sig, rpc._special_archive_sig):
        found = {key: _value(item, f"{path}.{key}", secrets) for key, item in fields.items() if key != _SIG}
        return {**found, **contents(found)}
    dot = f"{path}." if path else ""
    # The same few keys stand in thousands of resources.
    return {intern(key): _value(item, dot + key, secrets) for key, item in fields.items()}


def _value(value: struct_pb2.Value, path: str, secrets: set[str]) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text == rpc.UNKNOWN else text
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "struct_value":
        return _struct(value.struct_value, path, secrets)
    if kind == "list_value":
        return [_value(item, f"{path}[{i}]", secrets) for i, item in enumerate(value.list_value.values)]
    return None
