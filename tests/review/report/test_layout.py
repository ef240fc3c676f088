import itertools
import random

import pytest

from aistacks_review.report.layout import WIDE, layout


def overlapping(placed):
    return [
        (a, b)
        for (a, (x, row)), (b, (other, below)) in itertools.combinations(placed.places.items(), 2)
        if row == below and abs(x - other) < 0.999
    ]


def test_what_needs_stands_below_what_it_needs():
    placed = layout("abcd", [("a", "b"), ("b", "c"), ("a", "d")])
    rows = {node: row for node, (_, row) in placed.places.items()}
    assert rows["a"] < rows["b"] < rows["c"]
    assert rows["d"] == rows["b"]


def test_an_edge_that_a_longer_way_implies_is_left_out():
    placed = layout("abc", [("a", "b"), ("b", "c"), ("a", "c")])
    assert set(placed.routes) == {("a", "b"), ("b", "c")}


def test_a_long_edge_passes_the_rows_between_beside_their_boxes():
    placed = layout("abcdx", [("a", "b"), ("b", "c"), ("x", "c"), ("x", "d"), ("c", "d")])
    for (start, end), route in placed.routes.items():
        assert [row for _, row in route] == list(range(placed.places[start][1], placed.places[end][1] + 1))
    between = [point for route in placed.routes.values() for point in route[1:-1]]
    assert between
    for x, row in between:
        near = [abs(x - column) for column, other in placed.places.values() if other == row]
        assert min(near) > 0.6


def test_a_cycle_has_an_edge_upwards():
    placed = layout("abc", [("a", "b"), ("b", "c"), ("c", "a")])
    assert set(placed.places) == set("abc")
    up = [edge for edge, route in placed.routes.items() if route[0][1] > route[-1][1]]
    assert len(up) <= 1


def test_a_row_is_no_wider_than_the_page():
    placed = layout(range(23), [])
    assert max([row for _, row in placed.places.values()].count(r) for r in range(5)) == WIDE
    assert overlapping(placed) == []


def test_odd_edges_are_left_out():
    assert layout("ab", [("a", "a"), ("a", "z"), ("z", "b")]).routes == {}
    assert layout([], []).places == {}


@pytest.mark.parametrize("seed", range(60))
def test_no_two_boxes_overlap(seed):
    random.seed(seed)
    nodes = range(random.randint(1, 30))
    edges = [(random.choice(nodes), random.choice(nodes)) for _ in range(random.randint(0, 60))]
    placed = layout(nodes, edges)
    assert set(placed.places) == set(nodes)
    assert overlapping(placed) == []
    assert min(x for x, _ in placed.places.values()) >= -1e-9
    assert max(x for x, _ in placed.places.values()) < placed.width
