"""Which argument of which call gives a property that a finding speaks of, read from the program's own text, or which
line of the environment's file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aistacks_core.property_paths import at, steps
from aistacks_core.snapshot import Plan, Registration

from .findings import PolicyFinding
from .settings_places import Setting, settings_in

_PATH = re.compile(r"([A-Za-z_][\w.\[\]\"-]*): ")
_MOST = 2_000_000
"""Bytes of a file that is read for it."""
_PLAIN = (None, True, False, 0, 1, "")
"""Values that stand everywhere: only a name tells where one is from."""


@dataclass(frozen=True)
class _Argument:
    name: str
    line: int
    value: ast.expr


def pointed(findings: list[PolicyFinding], plan: Plan, settings: Path | None = None) -> list[PolicyFinding]:
    """``findings`` with the argument that a person has to change, and its line, where the call in the program spells
    one out: the resource's own call, or that of the component that it belongs to. ``settings``: the environment's file,
    whose line is told where that has the value and the call hasn't."""
    registrations = {r.urn: r for r in plan.resources}
    calls: dict[str, list[ast.Call]] = {}
    stated = settings_in(settings) if settings and findings else []
    made = []
    for finding in findings:
        registration = registrations.get(finding.urn)
        found = _pointed(finding, registrations, calls) if finding.file and registration else finding
        if registration and settings and not found.argument.endswith("=…)"):
            names = {r.name for r in _chain(registration, registrations)}
            found = _stated(found, registration, settings, stated, names)
        made.append(found)
    return made


def _stated(
    finding: PolicyFinding, registration: Registration, file: Path, settings: list[Setting], names: set[str]
) -> PolicyFinding:
    """At the one key of the file that has a name like the property's and its value; of several at the one below a key
    that is called as the resource or a component around it."""
    said = _PATH.match(finding.message)
    keys = [key for key in steps(said[1]) if isinstance(key, str)] if said else []
    if not said or not keys:
        return finding
    path, words = said[1], set(_words(keys[-1]).split("_"))
    values = [at(registration.inputs, path), at(registration.inputs, re.sub(r"(\[\d+\])+$", "", path))]
    alike = [
        one
        for one in settings
        if words & set(_words(one.key).split("_")) and any(_plain(v) and one.value == v for v in values)
    ]
    exact = [one for one in alike if words <= set(_words(one.key).split("_"))] or alike
    if len(exact) > 1:
        exact = [one for one in exact if names & set(re.split(r"[.:\[\]]", one.path)[:-1])]
    if len(exact) != 1:
        return finding
    return replace(finding, argument=f"{file.name}: {exact[0].path}", file=str(file), line=exact[0].line)


def _pointed(
    finding: PolicyFinding, registrations: Mapping[str, Registration], calls: dict[str, list[ast.Call]]
) -> PolicyFinding:
    if finding.file not in calls:
        calls[finding.file] = _calls(finding.file)
    makers = {r.type.rpartition(":")[2]: r for r in _chain(registrations[finding.urn], registrations)}
    around = [c for c in calls[finding.file] if c.lineno <= finding.line <= (c.end_lineno or c.lineno)]
    # The innermost call that makes the resource or one of the components around it.
    call = max((c for c in around if _callee(c) in makers), key=lambda c: (c.lineno, c.col_offset), default=None)
    if call is None:
        return finding
    callee = _callee(call)
    found = _argument(finding, registrations[finding.urn], list(_arguments(call)))
    if found is None:
        own = makers[callee].urn == finding.urn
        return finding if own else replace(finding, argument=f"{callee}(…)")
    return replace(finding, argument=f"{callee}({found.name}=…)", line=found.line)


def _chain(registration: Registration, registrations: Mapping[str, Registration]) -> Iterator[Registration]:
    seen: set[str] = set()
    at_: Registration | None = registration
    while at_ is not None and at_.urn not in seen:
        yield at_
        seen.add(at_.urn)
        at_ = registrations.get(at_.parent)


def _calls(file: str) -> list[ast.Call]:
    try:
        path = Path(file)
        text = path.read_text(encoding="utf-8") if path.stat().st_size <= _MOST else ""
        return [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        # Nothing is pointed at, then: the line of the declaration still stands.
        return []


def _callee(call: ast.Call) -> str:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return str(name).rstrip("_")


def _arguments(call: ast.Call) -> Iterator[_Argument]:
    """Keywords, those in tables that are given as they stand, and those in ``SomethingArgs(…)``."""
    for keyword in call.keywords:
        if keyword.arg is not None:
            yield _Argument(keyword.arg, keyword.value.lineno, keyword.value)
        yield from _inner(keyword.value)
    for one in call.args:
        yield from _inner(one)


def _inner(value: ast.expr) -> Iterator[_Argument]:
    if isinstance(value, ast.Dict):
        for key, item in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield _Argument(key.value, key.lineno, item)
            yield from _inner(item)
    elif isinstance(value, ast.List):
        for item in value.elts:
            yield from _inner(item)
    elif isinstance(value, ast.Call) and _callee(value).endswith("Args"):
        yield from _arguments(value)


def _argument(finding: PolicyFinding, registration: Registration, given: list[_Argument]) -> _Argument | None:
    """By its name, the path's last key first; else the only one with the property's value."""
    said = _PATH.match(finding.message)
    path = said[1] if said else ""
    keys = [_words(key) for key in steps(path) if isinstance(key, str)]
    for key in reversed(keys):
        named = [one for one in given if _words(one.name) == key]
        if named:
            return named[0]
    value = at(registration.inputs, path) if path else None
    alike = [one for one in given if value not in _PLAIN and _literal(one.value) == value] if _plain(value) else []
    if len(alike) == 1:
        return alike[0]
    ends = [one for one in given if keys and set(keys[-1].split("_")) <= set(_words(one.name).split("_"))]
    return ends[0] if len(ends) == 1 else None


def _words(name: str) -> str:
    """``publicAccessCidrs`` and ``public_access_cidrs`` alike."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _plain(value: Any) -> bool:
    return isinstance(value, str | int | float | list) and value is not True and value is not False


def _literal(value: ast.expr) -> Any:
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
