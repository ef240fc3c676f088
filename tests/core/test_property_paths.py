"""Property paths in the engine's notation."""

import pytest

from aistacks_core.property_paths import at, reset, steps, touches


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a", ["a"]),
        ("a.b[0].c", ["a", "b", 0, "c"]),
        ('tags["a.b"]', ["tags", "a.b"]),
        ('["x\\"y"].z', ['x"y', "z"]),
        ("rules[*].id", ["rules", "*", "id"]),
        ("*", ["*"]),
        ("", []),
        ("a..b", ["a", "b"]),
    ],
)
def test_steps(path, expected):
    assert steps(path) == expected


def test_a_value_is_found_or_absent():
    value = {"a": [{"b": 1}], "c.d": None}
    assert at(value, "a[0].b") == 1
    assert at(value, '["c.d"]', "absent") is None
    assert at(value, "a[1].b", "absent") == "absent"
    assert at(value, "a.b", "absent") == "absent"


@pytest.mark.parametrize(
    ("changed", "pattern", "expected"),
    [
        ("tags.a", "tags", True),
        ("tags", "tags.a", True),
        ("tags.b", "tags.a", False),
        ("rules[3].id", "rules[*].id", True),
        ("rules[3].name", "rules[*].id", False),
        ("anything", "*", True),
    ],
)
def test_touching(changed, pattern, expected):
    assert touches(changed, [pattern]) is expected


@pytest.mark.parametrize(
    ("old", "new", "path", "expected"),
    [
        ({"a": 1}, {"a": 2, "b": 3}, "a", {"a": 1, "b": 3}),
        ({}, {"a": 2}, "a", {}),
        ({"a": 1}, {}, "a", {"a": 1}),
        ({"t": {"x": 1}}, {"t": {"x": 2, "y": 3}}, "t.x", {"t": {"x": 1, "y": 3}}),
        (
            {"l": [{"x": 1}, {"x": 2}]},
            {"l": [{"x": 8}, {"x": 9}, {"x": 7}]},
            "l[*].x",
            {"l": [{"x": 1}, {"x": 2}, {"x": 7}]},
        ),
        ({"l": [1]}, {"l": [2]}, "l[5]", {"l": [2]}),
        ({"a": 1}, {"a": 2}, "b.c", {"a": 2}),
        ({"t": {"a": 1}}, {"t": {"a": 2, "b": 3}}, "t.*", {"t": {"a": 1}}),
    ],
)
def test_reset(old, new, path, expected):
    assert reset(old, new, path) == expected
