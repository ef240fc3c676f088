"""Go's own functions and operators, and a few of its library's."""

from __future__ import annotations

from typing import Any

from .values import Call, Opaque

CALLS = frozenset(("append", "len", "delete", "max"))
OPERATORS: dict[str, Any] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "&&": lambda a, b: a and b,
    "||": lambda a, b: a or b,
}


def built_in(name: str, arguments: list[Any]) -> Any:
    first = arguments[0] if arguments else None
    if name == "append":
        return [*(first or []), *arguments[1:]] if first is None or isinstance(first, list) else Opaque("append")
    if name == "delete" and isinstance(first, dict):
        first.pop(arguments[1], None)
        return None
    if name == "max":
        return max(arguments) if all(isinstance(item, int) for item in arguments) else Opaque(name)
    return len(first) if isinstance(first, list | dict | str) else Opaque(name)


def outside(name: str, arguments: list[Any]) -> Any:
    """A call of a package that isn't in the source; a few of Go's own are done here."""
    if name == "maps.Copy" and all(isinstance(item, dict) for item in arguments):
        arguments[0].update(arguments[1])
        return None
    if name == "maps.Clone" and isinstance(arguments[0], dict):
        return dict(arguments[0])
    if name == "slices.Concat" and all(isinstance(item, list) for item in arguments):
        return [item for each in arguments for item in each]
    if name in ("unique.Make", "aws.String", "aws.Bool", "aws.Int", "aws.Int32", "sync.OnceValue") and arguments:
        return arguments[0]
    if name == "fmt.Sprintf" and all(isinstance(item, str | int) for item in arguments):
        return arguments[0].replace("%d", "%s").replace("%v", "%s").replace("%q", '"%s"') % tuple(arguments[1:])
    return Call(name, arguments)
