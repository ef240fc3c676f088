"""Property paths in the engine's notation: ``spec.ports[0].port``, ``tags["a.b"]``, ``rules[*].id``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_STEP = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|\.?([^.\[\]]+)')
_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w$]*")
Step = str | int


def join(path: str, key: str) -> str:
    """``path`` extended by a key, in the engine's notation: ``a.b``, or ``a["b.c"]`` for odd keys."""
    if _PLAIN_KEY.fullmatch(key):
        return f"{path}.{key}" if path else key
    quoted = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{quoted}"]'


def top_level(path: str) -> str:
    """The first key of a property path."""
    if path.startswith('["'):
        return path[2 : path.index('"]')].replace('\\"', '"').replace("\\\\", "\\")
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def steps(path: str) -> list[Step]:
    """Keys and indices of a path; ``*`` stands for each item or key. A path that is none gives what can be read."""
    found: list[Step] = []
    for quoted, index, key in _STEP.findall(path):
        if index:
            found.append("*" if index == "*" else int(index))
        elif key:
            found.append(key)
        else:
            found.append(quoted.replace('\\"', '"').replace("\\\\", "\\"))
    return found


def at(value: Any, path: str, absent: Any = None) -> Any:
    """The value at ``path``, or ``absent``."""
    for step in steps(path):
        keyed = isinstance(value, dict) and step in value
        placed = isinstance(value, list) and isinstance(step, int) and step < len(value)
        if not (keyed or placed):
            return absent
        value = value[step]
    return value


def touches(changed: str, patterns: Iterable[str]) -> bool:
    """Whether a change at ``changed`` lies at, under or above one of ``patterns``."""
    here = steps(changed)
    return any(_meet(here, steps(pattern)) for pattern in patterns)


def holds(pattern: str, path: str) -> bool:
    """Whether ``path`` lies at or under ``pattern``."""
    above, here = steps(pattern), steps(path)
    return len(above) <= len(here) and _meet(above, here)


def _meet(one: list[Step], other: list[Step]) -> bool:
    return all(a == b or "*" in (a, b) for a, b in zip(one, other, strict=False))


def reset(old: Any, new: Any, path: str) -> Any:
    """``new`` with what lies at ``path`` as ``old`` has it. Items that only one of them has stay as they are, but a
    key at the path's end comes and goes as in ``old``."""
    return _reset(old, new, steps(path))


def _reset(old: Any, new: Any, rest: list[Step]) -> Any:
    if not rest:
        return old
    step, after = rest[0], rest[1:]
    if isinstance(new, dict) and isinstance(old, dict) and (isinstance(step, str)):
        keys = ({*old, *new} if not after else {*old} & {*new}) if step == "*" else {step}
        answer = dict(new)
        for key in keys:
            if not after and key not in old:
                answer.pop(key, None)
            elif key in old and (key in new or not after):
                answer[key] = _reset(old[key], new.get(key), after)
        return answer
    if isinstance(new, list) and isinstance(old, list):
        places = range(min(len(old), len(new))) if step == "*" else [step]
        items = list(new)
        for place in places:
            if isinstance(place, int) and place < min(len(old), len(new)):
                items[place] = _reset(old[place], new[place], after)
        return items
    return new
