"""Evaluates the Go code that builds a schema: literals, constants, helpers, loops over literals.

What reaches beyond that (the API, the environment) becomes ``Opaque``; nothing of the provider is run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tree_sitter import Node

from .expressions import Expressions
from .source import MODULE, Declared, GoFile, Source, text
from .statements import Return, Statements
from .values import External, Function, Opaque, Struct

_DEPTH = 60


class Evaluator(Statements, Expressions):
    """Evaluates in the packages of ``source``. ``branches``: conditions that couldn't be decided, as ``file: text``."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._values: dict[tuple[str, str], Any] = {}
        self._depth = 0

    def call(self, function: Any, arguments: Sequence[Any]) -> Any:
        """What a function returns: one value, or a list of several."""
        if isinstance(function, Function) and function.file.name.startswith("func.OnceValue"):
            return arguments[0]
        if not isinstance(function, Function):
            return Opaque("call of what isn't a function")
        body = function.node.child_by_field_name("body")
        if body is None or self._depth > _DEPTH:
            return Opaque(f"{function.file.name}: too deep")
        scope = bound(function, arguments)
        self._depth += 1
        try:
            self.block(body, scope, function.file)
        except Return as jump:
            return jump.values[0] if len(jump.values) == 1 else jump.values
        finally:
            self._depth -= 1
        return None

    def named(self, package: str, name: str) -> Any:
        """What a package declares under a name."""
        if package.startswith(MODULE):
            if package == f"{MODULE}/names":
                return self.source.attribute(name) if name.startswith("Attr") else External(f"{package}.{name}")
            found = self.source.package(package)
            if name in found.functions:
                declared = found.functions[name]
                return Function(declared.node, declared.file)
            if name in found.values:
                key = (package, name)
                if key not in self._values:
                    self._values[key] = Opaque(f"{name}: refers to itself")
                    self._values[key] = self._declared(name, found.values[name])
                return self._values[key]
        return External(f"{package}.{name}")

    def method(self, type_: str, name: str) -> Function | None:
        """A method of ``package path.Type``, or of a type that it embeds."""
        package, _, short = type_.rpartition(".")
        found = self.source.package(package)
        declared = found.methods.get(short, {}).get(name)
        if declared is not None:
            return Function(declared.node, declared.file, receiver=Struct(type_))
        for embedded in self.embedded(type_):
            method = self.method(embedded, name)
            if method is not None:
                return Function(method.node, method.file, receiver=Struct(type_))
        return None

    def embedded(self, type_: str) -> list[str]:
        """The types that a struct type embeds."""
        package, _, short = type_.rpartition(".")
        declared = self.source.package(package).types.get(short)
        body = declared.node.child_by_field_name("type") if declared else None
        if declared is None or body is None or body.type != "struct_type":
            return []
        fields = [item for group in body.named_children for item in group.named_children]
        return [
            self.type_name(item.child_by_field_name("type"), declared.file)
            for item in fields
            if item.type == "field_declaration" and item.child_by_field_name("name") is None
        ]

    def field(self, type_: str, name: str) -> tuple[Node, GoFile] | None:
        package, _, short = type_.rpartition(".")
        declared = self.source.package(package).types.get(short)
        body = declared.node.child_by_field_name("type") if declared else None
        for item in body.named_children[0].named_children if body is not None and body.type == "struct_type" else []:
            inner = item.child_by_field_name("type")
            if declared and inner is not None and name in map(text, item.children_by_field_name("name")):
                return inner, declared.file
        return None

    def type_name(self, node: Node | None, file: GoFile) -> str:
        """A type's name with its package's path; pointers and type arguments left out."""
        if node is None:
            return ""
        if node.type in ("generic_type", "pointer_type", "parenthesized_type"):
            return self.type_name(node.child_by_field_name("type") or node.named_children[0], file)
        name = text(node).lstrip("*").partition("[")[0]
        alias, dot, member = name.partition(".")
        return f"{file.imports.get(alias, alias)}.{member}" if dot else f"{file.package}.{name}"

    def zero(self, type_: Node | None, file: GoFile) -> Any:
        if type_ is None:
            return Opaque("variable")
        if type_.type in ("map_type", "array_type"):
            return {}
        if type_.type == "slice_type":
            return []
        return Struct(self.type_name(type_, file))

    def _declared(self, name: str, declared: Declared) -> Any:
        names = [text(item) for item in declared.node.children_by_field_name("name")]
        value = declared.node.child_by_field_name("value")
        values = value.named_children if value is not None else []
        position = names.index(name)
        found = self.value(values[position], {}, declared.file) if position < len(values) else Opaque(name)
        if isinstance(found, Opaque) and declared.node.type == "const_spec":
            return External(f"{declared.file.package}.{name}")  # `iota`: one of its kind is told by its name
        type_ = declared.node.child_by_field_name("type")
        return self.zero(type_, declared.file) if not values and type_ is not None else found


def bound(function: Function, arguments: Sequence[Any]) -> dict[str, Any]:
    """A function's scope with its receiver and its parameters bound."""
    scope = dict(function.scope)
    receiver = function.node.child_by_field_name("receiver")
    if receiver is not None:
        for item in receiver.named_children:
            scope[text(item.child_by_field_name("name"))] = function.receiver
    parameters = function.node.child_by_field_name("parameters")
    position = 0
    for item in parameters.named_children if parameters is not None else []:
        for name in item.children_by_field_name("name"):
            if item.type == "variadic_parameter_declaration":
                scope[text(name)] = list(arguments[position:])
            else:
                scope[text(name)] = arguments[position] if position < len(arguments) else Opaque(text(name))
            position += 1
        if not item.children_by_field_name("name"):
            position += 1
    return scope
