"""What a replacement takes along when the old resource must go before the new one comes.

As in the engine (``calculateDependentReplacements`` of pkg/resource/deploy, v3.259.0): whatever is fed by the resource
through a property that can't be changed in place is deleted before it and recreated, even where the value will be the
same again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from aistacks_core.snapshot import Registration


def taken_along(
    root: Registration, others: Iterable[Registration], replaced: Callable[[Registration, frozenset[str]], bool]
) -> list[Registration]:
    """Which of ``others`` go with ``root``.

    ``others``: resources of the base in their order. ``replaced(other, keys)``: whether the properties ``keys`` can't
    change in place.
    """
    gone = {root.urn}
    found = []
    for other in others:
        if not other.custom or other.urn in gone:
            continue
        fed = frozenset(key for key, urns in other.property_dependencies.items() if not gone.isdisjoint(urns))
        if other.provider.rpartition("::")[0] in gone or (fed and replaced(other, fed)):
            gone.add(other.urn)
            found.append(other)
    return found
