"""Property values of the Pulumi protocol as plain Python values.

A property map is a ``dict[str, Any]`` of None, bool, int, float, str, list and dict, plus the four
classes here: ``UNKNOWN``, ``Secret``, ``Asset`` and ``Archive``. Whole numbers are ``int``. ``wire`` reads and writes
them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Props = dict[str, Any]


class Unknown:
    """A value that a preview can't know yet. There is one instance, ``UNKNOWN``."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __deepcopy__(self, _memo: object) -> Unknown:
        return self

    def __copy__(self) -> Unknown:
        return self


UNKNOWN = Unknown()


class Absent:
    """A property that isn't there. There is one instance, ``ABSENT``."""

    def __repr__(self) -> str:
        return "ABSENT"

    def __deepcopy__(self, _memo: object) -> Absent:
        return self

    def __copy__(self) -> Absent:
        return self


ABSENT = Absent()


@dataclass(frozen=True)
class Secret:
    """A value that the engine encrypts in its state and hides in what it prints."""

    value: Any = field(repr=False)


@dataclass(frozen=True)
class Asset:
    """One file's content: exactly one of ``text``, ``path`` and ``uri`` is set; ``hash`` is a hex sha256."""

    text: str | None = None
    path: str | None = None
    uri: str | None = None
    hash: str = ""


@dataclass(frozen=True)
class Archive:
    """Several files: exactly one of ``assets``, ``path`` and ``uri`` is set; ``hash`` is a hex sha256."""

    assets: Mapping[str, Any] | None = None
    path: str | None = None
    uri: str | None = None
    hash: str = ""


def contains_unknown(value: Any) -> bool:
    """Whether ``UNKNOWN`` stands anywhere in ``value``."""
    return _any(value, lambda item: isinstance(item, Unknown))


def contains_secret(value: Any) -> bool:
    """Whether a ``Secret`` stands anywhere in ``value``."""
    return _any(value, lambda item: isinstance(item, Secret))


def secrets_in(value: Any, apart: Callable[[str], bool] = lambda _: False) -> Iterator[Any]:
    """What the ``Secret``s in ``value`` hold, but for those of a property for whose name ``apart`` holds."""
    if isinstance(value, Secret):
        yield strip_secrets(value.value)
    elif isinstance(value, Archive):
        yield from secrets_in(value.assets, apart)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not apart(str(key)):
                yield from secrets_in(item, apart)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from secrets_in(item, apart)


def texts_in(value: Any) -> Iterator[str]:
    """Every text in ``value``, an asset's among them, but no keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Asset):
        yield from texts_in(value.text)
    elif isinstance(value, Secret):
        yield from texts_in(value.value)
    elif isinstance(value, Archive):
        yield from texts_in(value.assets)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_in(item)


def mark_copies(value: Any, texts: Collection[str]) -> Any:
    """``value`` with ``Secret`` around every text that has one of ``texts`` in it."""
    if isinstance(value, str):
        return Secret(value) if any(text in value for text in texts) else value
    if isinstance(value, Mapping):
        return {key: mark_copies(item, texts) for key, item in value.items()}
    if isinstance(value, list):
        return [mark_copies(item, texts) for item in value]
    return value


def _any(value: Any, test: Any) -> bool:
    if test(value):
        return True
    if isinstance(value, Secret):
        return _any(value.value, test)
    if isinstance(value, Archive):
        return _any(value.assets, test)
    if isinstance(value, Mapping):
        return any(_any(item, test) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_any(item, test) for item in value)
    return False


def strip_secrets(value: Any) -> Any:
    """``value`` with every ``Secret`` replaced by what it holds."""
    if isinstance(value, Secret):
        return strip_secrets(value.value)
    if isinstance(value, Mapping):
        return {key: strip_secrets(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [strip_secrets(item) for item in value]
    return value


def strip_unknown(value: Any) -> Any:
    """``value`` without the keys and list items that are ``UNKNOWN``; an unknown ``value`` gives None."""
    if isinstance(value, Unknown):
        return None
    if isinstance(value, Mapping):
        return {key: strip_unknown(item) for key, item in value.items() if not isinstance(item, Unknown)}
    if isinstance(value, list | tuple):
        return [strip_unknown(item) for item in value if not isinstance(item, Unknown)]
    return value


def mark_secrets(value: Any, like: Any) -> Any:
    """``value`` with ``Secret`` around whatever stands where ``like`` has a ``Secret``.

    A list whose length changed is hidden whole as soon as one item of ``like``'s list was secret.
    """
    if isinstance(like, Secret):
        return value if isinstance(value, Secret) or value is None else Secret(strip_secrets(value))
    if isinstance(value, Mapping) and isinstance(like, Mapping):
        return {key: mark_secrets(item, like.get(key)) for key, item in value.items()}
    if isinstance(value, list) and isinstance(like, list) and contains_secret(like):
        if len(value) != len(like):
            return Secret(strip_secrets(value))
        return [mark_secrets(item, other) for item, other in zip(value, like, strict=True)]
    return value
