"""Inputs that come back as outputs of another type, as a policy given as a table that the provider makes a text of.

The SDK refuses such outputs, and whoever waits for them waits for ever. A provider would have turned them into its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from google.protobuf import struct_pb2

from aistacks_core.property_values import Secret, contains_unknown
from aistacks_core.wire import from_struct, to_struct


def forgiving(stock: Callable[..., Any]) -> Callable[..., Any]:
    """``rpc.resolve_outputs``: where it refuses a property's type, that property is the JSON text of the table or list
    that was given, if a text is wanted; else it is unknown."""

    def resolve_outputs(
        res: Any, serialized: Any, outputs: Any, deps: Any, resolvers: Any, custom: bool, *args: Any, **options: Any
    ) -> None:
        try:
            stock(res, serialized, outputs, deps, resolvers, custom, *args, **options)
        except Exception:  # noqa: BLE001 (a type's own code may raise anything)

            def fits(key: str, value: struct_pb2.Value) -> bool:
                one = struct_pb2.Struct()
                one.fields[key].CopyFrom(value)
                try:
                    stock(res, struct_pb2.Struct(), one, {}, {}, custom, *args, **options)
                except Exception:  # noqa: BLE001 (as above)
                    return False
                return True

            fitted = struct_pb2.Struct()
            for key, value in outputs.fields.items():
                made = next((v for v in (value, _text(value)) if v is not None and fits(key, v)), None)
                if made is not None:
                    fitted.fields[key].CopyFrom(made)
            stock(res, serialized, fitted, deps, resolvers, custom, *args, **options)

    return resolve_outputs


def _text(value: struct_pb2.Value) -> struct_pb2.Value | None:
    """The JSON text of a table or list; ``None`` for another value, and where part of it isn't known."""
    if value.WhichOneof("kind") not in ("struct_value", "list_value"):
        return None
    holder = struct_pb2.Struct()
    holder.fields["it"].CopyFrom(value)
    secrets: set[str] = set()
    found = from_struct(holder, secrets)["it"]
    if contains_unknown(found):
        return None
    text = json.dumps(found, separators=(",", ":"), sort_keys=True, default=vars)
    return to_struct({"it": Secret(text) if secrets else text}).fields["it"]
