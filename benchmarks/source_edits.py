"""Random edits of a Pulumi program's source, one at a time, as somebody's pull request makes them.

An edit is a piece of text that another takes the place of, found in the syntax tree: a value of an argument (however
deep), an argument that goes, a resource that goes, comes or gets another name, an option.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

OPTIONS = (
    "protect=True",
    "retain_on_delete=True",
    "delete_before_replace=True",
    'replace_on_changes=["*"]',
    'ignore_changes=["tags"]',
)
_PULUMI = (
    "ResourceOptions",
    "InvokeOptions",
    "Config",
    "Output",
    "Alias",
    "CustomTimeouts",
    "StackReference",
    "Provider",
)


@dataclass(frozen=True)
class Edit:
    """``text`` takes the place of the source from byte ``start`` to ``end``; ``said``: in words."""

    said: str
    start: int
    end: int
    text: str


class Source:
    """One file of a program."""

    def __init__(self, text: str) -> None:
        self._bytes = text.encode()
        self._tree = ast.parse(text)
        self._lines = [0]
        for line in self._bytes.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._calls = [call for call in ast.walk(self._tree) if isinstance(call, ast.Call) and _is_resource(call)]

    def __bool__(self) -> bool:
        return bool(self._calls)

    def edited(self, dice: random.Random) -> tuple[str, str]:
        """What was done, in words, and the source after it. Raises ``LookupError`` where nothing can be edited."""
        kinds: list[Callable[[ast.Call], Iterator[Edit]]] = [
            self._values,
            self._values,
            self._values,
            self._values,
            self._dropped,
            self._renamed,
            self._gone,
            self._twice,
            self._option,
        ]
        for _ in range(50):
            if not self._calls:
                break
            found = list(dice.choice(kinds)(dice.choice(self._calls)))
            if found:
                edit = dice.choice(found)
                return edit.said, self._with(edit)
        raise LookupError("nothing to edit")

    def _with(self, edit: Edit) -> str:
        return (self._bytes[: edit.start] + edit.text.encode() + self._bytes[edit.end :]).decode()

    def _span(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self._lines[node.lineno - 1] + node.col_offset, self._lines[node.end_lineno - 1] + node.end_col_offset

    def _text(self, node: ast.expr | ast.stmt) -> str:
        start, end = self._span(node)
        return self._bytes[start:end].decode()

    def _values(self, call: ast.Call) -> Iterator[Edit]:
        inside_formatted = {
            id(part) for node in ast.walk(call) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)
        }
        for keyword in call.keywords:
            if keyword.arg in (None, "opts"):
                continue
            for node in ast.walk(keyword.value):
                if isinstance(node, ast.Constant) and id(node) not in inside_formatted:
                    for text in _others(node.value):
                        yield Edit(
                            f"{_name(call)}: {keyword.arg} … {node.value!r:.40} -> {text:.40}", *self._span(node), text
                        )

    def _dropped(self, call: ast.Call) -> Iterator[Edit]:
        for keyword in call.keywords:
            if keyword.arg in (None, "opts"):
                continue
            start, end = self._span(keyword)
            rest = self._bytes[end:]
            comma = len(rest) - len(rest.lstrip()) + 1 if rest.lstrip().startswith(b",") else 0
            yield Edit(f"{_name(call)}: without {keyword.arg}", start, end + comma, "")

    def _renamed(self, call: ast.Call) -> Iterator[Edit]:
        first = call.args[0]
        if isinstance(first, ast.Constant):
            yield Edit(f"{_name(call)}: renamed", *self._span(first), repr(f"{first.value!s}-renamed"))

    def _statement(self, call: ast.Call) -> ast.stmt | None:
        body = (node for node in ast.walk(self._tree) if isinstance(node, (ast.Expr, ast.Assign)))
        return next((statement for statement in body if statement.value is call), None)

    def _gone(self, call: ast.Call) -> Iterator[Edit]:
        statement = self._statement(call)
        if statement is not None and not (isinstance(statement, ast.Assign) and self._used(statement)):
            yield Edit(f"{_name(call)}: gone", *self._span(statement), "pass")

    def _used(self, statement: ast.Assign) -> bool:
        names = {target.id for target in statement.targets if isinstance(target, ast.Name)}
        if len(names) != len(statement.targets):
            return True
        return any(
            isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and n.id in names for n in ast.walk(self._tree)
        )

    def _twice(self, call: ast.Call) -> Iterator[Edit]:
        statement, first = self._statement(call), call.args[0]
        if statement is None or not isinstance(first, ast.Constant) or statement.col_offset:
            return
        whole, name = self._text(call), self._text(first)
        end = self._span(statement)[1]
        copied = whole.replace(name, repr(f"{first.value!s}-two"), 1)
        yield Edit(f"{_name(call)}: a second one", end, end, f"\n{copied}")

    def _option(self, call: ast.Call) -> Iterator[Edit]:
        if any(keyword.arg in (None, "opts") for keyword in call.keywords) or len(call.args) > 1:
            return
        end = self._span(call)[1] - 1
        before = self._bytes[:end].rstrip()
        comma = "" if before.endswith(b",") else ", "
        for option in OPTIONS:
            yield Edit(
                f"{_name(call)}: {option}", end, end, f'{comma}opts=__import__("pulumi").ResourceOptions({option})'
            )


def _is_resource(call: ast.Call) -> bool:
    name = (
        call.func.attr
        if isinstance(call.func, ast.Attribute)
        else call.func.id
        if isinstance(call.func, ast.Name)
        else ""
    )
    named = bool(call.args) and isinstance(call.args[0], (ast.Constant, ast.JoinedStr))
    text = not (named and isinstance(call.args[0], ast.Constant)) or isinstance(call.args[0].value, str)
    return name[:1].isupper() and name not in _PULUMI and not name.endswith("Args") and named and text


def _name(call: ast.Call) -> str:
    first = call.args[0]
    return str(first.value) if isinstance(first, ast.Constant) else ast.unparse(first)


def _others(value: object) -> Iterator[str]:
    """Other values of the kind, as source."""
    if isinstance(value, bool):
        yield repr(not value)
    elif isinstance(value, int):
        yield repr(value + 1)
    elif isinstance(value, str) and value:
        yield repr(f"{value}x")
        if value.startswith(("s3:", "sts:", "ec2:", "logs:", "dynamodb:", "lambda:")):
            yield repr("*")
        yield repr(f"{value}2")
