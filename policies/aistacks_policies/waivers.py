"""Waivers: a failing rule is accepted by an owner, for a reason, until a date. They are code, and reviewed as such."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from aistacks_core.errors import UserError

_KEYS = ("rule", "resource", "owner", "reason", "expires")


@dataclass(frozen=True)
class Waiver:
    """One entry of ``policies/waivers.yaml``."""

    rule: str
    resource: str
    """A pattern of logical names or URNs, as ``fnmatch`` reads it."""
    owner: str
    reason: str
    expires: dt.date
    """The last day it holds."""

    def covers(self, rule: str, name: str, urn: str) -> bool:
        """Whether it speaks of this rule at this resource, expired or not."""
        return self.rule == rule and (fnmatchcase(name, self.resource) or fnmatchcase(urn, self.resource))

    def holds(self, today: dt.date) -> bool:
        """Whether it hasn't expired."""
        return today <= self.expires


def find(waivers: Iterable[Waiver], rule: str, name: str, urn: str) -> Waiver | None:
    """The waiver for a rule at a resource: one that holds before one that has expired, the longest first."""
    covering = [w for w in waivers if w.covers(rule, name, urn)]
    return max(covering, key=lambda w: w.expires) if covering else None


def read(path: Path, rules: Collection[str]) -> list[Waiver]:
    """The waivers in a file; none where there is no file.

    Raises ``UserError`` naming the file and the path in it: no YAML, an unknown key, a missing one, a rule that isn't
    among ``rules``, a date that is none.
    """
    try:
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UserError(str(path), str(error.strerror or error), "a readable file") from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise UserError(where, str(getattr(error, "problem", None) or error), "YAML") from None
    if table is None:
        return []
    if not isinstance(table, dict) or set(table) != {"waivers"}:
        raise UserError(str(path), _kind(table), "one key, waivers, with a list")
    entries = table["waivers"]
    if entries is None:
        return []
    if not isinstance(entries, list):
        raise UserError(f"{path}: waivers", _kind(entries), "a list")
    return [_waiver(entry, f"{path}: waivers[{i}]", rules) for i, entry in enumerate(entries)]


def _waiver(entry: Any, where: str, rules: Collection[str]) -> Waiver:
    if not isinstance(entry, Mapping):
        raise UserError(where, _kind(entry), f"a mapping with {', '.join(_KEYS)}")
    for key in entry:
        if key not in _KEYS:
            raise UserError(f"{where}.{key}", "an unknown key", f"one of {', '.join(_KEYS)}")
    texts = {key: _text(entry, key, where) for key in _KEYS[:-1]}
    if texts["rule"] not in rules:
        raise UserError(f"{where}.rule", repr(texts["rule"]), "a rule of the pack", "`aistacks policies list` has them")
    return Waiver(**texts, expires=_date(entry.get("expires"), f"{where}.expires"))


def _text(entry: Mapping[str, Any], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise UserError(f"{where}.{key}", "nothing" if value in (None, "") else repr(value), "a string")
    return value.strip()


def _date(value: Any, where: str) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise UserError(where, "nothing" if value is None else repr(value), "a date, YYYY-MM-DD")


def _kind(value: Any) -> str:
    return f"a mapping with {', '.join(map(str, value))}" if isinstance(value, dict) else repr(value)[:60]
