"""Numbers as programs write them."""

import pytest

from aistacks_core.snapshot import UNKNOWN
from aistacks_review.cost import quantities as q


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3, 3), (2.5, 2.5), ("4", 4), (0, 0)]
    + [(v, None) for v in (True, None, UNKNOWN, "x", -1, float("nan"), float("inf"), [], {}, "", "zz0123456789abzz")],
)
def test_number(value, expected):
    assert q.number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("200Gi", 200),
        ("1Ti", 1024),
        ("512Mi", 0.5),
        ("1073741824", 1),
        (1073741824, 1),
        (" 2Gi ", 2),
        ("1e9", 0.931322574615),
    ]
    + [(v, None) for v in ("200GB", "Gi", "-1Gi", "1.2.3Gi", UNKNOWN, None, [], True, "10 Gi B")],
)
def test_gib(value, expected):
    assert q.gib(value) == (None if expected is None else pytest.approx(expected))


def test_gigabytes_are_not_gibibytes():
    assert q.gib("1G") == pytest.approx(1e9 / 2**30)


@pytest.mark.parametrize(
    ("value", "expected"), [("256", 256), ("256000m", 256), ("2k", 2000), (4, 4), ("m", None), (UNKNOWN, None)]
)
def test_cpus(value, expected):
    assert q.cpus(value) == expected


def test_a_text_with_a_mark_is_not_known():
    assert q.text("lake-zz0123456789abzz") is None
    assert q.texts(["a", UNKNOWN]) is None
    assert q.texts(UNKNOWN) is None
    assert q.texts([]) == []


def test_a_path_ends_where_there_is_no_table():
    assert q.at({"a": {"b": 3}}, "a", "b") == 3
    assert q.at({"a": UNKNOWN}, "a", "b") is None
    assert q.at(None, "a") is None
    assert q.rows(UNKNOWN) == []
    assert q.rows([1, {"a": 2}, None]) == [{"a": 2}]
