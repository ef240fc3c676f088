"""The digest of what training depends on in a model's file, so that a new recipe or gate doesn't retrain."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path

LATER = frozenset({"gates", "licence", "max_batch_size", "recipes", "task", "training"})
"""Attributes for later stages, or a separate input of the stage (``training``)."""


def digest(source: Path) -> str:
    """Hex digest of the program in ``source``, and of the ``_*.py`` files beside it, byte by byte.

    Excluded: comments, docstrings, the attributes in `LATER`, and imports and names of the module that are then
    unused.
    """
    tree = ast.parse(source.read_bytes(), str(source))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            node.body = [line for line in node.body if not _names(line) or not _names(line) <= LATER]
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            node.body = [line for line in node.body if not _is_text(line)]
    while unused := [line for line in tree.body if _names(line) and not _names(line) & _used(tree)]:
        tree.body = [line for line in tree.body if line not in unused]
    total = hashlib.sha256(ast.dump(tree).encode())
    for file in sorted(source.parent.glob("_*.py")):
        total.update(f"{file.name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def _names(line: ast.stmt) -> set[str]:
    """Names bound by an assignment or import; empty for another statement, or where it also sets an attribute."""
    if isinstance(line, (ast.Import, ast.ImportFrom)):
        return {(name.asname or name.name).split(".")[0] for name in line.names}
    targets: Iterable[ast.expr] = ()
    if isinstance(line, ast.Assign):
        targets = line.targets
    elif isinstance(line, ast.AnnAssign):
        targets = (line.target,)
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    return set(names) if len(names) == len(list(targets)) else set()


def _used(tree: ast.Module) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def _is_text(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)
