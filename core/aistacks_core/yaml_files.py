"""YAML that users write: read, or refused in one line where it is wrong. Our own tables are read by `facts`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from .errors import UserError
from .facts import LOADER

# What PyYAML's own constructors raise besides YAMLError for a scalar that isn't what its tag says (`!!int x`).
_UNREADABLE = (
    yaml.YAMLError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
_MOST_VALUES = 100_000
"""In one file, aliases counted wherever they stand: ten lines of them can mean a billion values."""
_LONGEST = 60
_MOST_BITS = 1024
"""Of a number: one of many thousand digits can be read but not shown."""


def read_mapping(path: Path, what: str) -> dict[str, Any]:
    """The mapping in a YAML file; ``what`` names it. Raises ``UserError`` naming file and line when it isn't one."""
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise UserError(str(path), "no such file", what) from None
    except UnicodeDecodeError as error:
        raise UserError(str(path), str(error), "YAML in UTF-8") from None
    except (OSError, ValueError) as error:
        got = getattr(error, "strerror", None) or str(error)
        raise UserError(str(path), got.lower(), what) from None
    value = parse(text, str(path))
    if not isinstance(value, dict):
        raise UserError(str(path), "an empty file" if value is None else described(value), f"a mapping: {what}")
    return value


def parse(text: str, where: str) -> Any:
    """The value of a YAML text that a user wrote. Raises ``UserError`` for what isn't YAML, and for a value that
    contains itself or stands for more values than anybody writes."""
    try:
        value = _parsed(text)
    except _UNREADABLE as error:
        mark = getattr(error, "problem_mark", None)
        got = getattr(error, "problem", None) or str(error) or type(error).__name__
        raise UserError(f"{where}:{mark.line + 1}" if mark else where, str(got), "YAML") from None
    _require_tree(value, where)
    return value


def described(value: object) -> str:
    """What stands there, for a message: short, whatever it is."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _parsed(text: str) -> Any:
    try:
        return yaml.load(text, Loader=LOADER)  # noqa: S506 (a safe loader, either way)
    except _UNREADABLE:
        # The slow parser says better what is wrong, and where.
        return yaml.safe_load(text)


def _require_tree(value: Any, where: str) -> None:
    """Raise ``UserError`` unless ``value`` can be walked through."""
    count = 0

    def walk(here: Any, above: tuple[int, ...]) -> None:
        nonlocal count
        count += 1
        if id(here) in above:
            raise UserError(where, "a value that contains itself", "values that end")
        if count > _MOST_VALUES:
            raise UserError(where, f"more than {_MOST_VALUES} values", "fewer (do aliases multiply?)")
        if isinstance(here, int) and here.bit_length() > _MOST_BITS:
            raise UserError(where, "a number of hundreds of digits", "smaller numbers")
        if isinstance(here, str) and not _is_text(here):
            raise UserError(where, described(here), "characters that Unicode has")
        if isinstance(here, dict):
            inside = [item for pair in here.items() for item in pair]
        else:
            inside = list(here) if isinstance(here, (list, tuple, set)) else []
        for item in inside:
            walk(item, (*above, id(here)))

    walk(value, ())


def _is_text(value: str) -> bool:
    """Whether it can be written: half of a surrogate pair can't."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
