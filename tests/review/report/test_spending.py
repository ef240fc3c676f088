from aistacks_review.cost.figures import Cost, CostLine, Estimate, Range
from aistacks_review.report.spending import Spending, change_of, spending, together


def line(urn, dollars):
    return CostLine(urn, "x", Range(1, 1, 1), "hours", 1, Range(0, dollars, 2 * dollars), "s")


def test_sums_by_component_dearest_first(reviewed, registration):
    lake = registration("x:y:Lake", "l", custom=False)
    one, two = (registration("a:b:C", name, lake.urn) for name in "12")
    alone, gone = registration("a:b:C", "alone"), registration("a:b:C", "gone")
    head = Estimate("r", [line(one.urn, 1), line(alone.urn, 9), line(two.urn, 2), line("of nothing known", 0.5)])
    base = Estimate("r", [line(one.urn, 1), line(gone.urn, 4)])
    review = reviewed(head=[lake, one, two, alone], base=[lake, one, gone], cost=Cost(head, base))
    found = spending(review)
    assert found == [
        Spending("outside any component", Range(0, 9.5, 19), Range(0, 4, 8), change=5.5),
        Spending("Lake l", Range(0, 3, 6), Range(0, 1, 2), change=2),
    ]
    assert [row.change for row in found] == [5.5, 2]
    assert together(review.cost).change == 7.5


def test_without_a_base_nothing_is_compared(reviewed, registration):
    one = registration("a:b:C", "1")
    review = reviewed(head=[one], cost=Cost(Estimate("r", [line(one.urn, 1)])))
    assert spending(review)[0].change is None
    assert together(review.cost).change is None


def test_the_rest_is_summed_in_the_last_row(reviewed, registration):
    components = [registration("x:y:Z", str(i), custom=False) for i in range(20)]
    lines = [line(c.urn, 20 - i) for i, c in enumerate(components)]
    found = spending(reviewed(head=components, cost=Cost(Estimate("r", lines))), most=5)
    assert [row.title for row in found] == ["Z 0", "Z 1", "Z 2", "Z 3", "16 other components"]
    assert sum(row.now.expected for row in found) == 210


def test_no_cost_no_rows(reviewed):
    assert spending(reviewed()) == []
    assert spending(reviewed(cost=Cost(Estimate("r")))) == []


def test_a_base_that_cannot_be_planned_makes_nothing_new(reviewed, registration):
    one = registration("a:b:C", "1")
    cost = Cost(Estimate("r", [line(one.urn, 20)]))
    review = reviewed(head=[one], cost=cost, base_error="it fails", without_base=True)
    assert [row.changes for row in spending(review)] == ["not known"]
    assert together(cost, review).changes == "not known"
    assert change_of(cost, review) == "change not known"
    assert change_of(cost) == ""
