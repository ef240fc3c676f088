"""Rules of a type of the Terraform SDK: `*schema.Resource`."""

from __future__ import annotations

from typing import Any

from .enumerations import constant
from .evaluate import Evaluator
from .rules import COUNT, Rules
from .values import External, Function, Struct


def read(evaluator: Evaluator, resource: Struct, rules: Rules) -> None:
    """Add to ``rules`` what a resource's schema says."""
    _fields(evaluator, resource, "", rules)


def _fields(evaluator: Evaluator, resource: Struct, above: str, rules: Rules) -> None:
    schema = resource.fields.get("Schema")
    if isinstance(resource.fields.get("SchemaFunc"), Function):
        schema = evaluator.call(resource.fields["SchemaFunc"], [])
    if not isinstance(schema, dict):
        rules.unread.append(f"{above or 'schema'}: {schema}")
        return
    for name, about in schema.items():
        path = f"{above}.{name}" if above else name
        if name == "timeouts" and not above:
            continue
        if isinstance(about, Struct):
            _property(evaluator, about, path, rules)
        else:
            rules.unread.append(f"{path}: {about}")


def _property(evaluator: Evaluator, about: Struct, path: str, rules: Rules) -> None:
    fields = about.fields
    for switch in ("ForceNew", "Optional", "Required", "Computed"):
        if not isinstance(fields.get(switch, False), bool):
            rules.unread.append(f"{path}.{switch}: {fields[switch]}")
    settable = fields.get("Optional") is True or fields.get("Required") is True
    rules.attributes[path] = settable
    kind = fields.get("Type")
    kind = kind.short if isinstance(kind, External) else ""
    inner = fields.get("Elem")
    nested = inner if isinstance(inner, Struct) and inner.short.endswith(".Resource") else None
    if fields.get("ForceNew") is True:
        # Of a block's fields each has its own rule; the block's says what another number of blocks does.
        rules.replaces.add(f"{path}.{COUNT}" if nested else path)
    elif "ForceNew" in fields and fields["ForceNew"] is not False:
        rules.may_replace[path] = str(fields["ForceNew"])
    if kind == "schema.TypeSet" and settable:
        rules.sets.add(path)
    if "." not in path and settable:
        _filled(fields, path, rules)
    if nested is not None:
        _fields(evaluator, nested, path, rules)
        if kind == "schema.TypeSet" and settable:
            _set(fields, nested, path, rules)


def _set(fields: dict[str, Any], nested: Struct, path: str, rules: Rules) -> None:
    """An element of a set that changes is another element: what forces replacement in it goes and comes."""
    if not any(forced.startswith(f"{path}.") and not forced.endswith(COUNT) for forced in rules.replaces):
        return
    listed = nested.fields.get("Schema")
    inside = [item.fields for item in listed.values() if isinstance(item, Struct)] if isinstance(listed, dict) else []
    if "Set" not in fields and any(item.get("ForceNew") is True and item.get("Required") is True for item in inside):
        rules.replaces.add(path)
    else:
        rules.may_replace.setdefault(path, "an element of a set that changes is another element")


def _filled(fields: dict[str, Any], path: str, rules: Rules) -> None:
    """What a top-level property is where the program doesn't give it."""
    if fields.get("Computed") is True:
        rules.computed.add(path)
    default = fields.get("Default")
    default = constant(default.name) if isinstance(default, External) else default
    if isinstance(default, str | bool | int | float):
        rules.defaults[path] = default
