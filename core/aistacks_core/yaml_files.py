"""YAML that users write: read, or refused in one line where it is wrong. Our own tables are read by `facts`."""

from __future__ import annotations

import re
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


class _Loader(LOADER):  # type: ignore[misc]
    """As Go reads it for Pulumi (gopkg.in/yaml.v3 3.0.1, read 2026-11-30): `on`, `yes` and `10:30` are texts, and `1e3`
    is a number."""


class _Dumper(yaml.SafeDumper):
    """Quotes a text that Go or Python would read as something else."""


_PLAIN = {
    "tag:yaml.org,2002:bool": (re.compile(r"true|True|TRUE|false|False|FALSE"), "tTfF"),
    "tag:yaml.org,2002:float": (
        re.compile(
            r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?"
            r"|[0-9][0-9_]*[eE][-+]?[0-9]+|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)"
        ),
        "-+0123456789.",
    ),
    "tag:yaml.org,2002:int": (
        re.compile(r"[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+"),
        "-+0123456789",
    ),
}


def _added(kept: dict[str, list[tuple[str, re.Pattern[str]]]]) -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    for tag, (pattern, firsts) in _PLAIN.items():
        for first in firsts:
            kept.setdefault(first, []).append((tag, re.compile(rf"(?:{pattern.pattern})\Z")))
    return kept


_Loader.yaml_implicit_resolvers = _added(
    {
        first: [(tag, pattern) for tag, pattern in pairs if tag not in _PLAIN]
        for first, pairs in LOADER.yaml_implicit_resolvers.items()
    }
)
_Dumper.yaml_implicit_resolvers = _added(
    {first: list(pairs) for first, pairs in yaml.SafeDumper.yaml_implicit_resolvers.items()}
)


def written(value: Any) -> str:
    """``value`` as YAML that Pulumi reads as the same."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False)  # a safe dumper


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
        return yaml.load(text, Loader=_Loader)  # noqa: S506 (a safe loader, either way)
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
