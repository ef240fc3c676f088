"""What the Python SDK makes of a resource's outputs: its own reading, and every value's declared type."""

from __future__ import annotations

import importlib
import typing
import warnings
from typing import Any

from pulumi import _types
from pulumi.runtime import rpc

from aistacks_core.property_values import Props
from aistacks_sandbox.providers.provider import MARKER

_MODULES = {"lambda": "lambda_"}


def class_of(token: str) -> type:
    """The SDK's class of a type."""
    _, place, name = token.split(":")
    module = place.split("/")[0]
    package = "pulumi_aws" if module == "index" else f"pulumi_aws.{_MODULES.get(module, module)}"
    found: type = getattr(importlib.import_module(package), name)
    return found


def faults(token: str, outputs: Props) -> list[str]:
    """What a program couldn't read of ``outputs``, or would read in another type than is declared."""
    with warnings.catch_warnings():
        # Reading a deprecated property warns.
        warnings.simplefilter("ignore")
        return list(_faults(token, outputs))


def _faults(token: str, outputs: Props) -> list[str]:
    types = _types.resource_types(class_of(token))
    found: list[str] = []
    for name, value in outputs.items():
        if name in ("id", MARKER):
            continue
        if name not in types:
            found.append(f"{name}: the SDK doesn't know it")
            continue
        declared = types[name]
        try:
            read = rpc.translate_output_properties(value, lambda key: key, declared, True)
        except Exception as error:  # noqa: BLE001
            found.append(f"{name}: {type(error).__name__}: {error}")
            continue
        found += _wrong(read, declared, name)
    return found


def _optional(property_: Any) -> bool:
    annotation = property_.fget.__annotations__["return"]
    return typing.get_origin(annotation) is typing.Union and type(None) in typing.get_args(annotation)


def _wrong(value: Any, kind: Any, path: str, *, optional: bool = True) -> list[str]:
    if value is None:
        # A block that isn't there is None whatever the SDK declares.
        return [] if optional or _types.is_output_type(kind) else [f"{path}: None; expected {kind}"]
    origin = typing.get_origin(kind)
    if kind is None or kind is Any or origin is typing.Union:
        return []
    if origin is not None and issubclass(origin, typing.Sequence):
        (inner,) = typing.get_args(kind)
        items = [] if isinstance(value, str) else value
        wrong = [f"{path}: a text; expected {kind}"] if isinstance(value, str) else []
        return wrong + [fault for i, item in enumerate(items) for fault in _wrong(item, inner, f"{path}[{i}]")]
    if origin is not None and issubclass(origin, typing.Mapping):
        inner = typing.get_args(kind)[1]
        return [fault for key, item in value.items() for fault in _wrong(item, inner, f"{path}.{key}")]
    if _types.is_output_type(kind):
        types = _types.output_type_types(kind)
        return [
            fault
            for python, wire, property_ in _types._py_properties(kind)
            for fault in _wrong(
                getattr(value, python, None), types[wire], f"{path}.{wire}", optional=_optional(property_)
            )
        ]
    wanted = (int, float) if kind is float else kind
    good = isinstance(value, wanted) and (kind is bool or not isinstance(value, bool))
    return [] if good else [f"{path}: {value!r}; expected {kind}"]
