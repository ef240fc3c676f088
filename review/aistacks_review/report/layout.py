"""Where the boxes of a small graph go: layers from top to bottom, with few crossings.

Thirty boxes need no library: the ones at hand are a second's import or no longer kept.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise

WIDE = 5
"""Boxes side by side."""
_SWEEPS = 8
_BEND = 0.35
"""Room of an edge that passes a layer, in boxes."""


@dataclass(frozen=True)
class Layout:
    """``places``: column (in boxes, may be a fraction) and row of each node. ``routes``: of each edge (from, to), the
    places that it passes, ends included. ``width`` and ``height`` in boxes."""

    places: dict[Hashable, tuple[float, int]] = field(default_factory=dict)
    routes: dict[tuple[Hashable, Hashable], list[tuple[float, int]]] = field(default_factory=dict)
    width: float = 0
    height: int = 0


def layout(nodes: Iterable[Hashable], edges: Iterable[tuple[Hashable, Hashable]]) -> Layout:
    """Of a graph that may have cycles. Edges lead downwards, but for those that close a cycle; an edge that longer
    ways imply is left out, one to itself or to an unknown node, too."""
    ordered = list(dict.fromkeys(nodes))
    known = set(ordered)
    wanted = [(a, b) for a, b in dict.fromkeys(edges) if a != b and a in known and b in known]
    down = _acyclic(ordered, wanted)
    drawn = _reduced(ordered, [(b, a) if (a, b) not in down else (a, b) for a, b in wanted])
    rows = _rows(ordered, drawn)
    layers: list[list[Hashable]] = [[] for _ in range(max(rows.values(), default=-1) + 1)]
    for node in ordered:
        layers[rows[node]].append(node)
    chains = _chains(drawn, rows, layers)
    columns = _columns(layers, chains, known)
    places = {node: (columns[node], rows[node]) for node in ordered}
    routes: dict[tuple[Hashable, Hashable], list[tuple[float, int]]] = {}
    for (a, b), chain in chains.items():
        route = [(columns[one], rows[a] + step) for step, one in enumerate(chain)]
        # A turned edge is drawn as it is meant.
        routes[(a, b) if (a, b) in down else (b, a)] = route if (a, b) in down else route[::-1]
    return Layout(places, routes, max((x for x, _ in places.values()), default=0) + 1, len(layers))


def _acyclic(nodes: list[Hashable], edges: list[tuple[Hashable, Hashable]]) -> set[tuple[Hashable, Hashable]]:
    """The edges that close no cycle, by a walk in depth."""
    below: dict[Hashable, list[Hashable]] = {node: [] for node in nodes}
    for a, b in edges:
        below[a].append(b)
    kept: set[tuple[Hashable, Hashable]] = set()
    state: dict[Hashable, int] = {}
    for root in nodes:
        stack = [(root, iter(below[root]))] if root not in state else []
        state.setdefault(root, 1)
        while stack:
            node, left = stack[-1]
            nxt = next(left, None)
            if nxt is None:
                state[node] = 2
                stack.pop()
            elif state.get(nxt) != 1:
                kept.add((node, nxt))
                if nxt not in state:
                    state[nxt] = 1
                    stack.append((nxt, iter(below[nxt])))
    return kept


def _reduced(nodes: list[Hashable], edges: list[tuple[Hashable, Hashable]]) -> list[tuple[Hashable, Hashable]]:
    below: dict[Hashable, set[Hashable]] = {node: set() for node in nodes}
    for a, b in edges:
        below[a].add(b)

    def reach(node: Hashable) -> set[Hashable]:
        found: set[Hashable] = set()
        waiting = list(below[node])
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting.extend(below[one])
        return found

    beyond = {node: reach(node) for node in nodes}
    return [(a, b) for a, b in dict.fromkeys(edges) if not any(b in beyond[c] for c in below[a] if c != b)]


def _rows(nodes: list[Hashable], edges: list[tuple[Hashable, Hashable]]) -> dict[Hashable, int]:
    """Each below all that it comes from, and at most ``WIDE`` in a row."""
    above: dict[Hashable, set[Hashable]] = {node: set() for node in nodes}
    for a, b in edges:
        above[b].add(a)
    rows: dict[Hashable, int] = {}
    full: dict[int, int] = {}
    while len(rows) < len(nodes):
        for node in nodes:
            if node in rows or not above[node] <= rows.keys():
                continue
            row = max((rows[a] + 1 for a in above[node]), default=0)
            while full.get(row, 0) >= WIDE:
                row += 1
            rows[node] = row
            full[row] = full.get(row, 0) + 1
    return rows


Chains = dict[tuple[Hashable, Hashable], list[Hashable]]


def _chains(edges: list[tuple[Hashable, Hashable]], rows: dict[Hashable, int], layers: list[list[Hashable]]) -> Chains:
    """An edge over several rows gets a place of its own in each that it passes."""
    chains: Chains = {}
    for a, b in edges:
        passed: list[Hashable] = []
        for row in range(rows[a] + 1, rows[b]):
            bend = ("passes", a, b, row)
            layers[row].append(bend)
            passed.append(bend)
        chains[a, b] = [a, *passed, b]
    return chains


def _columns(layers: list[list[Hashable]], chains: Chains, known: set[Hashable]) -> dict[Hashable, float]:
    near: dict[Hashable, list[Hashable]] = {}
    far: dict[Hashable, list[Hashable]] = {}
    for chain in chains.values():
        for a, b in pairwise(chain):
            near.setdefault(b, []).append(a)
            far.setdefault(a, []).append(b)
    columns = {node: float(place) for layer in layers for place, node in enumerate(layer)}
    for sweep in range(_SWEEPS):
        to = near if sweep % 2 == 0 else far
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            wanted_at = {n: sum(columns[m] for m in to[n]) / len(to[n]) if to.get(n) else columns[n] for n in layer}
            layer.sort(key=lambda n: wanted_at[n])
            _settle(layer, wanted_at, columns, known)
    left = min((columns[n] for n in columns), default=0)
    return {node: column - left for node, column in columns.items()}


def _settle(
    layer: list[Hashable], wanted_at: dict[Hashable, float], columns: dict[Hashable, float], known: set[Hashable]
) -> None:
    """In order, no two closer than they are wide, and on average where they wish to be."""
    at = float("-inf")
    before = 0.0
    for node in layer:
        half = 0.5 if node in known else _BEND / 2
        at = max(wanted_at[node], at + before + half)
        columns[node] = at
        before = half
    if layer:
        shift = sum(wanted_at[n] - columns[n] for n in layer) / len(layer)
        for node in layer:
            columns[node] += shift
