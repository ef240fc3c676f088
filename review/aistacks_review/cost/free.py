"""Kinds of resources that cost nothing by themselves; see ``free.yaml``."""

from __future__ import annotations

import fnmatch
import functools
from typing import Any

from aistacks_core.facts import load


@functools.cache
def why_free(type_: str) -> str | None:
    """Why a kind of resource costs nothing by itself; ``None`` where that isn't known."""
    exact, patterns = _known()
    if type_ in exact:
        return exact[type_]
    return next((reason for pattern, reason in patterns if fnmatch.fnmatchcase(type_, pattern)), None)


@functools.cache
def _known() -> tuple[dict[str, str], list[tuple[str, str]]]:
    exact: dict[str, str] = {}
    patterns: list[tuple[str, str]] = []
    for entry in facts()["free"]:
        for type_ in entry["types"].split():
            if "*" in type_:
                patterns.append((type_, entry["reason"]))
            else:
                exact[type_] = entry["reason"]
    return exact, patterns


def facts() -> dict[str, Any]:
    """The whole file, as it stands there."""
    found: dict[str, Any] = load(__package__, "free.yaml")
    return found
