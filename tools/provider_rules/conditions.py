"""What a type decides about a change in code: `CustomizeDiff` of the SDK, `ModifyPlan` of the framework.

The code isn't run: the calls that force a replacement or make an output unknown are found in it and in what it calls,
with the attributes that the conditions around them name. So all of it is "may".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tree_sitter import Node

from .evaluate import Evaluator, bound
from .rules import ANY, Rules
from .source import GoFile, text
from .values import Call, Function, Opaque, known

_CHANGED = frozenset(("HasChange", "HasChanges", "GetChange", "NewValueKnown"))
_WHATEVER = frozenset(("HasChangesExcept", "HasChangeExcept", "GetChangedKeysPrefix"))
_LITERALS = frozenset(
    ("interpreted_string_literal", "composite_literal", "identifier", "selector_expression", "func_literal")
)
_FORCES = frozenset(("ForceNewIf", "ForceNewIfChange"))
_DEPTH = 8


def of_diff(evaluator: Evaluator, value: Any, rules: Rules) -> None:
    """Add what a `CustomizeDiff` does."""
    _Reader(evaluator, rules).follow(value)


def of_plan(evaluator: Evaluator, type_: str, rules: Rules) -> None:
    """Add what the method `ModifyPlan` of a framework resource does, if it has one."""
    method = evaluator.method(type_, "ModifyPlan")
    if method is not None:
        reader = _Reader(evaluator, rules)
        reader.model = f"{type_}Model"
        reader.body(method, [Opaque("")] * 3, frozenset())


class _Reader:
    model = ""

    def __init__(self, evaluator: Evaluator, rules: Rules) -> None:
        self.evaluator, self.rules = evaluator, rules
        self._around: list[Node] = []

    def follow(self, value: Any) -> None:
        """Read what a value of `CustomizeDiff` does: a function, or a combination of them."""
        if isinstance(value, list):
            for item in value:
                self.follow(item)
        elif isinstance(value, Function):
            self.body(value, [], frozenset())
        elif isinstance(value, Call):
            short, first = value.name.rpartition(".")[2], value.arguments[:1]
            if short in _FORCES:
                self._replaces(first, value.name)
            elif short == "ComputedIf":
                self._changes(first, self._of_function(value.arguments[1]))
            self.follow([item for item in value.arguments if isinstance(item, Function | Call | list)])
        elif value is not None:
            self.rules.unread.append(f"CustomizeDiff: {value}")
            self.rules.may_replace[ANY] = "CustomizeDiff couldn't be followed"

    def body(self, function: Function, arguments: list[Any], triggers: frozenset[str]) -> None:
        """Read a function's body; ``triggers``: what the conditions around the call name."""
        node = function.node.child_by_field_name("body")
        if node is None or node in self._around or len(self._around) > _DEPTH:
            return
        self._around.append(node)
        self._walk(node, bound(function, arguments), function.file, triggers)
        self._around.pop()

    def _walk(self, node: Node, scope: dict[str, Any], file: GoFile, triggers: frozenset[str]) -> frozenset[str]:
        """Read a statement; the triggers for those after it."""
        kind = node.type
        if kind == "if_statement":
            return self._if(node, scope, file, triggers)
        if kind == "for_statement" and node.named_children[0].type == "range_clause":
            clause = node.named_children[0]
            items = self.evaluator.value(clause.child_by_field_name("right"), scope, file)
            left = clause.child_by_field_name("left")
            names = [text(item) for item in left.named_children] if left is not None else []
            if len(names) == 2 and isinstance(items, list):
                scope[names[1]] = Opaque(names[1]) if not items else _Choice(items)
        elif kind == "short_var_declaration":
            self._define(node, scope, file)
        elif kind == "assignment_statement":
            self._assignment(node, scope, file)
        elif kind == "call_expression":
            self._call(node, scope, file, triggers)
        elif kind == "func_literal":
            self.body(Function(node, file, scope), [], triggers)
            return triggers
        for child in node.named_children:
            triggers = self._walk(child, scope, file, triggers)
        return triggers

    def _if(self, node: Node, scope: dict[str, Any], file: GoFile, triggers: frozenset[str]) -> frozenset[str]:
        first = node.child_by_field_name("initializer")
        if first is not None:
            self._walk(first, scope, file, triggers)
        condition = node.child_by_field_name("condition")
        named = frozenset(self._keys(condition, scope, file)) if condition is not None else frozenset()
        if first is not None:
            named |= frozenset(self._keys(first, scope, file))
        consequence, alternative = node.child_by_field_name("consequence"), node.child_by_field_name("alternative")
        for branch in (consequence, alternative):
            if branch is not None:
                self._walk(branch, dict(scope), file, triggers | named)
        leaves = re.search(r"\breturn\b[^\n]*\n?\s*\}$", text(consequence)) is not None
        return triggers | named if leaves and alternative is None else triggers

    def _define(self, node: Node, scope: dict[str, Any], file: GoFile) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return
        names = [text(item) for item in left.named_children]
        keys = frozenset(self._keys(right, scope, file))
        for position, name in enumerate(names):
            items = right.named_children
            plain = len(items) == len(names) and items[position].type in _LITERALS
            value = self.evaluator.value(items[position], scope, file) if plain else None
            usable = value is not None and known(value) and not keys
            named = self._told(items[position]) if len(items) == len(names) else []
            if named:
                scope[name] = _Choice(named)
            else:
                scope[name] = value if usable or isinstance(value, Function) else _Derived(name, keys)

    def _told(self, node: Node) -> list[str]:
        """The literals that a method of the package may return, for a call that tells an attribute's name."""
        target = node.child_by_field_name("function") if node.type == "call_expression" else None
        method = text(target.child_by_field_name("field")) if target is not None else ""
        if not self.model or not method:
            return []
        declared = self.evaluator.source.package(self.model.rpartition(".")[0]).methods
        found = next((methods[method] for methods in declared.values() if method in methods), None)
        returns = _nodes(found.node, "return_statement") if found is not None else iter(())
        return [name for name in re.findall(r'return "(\w+)"', " ".join(text(item) for item in returns)) if name]

    def _call(self, node: Node, scope: dict[str, Any], file: GoFile, triggers: frozenset[str]) -> None:
        target = node.child_by_field_name("function")
        method = text(target.child_by_field_name("field")) if target is not None else ""
        if method == "ForceNew":
            self._replaces(_all(self._arguments(node, scope, file)[:1]), file.name)
        elif method in ("SetNewComputed", "SetNew"):
            self._changes(_all(self._arguments(node, scope, file)[:1]), triggers)
        elif method == "SetAttribute" and "Unknown(" in text(node):
            self._changes(list(_roots(node, self.evaluator, scope, file)), triggers)
        elif method in _FORCES or method == "ComputedIf":
            self.follow(Call(f"customdiff.{method}", self._arguments(node, scope, file)))
        else:
            function = self._asked(target, scope, file)
            if function is not None:
                self.body(function, self._arguments(node, scope, file), triggers)

    def _asked(self, target: Node | None, scope: dict[str, Any], file: GoFile) -> Function | None:
        """A called function, if it is given the change: no other one can say anything of it."""
        if target is None or target.type not in ("identifier", "selector_expression"):
            return None
        function = self.evaluator.value(target, scope, file)
        takes = isinstance(function, Function) and text(function.node.child_by_field_name("parameters"))
        return function if takes and re.search(r"Diff|ModifyPlan", takes) else None

    def _assignment(self, node: Node, scope: dict[str, Any], file: GoFile) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if text(left).endswith(".RequiresReplace") and right is not None:
            found = [root for root in _roots(right, self.evaluator, scope, file) if root is not None]
            self._replaces(found or [None], file.name)
        elif self.model and "Unknown(" in text(right) and left is not None:
            for target in left.named_children:
                field = text(target).rpartition(".")[2]
                self._changes([_tag(self.evaluator, self.model, field)], frozenset())

    def _arguments(self, node: Node, scope: dict[str, Any], file: GoFile) -> list[Any]:
        listed = node.child_by_field_name("arguments")
        return [self.evaluator.value(item, scope, file) for item in listed.named_children] if listed is not None else []

    def _replaces(self, keys: list[Any], where: str) -> None:
        for key in keys:
            path = _path(key) if isinstance(key, str) and key else ANY
            self.rules.may_replace.setdefault(path, where)
            if path == ANY:
                self.rules.unread.append(f"{where}: ForceNew of {key}")

    def _changes(self, keys: list[Any], triggers: frozenset[str]) -> None:
        for key in keys:
            if isinstance(key, str) and key:
                self.rules.changes.setdefault(_path(key).partition(".")[0], set()).update(triggers or {ANY})
            else:
                self.rules.unread.append(f"changes: {key}")

    def _of_function(self, value: Any) -> frozenset[str]:
        """The attributes whose change a condition asks for."""
        if not isinstance(value, Function):
            return frozenset((ANY,))
        body = value.node.child_by_field_name("body")
        if body is None:
            return frozenset((ANY,))
        passed = [case for case in _nodes(body, "expression_case") if re.search(r"\bcontinue\b", text(case))]
        if "GetChangedKeysPrefix" in text(body) and passed:
            left_out = {
                self.evaluator.value(item, value.scope, value.file)
                for case in passed
                for item in (case.child_by_field_name("value") or case).named_children
            }
            settable = {path for path, able in self.rules.attributes.items() if able and "." not in path}
            return frozenset(settable - left_out - {"tags", "tags_all"} | ({"tags"} & settable))
        return frozenset(self._keys(body, bound(value, []), value.file)) or frozenset((ANY,))

    def _keys(self, node: Node, scope: dict[str, Any], file: GoFile, depth: int = 0) -> Iterator[str]:
        """The attributes whose change an expression asks for, in the functions that it calls, too."""
        if node.type == "identifier" and isinstance(scope.get(text(node)), _Derived):
            yield from scope[text(node)].keys
        if node.type == "call_expression":
            target = node.child_by_field_name("function")
            method = text(target.child_by_field_name("field")) if target is not None else ""
            if method in _WHATEVER:
                yield ANY
            elif method in _CHANGED:
                for key in _all(self._arguments(node, scope, file)):
                    yield _path(key).partition(".")[0] if isinstance(key, str) else ANY
            elif depth < _DEPTH:
                function = self._asked(target, scope, file)
                body = function.node.child_by_field_name("body") if function is not None else None
                if function is not None and body is not None:
                    inner = bound(function, self._arguments(node, scope, file))
                    yield from self._keys(body, inner, function.file, depth + 1)
        for child in node.named_children:
            yield from self._keys(child, scope, file, depth)


