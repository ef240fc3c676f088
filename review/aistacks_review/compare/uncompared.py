"""What can't be compared, because it isn't known on either side: as a list, and in a few lines for a reader."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aistacks_core.property_paths import top_level
from aistacks_core.snapshot import INCOMPARABLE, Opaque, Registration

from .settling import outputs_in_words

_SHOWN = 3
_MOST = 20
"""Lines; of more there is one with the sum."""


@dataclass(frozen=True)
class Uncompared:
    """One property that may have changed or not. ``path``: in the engine's notation. ``why``: a clause."""

    resource: Registration
    path: str
    why: str


def uncompared(new: Registration, paths: Iterable[str]) -> Iterator[Uncompared]:
    """The properties of ``new`` at ``paths``, with what each was computed from."""
    for path in paths:
        names = list(outputs_in_words(new, top_level(path)))
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        made = f"computed from {', '.join(names[:_SHOWN])}{more}" if names else "computed from something"
        yield Uncompared(new, path, f"{made}, which isn't known before deployment")


def ignored(new: Registration, paths: Iterable[str]) -> Iterator[Uncompared]:
    """The assets of ``new`` at ``paths`` that hold files of which the other revision has none."""
    for path in paths:
        yield Uncompared(new, path, "git ignores files in it, so the base has none to compare with")


def parts(found: Iterable[Uncompared]) -> list[Opaque]:
    """As parts of a plan that can't be seen: one for each reason, or a single one where there are very many."""
    groups: dict[str, list[Uncompared]] = defaultdict(list)
    for one in found:
        groups[one.why].append(one)
    if len(groups) > _MOST:
        every = [one for group in groups.values() for one in group]
        resources = len({one.resource.urn for one in every})
        why = "computed from what isn't known before deployment"
        return [Opaque(INCOMPARABLE, f"{len(every):,} properties of {resources:,} resources, {why}")]
    return [_part(why, group) for why, group in groups.items()]


def _part(why: str, group: list[Uncompared]) -> Opaque:
    named = dict.fromkeys(f"{one.path} of {one.resource.name}" for one in group)
    shown = ", ".join(list(named)[:_SHOWN])
    more = f" and {len(named) - _SHOWN:,} more" if len(named) > _SHOWN else ""
    first = group[0].resource
    return Opaque(INCOMPARABLE, f"{shown}{more}: {why}", first.file, first.line)
