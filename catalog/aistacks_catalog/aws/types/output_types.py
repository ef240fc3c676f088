"""Values in the types that the Python SDK declares for outputs, at any depth: what else it reads raises in programs.

An annotation is what stands in the SDK's source, such as ``Optional[Sequence['outputs.InstanceEbsBlockDevice']]``.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .words import match

_PROPERTY = re.compile(r'@pulumi\.getter(?:\(name="(\w+)"\))?\n(?:(?!\n\n)[\s\S])*?def (\w+)\(self\) -> ([^\n]*):\n')
CLASS = re.compile(r"'?(?:\w+\.)*outputs\.(\w+)'?")
"""An annotation that names an output class."""
_PAIRS = (("key", "value"), ("name", "value"))
_SCALARS: dict[str, type] = {
    "_builtins.str": str,
    "_builtins.int": int,
    "_builtins.float": float,
    "_builtins.bool": bool,
}


def conformed(value: Any, annotation: str, folder: Path, *, whole: bool = False) -> Any:
    """``value`` in the declared type, or None where it can't be one.

    A list with one item is the item where one is declared, and the other way round; keys are spelled as the SDK spells
    them and others left out; texts become numbers, numbers texts. ``folder`` is the SDK's one of the module.
    """
    kind = annotation.strip()
    while kind.startswith("Optional["):
        kind = kind.removeprefix("Optional[").removesuffix("]")
    if value is None or kind in ("Any", ""):
        return value
    if kind.startswith("Sequence["):
        return _sequence(value, kind.removeprefix("Sequence[").removesuffix("]"), folder, whole)
    if kind.startswith("Mapping["):
        return _mapping(value, kind.removeprefix("Mapping[").removesuffix("]").partition(", ")[2], folder, whole)
    if found := CLASS.fullmatch(kind):
        return _object(value, properties(folder, found.group(1)), folder, whole)
    return scalar(value, _SCALARS[kind]) if kind in _SCALARS else value


@functools.cache
def properties(folder: Path, name: str) -> Mapping[str, str]:
    """The properties of the output class ``name``, by their names on the wire, with their annotations."""
    text = _source(folder)
    begin = text.find(f"\nclass {name}(dict):")
    if begin < 0:
        return {}
    stop = text.find("\nclass ", begin + 2)
    section = text[begin : stop if stop > 0 else len(text)]
    return {wire or plain: kind for wire, plain, kind in _PROPERTY.findall(section)}


@functools.cache
def _source(folder: Path) -> str:
    file = folder / "outputs.py"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _sequence(value: Any, kind: str, folder: Path, whole: bool) -> list[Any] | None:
    items = value if isinstance(value, list | tuple) else [value]
    made = [conformed(item, kind, folder, whole=whole) for item in items]
    return [item for item in made if item is not None]


def _mapping(value: Any, kind: str, folder: Path, whole: bool) -> dict[str, Any] | None:
    if isinstance(value, list):
        pair = next((p for p in _PAIRS if all(isinstance(i, Mapping) and set(i) == set(p) for i in value)), None)
        if pair is None:
            return None
        value = {item[pair[0]]: item[pair[1]] for item in value}
    if not isinstance(value, Mapping):
        return None
    made = {str(key): conformed(item, kind, folder, whole=whole) for key, item in value.items()}
    return {key: item for key, item in made.items() if item is not None}


def _object(value: Any, known: Mapping[str, str], folder: Path, whole: bool) -> dict[str, Any] | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, Mapping):
        return None
    made: dict[str, Any] = {}
    for name, kind in known.items():
        key = name if name in value else match(name, value)
        item = conformed(value[key], kind, folder, whole=whole) if key is not None else None
        if item is None and whole:
            item = empty(kind)
        if item is not None:
            made[name] = item
    return made


def empty(kind: str) -> Any:
    """What stands for nothing: an empty text, list or map, 0, False; None where the type allows it or is an object."""
    if kind.startswith("Sequence["):
        return []
    if kind.startswith("Mapping["):
        return {}
    return _SCALARS[kind]() if kind in _SCALARS else None


def scalar(value: Any, kind: type) -> Any:
    """``value`` as a text, number or boolean, or None where it can't be one."""
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value) if kind is str and value else None
    if kind is str:
        return str(value).lower() if isinstance(value, bool) else str(value)
    if kind is bool:
        known = {"true": True, "false": False}
        return value if isinstance(value, bool) else known.get(str(value).lower())
    try:
        return kind(value)
    except ValueError:
        return None
