"""Component arguments, checked and completed once, at the head of each constructor."""

import difflib
import enum
import inspect
import ipaddress
import re
import types
import typing
from collections.abc import Collection, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, TypeVar

import pulumi

from aistacks_core import ipv4

from ._deletions import ARGUMENT as DELETION_ALLOWED
from ._deletions import validate_days
from ._iam import problems as iam_problems
from ._metadata import is_dns_label, label_problems, tag_problems
from .errors import UserError

MAX_NAME = 32
"""Longest component name. With the longest role (22) and Pulumi's random suffix (8) it stays under the
64 characters of an IAM role, the tightest limit among what components name (IAM quotas, botocore)."""

_LONGEST = 200
"""Most characters of a value that a message shows."""

_LARGEST = 2**53 - 1
"""The engine passes numbers as doubles, which represent no larger integer exactly."""

_RENAMED = {
    "access_log_days": "access_log_retention_days",
    "audit_log_days": "audit_log_retention_days",
    "forge": "provider",
    "noncurrent_days": "noncurrent_version_retention_days",
    "retention_days": "metric_retention_days",
    "snapshot_days": "snapshot_retention_days",
    "untagged_days": "untagged_image_retention_days",
}
"""Arguments of earlier releases, and what they are called now."""

_CLUSTERS_OWN_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")

only_validate: ContextVar[bool] = ContextVar("only_validate", default=False)
"""Whether a constructor stops once it has validated its arguments."""

A = TypeVar("A")
E = TypeVar("E", bound=enum.Enum)


def checked(name: str, args: A, kind: type[A], defaults: Mapping[str, object] | None = None) -> A:
    """Return ``args`` with ``defaults`` filled in, each value converted to the type that ``kind`` declares.

    ``kind`` is the component's TypedDict. Integers that arrive as floats (as the component host sends
    them) become ``int``, enum values become members. Raises ``UserError`` for a component name that
    isn't lower-case letters, digits and hyphens (at most 32), for unknown and missing keys, wrong types, and for labels
    and tags that the Kubernetes or AWS API would reject, and for a path or a boundary that IAM would.
    """
    component = kind.__name__.removesuffix("Args")
    if not re.fullmatch(r"[a-z]([a-z0-9-]*[a-z0-9])?", name) or len(name) > MAX_NAME:
        raise UserError(
            f"{component} {name!r}: its name",
            f"{name!r} ({len(name)} characters)",
            f"lower-case letters, digits and hyphens, a letter first, at most {MAX_NAME} characters",
        )
    done = _typed_dict(f"{component} {name!r}", "", args, kind, defaults or {})
    for argument, problems in (("labels", label_problems), ("tags", tag_problems)):
        for problem in problems(done.get(argument, {})):
            raise wrong(name, kind, f"{argument}.{problem.key}", problem.got, problem.expected)
    for problem in iam_problems(done):
        raise wrong(name, kind, problem.key, problem.got, problem.expected)
    validate_days(f"{component} {name!r}: {DELETION_ALLOWED}", done.get(DELETION_ALLOWED, {}))
    return typing.cast(A, done)


