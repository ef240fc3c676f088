"""Which inputs of a resource must not be shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .property_paths import at
from .snapshot import Registration

_SECRET = "kubernetes:core/v1:Secret"  # noqa: S105 (a type)


def secrets_of(registration: Registration) -> frozenset[str]:
    """Paths of what must not be shown: what the program marked secret, what its type does, and a Secret's content."""
    found = registration.secrets | set(registration.additional_secret_outputs)
    if registration.type == _SECRET:
        found |= {"data", "stringData"}
    return frozenset(found)


def secret_inputs(resources: Iterable[Registration]) -> Iterator[Any]:
    """The values at those paths."""
    for registration in resources:
        if registration.secrets or registration.additional_secret_outputs or registration.type == _SECRET:
            yield from (at(registration.inputs, path) for path in secrets_of(registration))
