"""Deployments that stop because a file that a resource is made of isn't there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aistacks_core.property_paths import join

from ..compare.changes import ChangeKind
from ..findings import Risk, RiskKind, Severity
from .context import Context, risk
from .rule import rule

_KIND = RiskKind.INTERRUPTION
_MISSING = "missing"
"""As the recorder marks such an asset."""


def _missing(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Property path and file of each asset that isn't there."""
    if isinstance(value, Mapping):
        if value.get(_MISSING) is True and isinstance(value.get("path"), str):
            yield path, value["path"]
        for key, inside in value.items():
            yield from _missing(join(path, str(key)), inside)
    elif isinstance(value, list):
        for index, inside in enumerate(value):
            yield from _missing(f"{path}[{index}]", inside)


@rule(
    _KIND,
    Severity.HIGH,
    when="A file or folder that a resource is made of (code, a template, a page) isn't there, and isn't build output "
    "that git ignores: the engine refuses it, and the deployment stops there.",
)
def asset_missing(ctx: Context) -> Iterable[Risk]:
    """The engine can't read what the program hands to a resource."""
    for change in ctx.changes:
        if change.after is None or change.kind is ChangeKind.DELETE:
            continue
        for path, file in _missing("", change.after.inputs):
            title = f"{file} isn't there, so the engine refuses {change.name}: the deployment stops there."
            yield risk(_KIND, Severity.HIGH, change, title, path)
