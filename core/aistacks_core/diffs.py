"""What differs between two property maps, by property path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from .property_paths import join
from .property_values import Unknown, strip_secrets


class Change(Enum):
    """What happened to one property."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True)
class Diff:
    """A provider's answer to a diff. An empty ``changes`` means that nothing is to be done.

    ``changes`` and ``replaces`` hold property paths such as ``spec.ports[0].port``; every path of
    ``replaces`` is one of ``changes``. ``delete_first``: the old one must go before the new one comes.
    """

    changes: Mapping[str, Change] = field(default_factory=dict)
    replaces: frozenset[str] = frozenset()
    delete_first: bool = False
    stables: tuple[str, ...] = ()


def differences(old: Any, new: Any) -> dict[str, Change]:
    """The property paths at which two values differ; a value that isn't known counts as changed.

    A key that is None or missing is the same on both sides.
    """
    found: dict[str, Change] = {}
    _compare("", strip_secrets(old), strip_secrets(new), found)
    return found


def _compare(path: str, old: Any, new: Any, found: dict[str, Change]) -> None:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            _compare(join(path, key), old.get(key), new.get(key), found)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else None
            after = new[index] if index < len(new) else None
            _compare(f"{path}[{index}]", before, after, found)
    elif isinstance(new, Unknown):
        found[path] = Change.ADD if old is None else Change.UPDATE
    elif old is None and new is not None:
        found[path] = Change.ADD
    elif old is not None and new is None:
        found[path] = Change.DELETE
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        found[path] = Change.UPDATE


def diff(
    old: Any,
    new: Any,
    forces_replacement: Callable[[str], bool] = lambda _path: False,
    *,
    delete_first: bool = False,
) -> Diff:
    """``differences`` as an answer; ``forces_replacement`` says it of a changed path."""
    changes = differences(old, new)
    replaces = frozenset(path for path in changes if forces_replacement(path))
    return Diff(changes, replaces, delete_first=delete_first and bool(replaces))
