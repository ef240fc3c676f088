"""Rules of a type of Terraform's plugin framework: `schema.Schema`."""

from __future__ import annotations

import re
from typing import Any

from .enumerations import constant
from .evaluate import Evaluator
from .rules import ANY, Rules
from .source import text
from .values import Call, External, Opaque, Struct

_ATTRIBUTE = re.compile(r"schema\.\w*(Attribute|Block)$")


def schema(evaluator: Evaluator, type_: str) -> Any:
    """What the method `Schema` of a resource's type puts into its response."""
    method = evaluator.method(type_, "Schema")
    if method is None:
        return Opaque(f"{type_}: no Schema")
    response = Struct("response")
    evaluator.call(method, [None, None, response])
    return response.fields.get("Schema")


def read(evaluator: Evaluator, about: Struct, rules: Rules, above: str = "") -> None:
    """Add to ``rules`` what a schema, a block or a nested object says."""
    for group in ("Attributes", "Blocks"):
        listed = about.fields.get(group)
        if listed is not None and not isinstance(listed, dict):
            rules.unread.append(f"{above or 'schema'}.{group}: {listed}")
            continue
        for name, item in (listed or {}).items():
            path = f"{above}.{name}" if above else name
            if path == "timeouts":
                continue
            if isinstance(item, Struct) and _ATTRIBUTE.search(item.short):
                _property(evaluator, item, path, rules)
            else:
                rules.unread.append(f"{path}: {item}")


def _property(evaluator: Evaluator, about: Struct, path: str, rules: Rules) -> None:
    fields = about.fields
    block = about.short.endswith("Block")
    settable = block or fields.get("Optional") is True or fields.get("Required") is True
    computed = fields.get("Computed") is True
    rules.attributes[path] = settable
    found = {modifier(evaluator, item) for item in fields.get("PlanModifiers") or []}
    if settable and ("replaces" in found or ("if configured" in found and computed)):
        # "If configured": to leave it out again is no change, for the provider's value stays.
        rules.replaces.add(path)
    elif found & {"if configured", "perhaps"}:
        rules.may_replace[path] = "plan modifier of the attribute"
    if about.short.startswith("schema.Set") and settable:
        rules.sets.add(path)
    if "." not in path:
        _filled(fields, path, found, rules)
    nested = about if about.short.startswith("schema.SingleNested") else fields.get("NestedObject")
    if isinstance(nested, Struct):
        read(evaluator, nested, rules, path)
    elif nested is not None:
        rules.unread.append(f"{path}: {nested}")


def _filled(fields: dict[str, Any], path: str, found: set[str], rules: Rules) -> None:
    """What a top-level attribute is where the program doesn't give it, and whether that is known at an update."""
    if fields.get("Computed") is not True:
        return
    value = fields.get("Default")
    value = value.arguments[0] if isinstance(value, Call) and value.arguments else None
    value = constant(value.name) if isinstance(value, External) else value
    if isinstance(value, str | bool | int | float):
        rules.defaults[path] = value
    elif rules.attributes[path]:
        rules.computed.add(path)
    if "stays" not in found and path != "tags_all" and "Default" not in fields:
        rules.changes[path] = {ANY}
        if "replaces" in found and rules.attributes[path]:
            rules.may_replace[ANY] = f"{path} is unknown at every update where it isn't given, and replaces"


def modifier(evaluator: Evaluator, item: Any) -> str:
    """What a plan modifier does: ``replaces``, ``if configured``, ``perhaps`` (replaces), ``stays`` or nothing."""
    name = item.name if isinstance(item, Call) else ""
    if name.endswith(".RequiresReplace"):
        return "replaces"
    if name.endswith(".RequiresReplaceIfConfigured"):
        return "if configured"
    if name.endswith((".UseStateForUnknown", ".UseNonNullStateForUnknown")):
        return "stays"
    if isinstance(item, Struct):
        # One of the provider's own: its method says what it may do.
        package, _, short = item.type.rpartition(".")
        methods = evaluator.source.package(package).methods.get(short, {})
        code = " ".join(text(each.node) for name, each in methods.items() if name.startswith("PlanModify"))
        return "perhaps" if "RequiresReplace" in code or not code else ""
    return "perhaps" if "RequiresReplace" in name or not isinstance(item, Call) else ""