def typed(
    kind: type,
    value: object,
    where: str,
    *,
    left_out: Collection[str] = (),
    given: Collection[str] = (),
    keys: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The arguments of ``kind`` (a component's TypedDict) that ``value`` sets, converted; no defaults are filled in.

    ``where`` prefixes the path in each error. ``left_out``: arguments that ``value`` must not set; ``given``: required
    arguments that it may omit. ``keys``: the key that sets an argument, where it differs from the argument's name.
    Raises ``UserError``.
    """
    argument = {a: k for k, a in (keys or {}).items()}
    hints = {argument.get(key, key): hint for key, hint in _hints(kind).items() if key not in left_out}
    required = {argument.get(key, key) for key in kind.__required_keys__ if key not in given}  # type: ignore[attr-defined]
    found = _members("", where, value, hints, required, {})
    return {(keys or {}).get(key, key): one for key, one in found.items()}


def inputs(kind: type) -> list[str]:
    """The arguments of a component's TypedDict that accept an Output."""
    return [key for key, hint in _hints(kind).items() if _deferred(_bare(hint))]


def wrong(name: str, kind: type, path: str, got: object, expected: str, todo: str = "") -> UserError:
    """The error for a value that has the right type but isn't valid. ``path`` is dotted and relative to the args."""
    return UserError(f"{kind.__name__.removesuffix('Args')} {name!r}: {path}", _shortened(got), expected, todo)


def warn_unchecked(name: str, kind: type, path: str, got: object, why: str) -> None:
    """Warn that the value at ``path`` is accepted unchecked: AWS may support what the shipped facts don't list.

    Silent while arguments are only validated, because the constructor warns again.
    """
    if only_validate.get():
        return
    pulumi.log.warn(f"{kind.__name__.removesuffix('Args')} {name!r}: {path}: {got!r} {why}")


def validate_dns_label(name: str, kind: type, path: str, value: object, longest: int = 63) -> None:
    """Raise ``UserError`` for an invalid namespace or service account name. An Output isn't checked."""
    if isinstance(value, str) and not is_dns_label(value, longest):
        raise wrong(name, kind, path, value, f"lower-case letters, digits and hyphens, at most {longest}")


def validate_new_namespace(name: str, kind: type, path: str, value: object, longest: int = 63) -> None:
    """Refuse what no namespace can be called, and those that every cluster has from its start."""
    validate_dns_label(name, kind, path, value, longest)
    if isinstance(value, str) and value in _CLUSTERS_OWN_NAMESPACES:
        raise wrong(name, kind, path, value, "a namespace that isn't there yet", "Every cluster has this one already.")


def ipv4_network(name: str, kind: type, path: str, cidr: str) -> ipaddress.IPv4Network:
    """Parse the argument at ``path`` as an IPv4 CIDR block. Raises ``UserError``."""
    try:
        return ipv4.parse(cidr)
    except ValueError as error:
        raise wrong(name, kind, path, cidr, "an IPv4 range such as 203.0.113.0/24", str(error)) from None


def enum_list(name: str, kind: type, path: str, values: list[str], choices: type[E]) -> list[E]:
    """Convert a ``list[str]`` argument to members of ``choices`` (the component host has no lists of enums).

    Raises ``UserError`` for a value that isn't a choice.
    """
    found = []
    for i, value in enumerate(values):
        if value not in [c.value for c in choices]:
            raise wrong(name, kind, f"{path}[{i}]", value, f"one of {', '.join(str(c.value) for c in choices)}")
        found.append(choices(value))
    return found


def _typed_dict(where: str, path: str, value: object, kind: type, defaults: Mapping[str, object]) -> dict[str, Any]:
    required = kind.__required_keys__  # type: ignore[attr-defined]
    return _members(where, path, value, _hints(kind), required, defaults)


def _members(
    where: str,
    path: str,
    value: object,
    hints: Mapping[str, Any],
    required: Collection[str],
    defaults: Mapping[str, object],
) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _mismatch(where, path, value, "a mapping")
    for key in value:
        if key not in hints:
            close = difflib.get_close_matches(str(key), hints, n=1)
            todo = f"Did you mean {close[0]!r}?" if close else ""
            if (now := _RENAMED.get(str(key))) in hints:
                todo = f"It is called {now!r} now."
            raise UserError(_at(where, path), f"unknown key {_shortened(key)}", f"one of {', '.join(hints)}", todo)
    done: dict[str, Any] = {}
    for key, hint in hints.items():
        inner = f"{path}.{key}" if path else key
        if value.get(key) is not None:
            done[key] = _value(where, inner, value[key], _bare(hint))
        elif key in defaults:
            done[key] = _value(where, inner, defaults[key], _bare(hint))
        elif key in required:
            raise UserError(_at(where, inner), "nothing", _describe(_bare(hint)), f"{key!r} is required.")
    return done


def _hints(kind: type) -> dict[str, Any]:
    # pulumi.Input is a union with the forward reference "Output[T]"; a component's module defines neither name.
    return typing.get_type_hints(kind, localns={"Output": pulumi.Output, "T": Any}, include_extras=True)


def _bare(hint: Any) -> Any:
    while typing.get_origin(hint) in (typing.NotRequired, typing.Required):
        hint = typing.get_args(hint)[0]
    return hint


def _value(where: str, path: str, value: object, hint: Any) -> Any:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _union(where, path, value, hint)
    if isinstance(value, pulumi.Output) or inspect.isawaitable(value):
        raise UserError(_at(where, path), "an Output", f"{_describe(hint)}, known before preview")
    if hint is Any:
        return value
    if typing.is_typeddict(hint):
        return _typed_dict(where, path, value, hint, {})
    if origin in (list, Sequence) or hint is list:
        if not isinstance(value, list):
            raise _mismatch(where, path, value, _describe(hint))
        (item,) = typing.get_args(hint)
        return [_value(where, f"{path}[{i}]", v, item) for i, v in enumerate(value)]
    if origin in (dict, Mapping):
        if not isinstance(value, Mapping):
            raise _mismatch(where, path, value, _describe(hint))
        _, item = typing.get_args(hint)
        return {str(k): _value(where, f"{path}.{k}", v, item) for k, v in value.items()}
    return _scalar(where, path, value, hint)


def _deferred(hint: Any) -> bool:
    return any(typing.get_origin(o) is pulumi.Output for o in typing.get_args(hint))


def _union(where: str, path: str, value: object, hint: Any) -> Any:
    if _deferred(hint) and (isinstance(value, pulumi.Output) or inspect.isawaitable(value)):
        return value
    later = (pulumi.Output, typing.get_origin(typing.Awaitable[str]))
    plain = [o for o in typing.get_args(hint) if o is not type(None) and typing.get_origin(o) not in later]
    return _value(where, path, value, plain[0])


def _scalar(where: str, path: str, value: object, hint: Any) -> Any:
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        if isinstance(value, hint):
            return value
        if value in [c.value for c in hint]:
            return hint(value)
    elif hint in (int, float):
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return _number(where, path, value, hint)
    elif isinstance(hint, type) and isinstance(value, hint):
        return value
    raise _mismatch(where, path, value, _describe(hint))


def _number(where: str, path: str, value: int | float, hint: type) -> int | float:
    # A comparison with NaN is never true.
    if not abs(value) <= _LARGEST:
        raise _mismatch(where, path, value, f"{_describe(hint)}, at most {_LARGEST}")
    if hint is float:
        return float(value)
    if value != int(value):
        raise _mismatch(where, path, value, _describe(hint))
    return int(value)


def _describe(hint: Any) -> str:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _describe(typing.get_args(hint)[0])
    if origin in (list, Sequence):
        return f"a list, each item {_describe(typing.get_args(hint)[0])}"
    if origin in (dict, Mapping):
        item = typing.get_args(hint)[1]
        return "a mapping" if item is object else f"a mapping, each value {_describe(item)}"
    if typing.is_typeddict(hint):
        return f"a mapping of {', '.join(_hints(hint))}"
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return f"one of {', '.join(str(c.value) for c in hint)}"
    return {str: "a string", int: "an integer", bool: "true or false", float: "a number"}.get(hint, str(hint))


def _at(where: str, path: str) -> str:
    return ": ".join(part for part in (where, path) if part)


def _mismatch(where: str, path: str, got: object, expected: str) -> UserError:
    return UserError(_at(where, path), _shortened(got), expected)


def _shortened(got: object) -> str:
    """``repr(got)``, with the middle of a long one omitted."""
    try:
        text = repr(got)
    except ValueError:
        # Python refuses to convert an integer of more than 4300 digits to a string.
        return "an integer of thousands of digits"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 4 :]}"