class _Choice(list[Any]):
    """One of several values: a loop's variable."""


class _Derived(Opaque):
    """A local variable that depends on changes of attributes."""

    def __init__(self, name: str, keys: frozenset[str]) -> None:
        super().__init__(name)
        object.__setattr__(self, "keys", keys)

    keys: frozenset[str]


def _all(arguments: list[Any]) -> list[Any]:
    return [item for each in arguments for item in (each if isinstance(each, list) else [each])]


def _path(key: str) -> str:
    return ".".join(part for part in key.split(".") if not part.isdigit() and part not in ("#", "%"))


def _nodes(node: Node, kind: str) -> Iterator[Node]:
    if node.type == kind:
        yield node
    for child in node.named_children:
        yield from _nodes(child, kind)


def _roots(node: Node, evaluator: Evaluator, scope: dict[str, Any], file: GoFile) -> Iterator[Any]:
    """The attributes of each `path.Root(…)` in an expression; None for one that isn't a literal."""
    for call in _nodes(node, "call_expression"):
        listed = call.child_by_field_name("arguments")
        if text(call.child_by_field_name("function")) == "path.Root" and listed is not None:
            value = evaluator.value(listed.named_children[0], scope, file)
            yield from value if isinstance(value, _Choice) else [value if isinstance(value, str) else None]


def _tag(evaluator: Evaluator, model: str, field: str) -> str | None:
    """The attribute of a field of a framework resource's model."""
    package, _, short = model.rpartition(".")
    declared = evaluator.source.package(package).types.get(short)
    found = re.search(rf"\b{field}\s+[^\n]*tfsdk:\"(\w+)\"", text(declared.node)) if declared is not None else None
    return found[1] if found else None
