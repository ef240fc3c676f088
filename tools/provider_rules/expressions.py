"""Evaluates Go expressions: literals, constants, calls of helpers."""

from __future__ import annotations

import ast
from typing import Any

from tree_sitter import Node

from .built_in import CALLS, OPERATORS, built_in, outside
from .machine import Machine, Scope
from .source import MODULE, GoFile, text
from .values import Call, External, Function, Opaque, Struct, known

# Packages about the values of attributes, not about schemas.
_VALUES = ("/internal/enum", "/internal/framework/types")
# Fields of a schema that hold code: of no use here, and much work.
_CODE = frozenset(
    (
        "ValidateFunc",
        "ValidateDiagFunc",
        "StateFunc",
        "DiffSuppressFunc",
        "Importer",
        "CreateWithoutTimeout",
        "ReadWithoutTimeout",
        "UpdateWithoutTimeout",
        "DeleteWithoutTimeout",
        "Timeouts",
        "StateUpgraders",
        "MigrateState",
        "Description",
        "Deprecated",
        "DeprecationMessage",
        "MarkdownDescription",
        "Identity",
        "Import",
        "Validators",
        "CustomType",
        "ElementType",
    )
)
_SWITCHES = frozenset(("ForceNew", "Required", "Optional", "Computed", "Sensitive", "WriteOnly"))


