from __future__ import annotations

from aistacks_core.property_values import (
    UNKNOWN,
    Secret,
    contains_secret,
    contains_unknown,
    mark_secrets,
    strip_secrets,
    strip_unknown,
)


def test_unknowns_and_secrets_are_found_anywhere() -> None:
    assert contains_unknown([{"a": Secret([UNKNOWN])}])
    assert not contains_unknown({"a": [Secret(1)]})
    assert contains_secret({"a": [Secret(1)]})
    assert not contains_secret({"a": [1]})


def test_stripping() -> None:
    assert strip_secrets({"a": Secret([Secret(1)])}) == {"a": [1]}
    assert strip_unknown({"a": UNKNOWN, "b": [UNKNOWN, 1]}) == {"b": [1]}


def test_marking_hides_what_was_hidden() -> None:
    like = {"a": Secret(1), "b": [Secret(1)], "c": {"d": Secret(2)}, "gone": Secret(1)}
    marked = mark_secrets({"a": 5, "b": [5, 6], "c": {"d": [7]}, "new": 1}, like)
    assert marked == {"a": Secret(5), "b": Secret([5, 6]), "c": {"d": Secret([7])}, "new": 1}


def test_a_secret_does_not_show_in_its_repr() -> None:
    assert "hunter2" not in repr(Secret("hunter2"))
