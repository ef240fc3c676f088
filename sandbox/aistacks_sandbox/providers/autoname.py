"""Names for what the program leaves unnamed: a random suffix, stable from preview on."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from enum import Enum
from typing import Any

from aistacks_core.property_values import Props

from .failures import ProviderError

HEX = "0123456789abcdef"


class Mode(Enum):
    """What the project's ``pulumi:autonaming`` setting asks of a provider."""

    DEFAULT = "default"
    PROPOSE = "propose"
    ENFORCE = "enforce"
    DISABLE = "disable"


@dataclass(frozen=True)
class Naming:
    """What the engine says about a resource's name when it asks for a check.

    ``seed`` is the same for one resource from its preview to its update, and another for each
    replacement. ``proposed`` is the name that the project's setting gives, where ``mode`` isn't DEFAULT.
    """

    logical: str
    seed: bytes = b""
    mode: Mode = Mode.DEFAULT
    proposed: str = ""


class AutonameError(ProviderError):
    """The resource needs a name and none may, or can, be made."""


def random_suffix(seed: bytes, length: int, charset: str = HEX) -> str:
    """``length`` characters of ``charset``, the same for the same ``seed``; without one, random."""
    if not seed:
        return "".join(secrets.choice(charset) for _ in range(length))
    stream = hashlib.shake_256(seed).digest(length * 4)
    words = (int.from_bytes(stream[i : i + 4]) for i in range(0, length * 4, 4))
    return "".join(charset[word % len(charset)] for word in words)


def autoname(
    naming: Naming,
    old: Any = None,
    *,
    length: int = 7,
    max_length: int = 0,
    separator: str = "-",
    charset: str = HEX,
) -> str:
    """A name for an unnamed resource.

    ``old`` is the name that it had before, which it keeps. Else the name is
    ``<logical><separator><length random characters>``, of at most ``max_length`` characters (Default: 0,
    no limit), or what the project's autonaming setting gives. Raises ``AutonameError`` if that is too
    long or forbidden.
    """
    if isinstance(old, str) and old:
        return old
    if naming.mode is Mode.DISABLE:
        raise AutonameError(f"{naming.logical}: automatic naming is disabled; give the resource a name")
    if naming.mode in (Mode.ENFORCE, Mode.PROPOSE):
        name = naming.proposed
    else:
        name = naming.logical + separator + random_suffix(naming.seed, length, charset)
    if max_length and len(name) > max_length:
        raise AutonameError(
            f"{naming.logical}: the automatic name {name!r} has {len(name)} characters; expected at most {max_length}"
        )
    return name


def fill_name(props: Props, key: str, naming: Naming, olds: Props | None, **limits: Any) -> Props:
    """``props`` with ``props[key]`` filled by ``autoname`` if it has none; ``limits`` go to ``autoname``."""
    if props.get(key) is not None:
        return props
    return {**props, key: autoname(naming, (olds or {}).get(key), **limits)}
