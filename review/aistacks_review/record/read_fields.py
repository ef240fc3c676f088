"""Which fields of a function's answer a program reads, as far as its text shows it."""

from __future__ import annotations

import ast
from pathlib import Path


def fields_read(file: str, line: int) -> list[str]:
    """The attributes that the program at ``file`` reads of what the call at ``line`` gives, as on the wire
    (camelCase), sorted; empty where that can't be seen."""
    try:
        tree = ast.parse(Path(file).read_text(errors="replace"))
    except (OSError, SyntaxError, ValueError):
        return []
    found: set[str] = set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call) and _spans(node.value, line):
            found.add(node.attr)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _spans(node.value, line):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            found.add(node.attr)
    called = {
        node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    return sorted(_camel(name) for name in found - called)


def _spans(call: ast.Call, line: int) -> bool:
    return call.lineno <= line <= (call.end_lineno or call.lineno)


def _camel(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)