class Expressions(Machine):
    """One method per kind of expression."""

    def value(self, node: Node | None, scope: Scope, file: GoFile) -> Any:  # noqa: C901 (one case per kind)
        """What an expression yields."""
        if node is None:
            return None
        kind = node.type
        if kind in ("interpreted_string_literal", "raw_string_literal"):
            return _string(text(node))
        if kind in ("int_literal", "float_literal"):
            return ast.literal_eval(text(node))
        if kind in ("true", "false", "nil"):
            return {"true": True, "false": False, "nil": None}[kind]
        if kind == "identifier":
            return self._identifier(text(node), scope, file)
        if kind in ("parenthesized_expression", "literal_element", "variadic_argument"):
            return self.value(node.named_children[0], scope, file)
        if kind == "unary_expression":
            return self._unary(node, scope, file)
        if kind == "binary_expression":
            return self._binary(node, scope, file)
        if kind == "composite_literal":
            return self._composite(node.child_by_field_name("type"), node.child_by_field_name("body"), scope, file)
        if kind == "func_literal":
            return Function(node, file, scope)
        if kind == "selector_expression":
            return self._selector(node, scope, file)
        if kind == "call_expression":
            return self._call(node, scope, file)
        if kind == "index_expression":
            holder = self.value(node.child_by_field_name("operand"), scope, file)
            key = self.value(node.child_by_field_name("index"), scope, file)
            if isinstance(holder, Function | External):
                return holder  # type arguments
            return (
                holder.get(key, Opaque(text(node))) if isinstance(holder, dict) and known(key) else Opaque(text(node))
            )
        if kind == "type_instantiation_expression":
            return self.value(node.named_children[0], scope, file)
        if kind == "type_conversion_expression" and text(node.child_by_field_name("type")).endswith("]"):
            return self._generic(node, scope, file)
        if kind in ("type_conversion_expression", "type_assertion_expression"):
            return self.value(node.child_by_field_name("operand"), scope, file)
        return Opaque(text(node)[:80])

    def _identifier(self, name: str, scope: Scope, file: GoFile) -> Any:
        if name in scope:
            return scope[name]
        found = self.named(file.package, name)
        declared = name in self.source.package(file.package).values
        return Opaque(name) if isinstance(found, External) and not declared else found

    def _unary(self, node: Node, scope: Scope, file: GoFile) -> Any:
        inner = self.value(node.child_by_field_name("operand"), scope, file)
        operator = text(node.child_by_field_name("operator"))
        if operator == "!":
            return not inner if isinstance(inner, bool) else Opaque(text(node))
        return -inner if operator == "-" and isinstance(inner, int | float) else inner

    def _binary(self, node: Node, scope: Scope, file: GoFile) -> Any:
        left = self.value(node.child_by_field_name("left"), scope, file)
        operator = text(node.child_by_field_name("operator"))
        if (operator == "&&" and left is False) or (operator == "||" and left is True):
            return left
        right = self.value(node.child_by_field_name("right"), scope, file)
        if operator in ("==", "!=") and isinstance(left, External) and isinstance(right, External):
            return (left.name == right.name) is (operator == "==")
        if operator in ("==", "!=") and right is None and isinstance(left, Struct | Function | Call):
            return operator == "!="
        if not known(left) or not known(right) or isinstance(left, Struct) or isinstance(right, Struct):
            return Opaque(text(node))
        try:
            return OPERATORS[operator](left, right)
        except (KeyError, TypeError, ZeroDivisionError):
            return Opaque(text(node))

    def _composite(self, type_: Node | None, body: Node | None, scope: Scope, file: GoFile) -> Any:
        if type_ is None or body is None:
            return Opaque("literal")
        if type_.type in ("pointer_type", "parenthesized_type"):
            return self._composite(type_.named_children[0], body, scope, file)
        elements = [item for item in body.named_children if item.type in ("keyed_element", "literal_element")]
        if type_.type in ("slice_type", "array_type", "implicit_length_array_type"):
            inner = type_.child_by_field_name("element")
            return [
                self._element(item.named_children[-1] if item.type == "keyed_element" else item, inner, scope, file)
                for item in elements
            ]
        if type_.type == "map_type":
            inner = type_.child_by_field_name("value")
            found: dict[Any, Any] = {}
            for item in elements:
                key = self.value(item.named_children[0], scope, file)
                if isinstance(key, str | int):
                    found[key] = self._element(item.named_children[-1], inner, scope, file)
                else:
                    self.branches.append(f"{file.name}: key {text(item.named_children[0])}")
            return found
        return self._struct(type_, elements, scope, file)

    def _struct(self, type_: Node, elements: list[Node], scope: Scope, file: GoFile) -> Struct:
        found = Struct(self.type_name(type_, file) if type_.type != "struct_type" else "struct")
        for position, item in enumerate(elements):
            if item.type == "keyed_element":
                name = text(item.named_children[0])
                if name not in _CODE:
                    found.fields[name] = self._element(item.named_children[-1], None, scope, file)
            else:
                found.fields[str(position)] = self._element(item, None, scope, file)
        return found

    def _element(self, node: Node, type_: Node | None, scope: Scope, file: GoFile) -> Any:
        while node.type == "literal_element":
            node = node.named_children[0]
        return (
            self._composite(type_, node, scope, file) if node.type == "literal_value" else self.value(node, scope, file)
        )

    def _selector(self, node: Node, scope: Scope, file: GoFile) -> Any:
        operand, name = node.child_by_field_name("operand"), text(node.child_by_field_name("field"))
        base = text(operand)
        if operand is not None and operand.type == "identifier" and base not in scope and base in file.imports:
            return self.named(file.imports[base], name)
        holder = self.value(operand, scope, file)
        if isinstance(holder, Struct):
            if name in holder.fields:
                return holder.fields[name]
            method = self.method(holder.type, name)
            if method is not None:
                return Function(method.node, method.file, receiver=holder)
            # What a literal doesn't set has its type's zero.
            if not holder.type.startswith(MODULE):
                return False if name in _SWITCHES else None
            declared = self.field(holder.type, name)
            return holder.fields.setdefault(name, self.zero(*declared)) if declared else Opaque(text(node))
        if isinstance(holder, External):
            return External(f"{holder.name}.{name}")
        return Opaque(text(node)[:80])

    def _generic(self, node: Node, scope: Scope, file: GoFile) -> Any:
        """``f[T](x)``, which looks like a conversion to the parser."""
        name = self.type_name(node.child_by_field_name("type"), file)
        function = self.named(*name.rsplit(".", 1)) if "." in name else Opaque(name)
        argument = self.value(node.child_by_field_name("operand"), scope, file)
        if isinstance(function, Function) and not function.file.package.endswith(_VALUES):
            return self.call(function, [argument])
        if isinstance(function, Function):
            return Call(name, [argument])
        return Call(function.short, [argument]) if isinstance(function, External) else argument

    def _call(self, node: Node, scope: Scope, file: GoFile) -> Any:
        target = node.child_by_field_name("function")
        listed = node.child_by_field_name("arguments")
        items = [item for item in listed.named_children if item.type != "comment"] if listed is not None else []
        if text(target) in ("make", "new"):
            return self.zero(items[0], file)
        arguments = self._arguments(items, scope, file)
        if text(target) in CALLS:
            return built_in(text(target), arguments)
        method = text(target.child_by_field_name("field")) if target is not None else ""
        if method in ("Load", "LoadOrStore"):  # a cache's: it is empty, and stores its second argument
            return [*arguments[1:2], None, False][:2]
        if method == "Do" and arguments and isinstance(arguments[0], Function):  # of `sync.Once`
            return self.call(arguments[0], [])
        function = self.value(target, scope, file)
        if isinstance(function, Function):
            outer = function.file.package.endswith(_VALUES)
            return Call(text(target), arguments) if outer else self.call(function, arguments)
        if isinstance(function, External) and function.name.startswith(MODULE) and function.short.count(".") == 2:
            return method.removeprefix("Is") in function.short.split(".")[-2]  # `AttrOptional.IsOptional()`
        return outside(function.short, arguments) if isinstance(function, External) else Opaque(text(node)[:80])

    def _arguments(self, items: list[Node], scope: Scope, file: GoFile) -> list[Any]:
        found: list[Any] = []
        for item in items:
            value = self.value(item, scope, file)
            spread = item.type == "variadic_argument" or text(item.next_sibling) == "..."
            found.extend(value if spread and isinstance(value, list) else [value])
        return found


def _string(literal: str) -> str:
    if literal.startswith("`"):
        return literal.strip("`")
    try:
        return str(ast.literal_eval(literal))
    except (SyntaxError, ValueError):
        return literal.strip('"')
