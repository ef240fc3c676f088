"""Runs the statements of Go functions that build a schema."""

from __future__ import annotations

from typing import Any

from tree_sitter import Node

from .machine import Machine
from .source import GoFile, text
from .values import External, Opaque, Struct, known

_ROUNDS = 100


class Return(Exception):  # noqa: N818 (a jump, not an error)
    """A function's end."""

    def __init__(self, values: list[Any]) -> None:
        self.values = values


class Continue(Exception):  # noqa: N818 (a jump, not an error)
    """The next round of a loop."""


class Statements(Machine):
    """One method per kind of statement."""

    def block(self, body: Node, scope: dict[str, Any], file: GoFile) -> None:
        for statement in body.named_children:
            self.statement(statement, scope, file)

    def statement(self, node: Node, scope: dict[str, Any], file: GoFile) -> None:  # noqa: C901 (one case per kind)
        kind = node.type
        if kind in ("statement_list", "block"):
            self.block(node, scope, file)
        elif kind == "return_statement":
            listed = node.named_children[0].named_children if node.named_children else []
            raise Return([self.value(item, scope, file) for item in listed])
        elif kind in ("short_var_declaration", "assignment_statement"):
            self._assign(node, scope, file)
        elif kind == "var_declaration":
            for spec in node.named_children:
                value = spec.child_by_field_name("value")
                values = [self.value(item, scope, file) for item in value.named_children] if value else []
                for position, name in enumerate(spec.children_by_field_name("name")):
                    type_ = spec.child_by_field_name("type")
                    scope[text(name)] = values[position] if position < len(values) else self.zero(type_, file)
        elif kind == "if_statement":
            self._if(node, scope, file)
        elif kind == "for_statement":
            self._for(node, scope, file)
        elif kind == "expression_statement":
            self.value(node.named_children[0], scope, file)
        elif kind == "expression_switch_statement":
            self._switch(node, scope, file)
        elif kind == "type_switch_statement":
            self._type_switch(node, scope, file)
        elif kind == "inc_statement":
            counter = text(node.named_children[0])
            scope[counter] = scope[counter] + 1 if isinstance(scope.get(counter), int) else Opaque(counter)
        elif kind == "continue_statement":
            raise Continue
        elif kind not in ("comment", "defer_statement", "const_declaration"):
            self.branches.append(f"{file.name}: {kind}")

    def _assign(self, node: Node, scope: dict[str, Any], file: GoFile) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return
        values = [self.value(item, scope, file) for item in right.named_children]
        if len(values) == 1 and len(left.named_children) > 1:
            one = values[0]
            many = isinstance(one, list) and len(one) == len(left.named_children)
            values = one if many else [one, *[Opaque("second value")] * (len(left.named_children) - 1)]
        for target, value in zip(left.named_children, values, strict=False):
            self._store(target, value, scope, file)

    def _store(self, target: Node, value: Any, scope: dict[str, Any], file: GoFile) -> None:
        if target.type == "identifier":
            scope[text(target)] = value
        elif target.type == "index_expression":
            holder = self.value(target.child_by_field_name("operand"), scope, file)
            key = self.value(target.child_by_field_name("index"), scope, file)
            if isinstance(holder, dict) and known(key):
                holder[key] = value
            elif isinstance(holder, dict):
                self.branches.append(f"{file.name}: {text(target)}")
        elif target.type == "selector_expression":
            holder = self.value(target.child_by_field_name("operand"), scope, file)
            if isinstance(holder, Struct):
                holder.fields[text(target.child_by_field_name("field"))] = value
        elif target.type == "unary_expression":
            self._store(target.named_children[0], value, scope, file)

    def _if(self, node: Node, scope: dict[str, Any], file: GoFile) -> None:
        first = node.child_by_field_name("initializer")
        if first is not None:
            self.statement(first, scope, file)
        test = node.child_by_field_name("condition")
        decided = self.value(test, scope, file)
        chosen = node.child_by_field_name("consequence" if decided is True else "alternative")
        if not isinstance(decided, bool):
            self.branches.append(f"{file.name}: if {text(test)}")
        if chosen is not None:
            self.statement(chosen, scope, file)

    def _switch(self, node: Node, scope: dict[str, Any], file: GoFile) -> None:
        subject = self.value(node.child_by_field_name("value"), scope, file)
        for case in node.named_children:
            listed = case.child_by_field_name("value")
            options = [self.value(item, scope, file) for item in listed.named_children] if listed is not None else []
            names = [option.name if isinstance(option, External) else option for option in options]
            if case.type == "default_case" or (subject.name if isinstance(subject, External) else subject) in names:
                for statement in case.named_children:
                    if listed is None or statement.id != listed.id:
                        self.statement(statement, scope, file)
                return

    def _type_switch(self, node: Node, scope: dict[str, Any], file: GoFile) -> None:
        subject = self.value(node.child_by_field_name("value"), scope, file)
        alias = node.child_by_field_name("alias")
        for case in node.named_children:
            types = [self.type_name(item, file) for item in case.children_by_field_name("type")]
            if case.type == "default_case" or (isinstance(subject, Struct) and subject.type in types):
                inner = {**scope, text(alias): subject} if alias is not None else scope
                for statement in case.named_children:
                    if statement not in case.children_by_field_name("type"):
                        self.statement(statement, inner, file)
                return

    def _for(self, node: Node, scope: dict[str, Any], file: GoFile) -> None:
        clause, body = node.named_children[0], node.child_by_field_name("body")
        if clause.type == "for_clause" and body is not None:
            self._count(clause, body, scope, file)
            return
        over = clause.child_by_field_name("right") if clause.type == "range_clause" else None
        items = self.value(over, scope, file) if over is not None else None
        if body is None or not isinstance(items, list | dict):
            self.branches.append(f"{file.name}: for {text(clause)}")
            return
        left = clause.child_by_field_name("left")
        names = [text(item) for item in left.named_children] if left is not None else []
        for key, value in list(items.items()) if isinstance(items, dict) else list(enumerate(items)):
            scope.update(zip(names, (key, value), strict=False))
            try:
                self.block(body, scope, file)
            except Continue:
                continue

    def _count(self, clause: Node, body: Node, scope: dict[str, Any], file: GoFile) -> None:
        first, test, step = (clause.child_by_field_name(part) for part in ("initializer", "condition", "update"))
        if first is not None:
            self.statement(first, scope, file)
        for _ in range(_ROUNDS):
            if self.value(test, scope, file) is not True or step is None:
                return
            self.block(body, scope, file)
            self.statement(step, scope, file)
