"""The components of an environment, what changes of each, and which needs which."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from ..review import Review
from .escape import clean
from .layout import layout
from .overview import Group, groups, name_of, owners, registrations, titles
from .wording import DONE, SIGNS, WORST_FIRST, join_names, noun

MOST = 30
_BOX = (184, 74)
_GAP = (22, 46)
_MARGIN = 6
_LETTERS = 23


@dataclass(frozen=True)
class Box:
    """A component as drawn, in pixels of the picture. Texts are clean, not escaped."""

    x: float
    y: float
    kind: str
    """Of its worst change, a ``ChangeKind``, or ``same``."""
    head: str
    name: str
    says: str


@dataclass(frozen=True)
class Row:
    """A component in words, for who doesn't see the picture."""

    title: str
    happens: str
    needs: str


@dataclass(frozen=True)
class Graph:
    """``boxes`` and ``edges`` (paths of SVG) within ``width`` by ``height`` pixels."""

    boxes: list[Box] = field(default_factory=list)
    edges: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    left_out: int = 0
    width: int = 0
    height: int = 0
    box: tuple[int, int] = _BOX


def graph(review: Review) -> Graph:
    """At most ``MOST`` components, those that change first. An edge leads from what is needed to what needs it."""
    names, owner = titles(review), owners(review)
    changed = {group.urn: group for group in groups(review)}
    needs = _needs(review, owner)
    all_ = list(dict.fromkeys([*(owner[r.urn] for r in registrations(review)), *changed]))
    chosen = sorted(all_, key=lambda u: (u not in changed, u == "", -len(needs[u])))[:MOST]
    chosen = [urn for urn in all_ if urn in set(chosen)]
    placed = layout(chosen, ((a, b) for b in chosen for a in sorted(needs[b])))
    kinds = {r.urn: (noun(r.type, custom=False), r.name) for r in registrations(review) if not r.custom}
    (wide, high), (aside, below) = _BOX, _GAP

    def spot(column: float, row: int) -> tuple[float, float]:
        return _MARGIN + column * (wide + aside), _MARGIN + row * (high + below)

    boxes = []
    for urn in chosen:
        x, y = spot(*placed.places[urn])
        head, name = kinds.get(urn, (name_of(urn, names), ""))
        boxes.append(Box(round(x, 1), y, _worst(changed.get(urn)), _short(head), _short(name), _says(changed.get(urn))))
    edges = [_edge([spot(*place) for place in route]) for route in placed.routes.values()]
    rows = [
        Row(
            clean(name_of(urn, names)),
            changed[urn].summary if urn in changed else "no change",
            join_names(sorted(clean(name_of(one, names)) for one in needs[urn])) or "nothing",
        )
        for urn in chosen
    ]
    width = max((box.x for box in boxes), default=0) + wide + _MARGIN
    height = max((box.y for box in boxes), default=0) + high + _MARGIN
    return Graph(boxes, edges, rows, len(all_) - len(chosen), round(width), round(height))


def _needs(review: Review, owner: dict[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for one in registrations(review):
        here = owner[one.urn]
        sources = {*one.dependencies, one.provider.rpartition("::")[0]}
        sources.update(*one.property_dependencies.values())
        for urn in sources:
            there = owner.get(urn)
            if there is not None and there != here:
                found[here].add(there)
    return found


def _worst(group: Group | None) -> str:
    return min((c.kind for c in group.changes), key=WORST_FIRST.index).value if group else "same"


def _says(group: Group | None) -> str:
    if group is None:
        return "no change"
    numbers = {kind: sum(c.kind is kind for c in group.changes) for kind in WORST_FIRST}
    there = [kind for kind in WORST_FIRST if numbers[kind]]
    if len(there) == 1:
        return f"{SIGNS[there[0]]}{numbers[there[0]]:,} {DONE[there[0]]}"
    return "  ".join(f"{SIGNS[kind]}{numbers[kind]:,}" for kind in there)


def _short(text: str) -> str:
    return clean(text, _LETTERS)


def _edge(points: list[tuple[float, float]]) -> str:
    """From a box's foot through the gaps to a box's head, or back up for an edge that closes a cycle."""
    (wide, high), _ = _BOX, _GAP
    down = points[0][1] < points[-1][1]
    middle = wide / 2
    start, *passed, end = [(x + middle, y) for x, y in points]
    way = [(start[0], start[1] + (high if down else 0))]
    for x, y in passed:
        way += [(x, y), (x, y + high)] if down else [(x, y + high), (x, y)]
    way.append((end[0], end[1] + (0 if down else high)))
    path = f"M{way[0][0]:.1f} {way[0][1]:.1f}"
    for place, ((x, y), (to_x, to_y)) in enumerate(pairwise(way)):
        if place % 2:
            path += f"L{to_x:.1f} {to_y:.1f}"
        else:
            half = (y + to_y) / 2
            path += f"C{x:.1f} {half:.1f} {to_x:.1f} {half:.1f} {to_x:.1f} {to_y:.1f}"
    return path
