from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aistacks_core.property_values import (
    UNKNOWN,
    Archive,
    Asset,
    Secret,
    contains_secret,
    contains_unknown,
    from_struct,
    mark_secrets,
    strip_secrets,
    strip_unknown,
    to_struct,
)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -3,
        1.5,
        "text",
        "",
        [],
        {},
        [1, [None, {"a": UNKNOWN}]],
        {"deep": {"secret": Secret({"inner": [1, UNKNOWN]})}},
        Asset(text="hello", hash="ab"),
        Archive(assets={"a.txt": Asset(path="a.txt")}),
        UNKNOWN,
    ],
)
def test_values_survive_the_protocol(value: object) -> None:
    assert from_struct(to_struct({"key": value})) == {"key": value}


def test_whole_numbers_are_ints_and_huge_ones_stay_floats() -> None:
    read = from_struct(to_struct({"small": 3.0, "huge": 1e300}))
    assert isinstance(read["small"], int)
    assert read["huge"] == 1e300


def test_a_time_is_sent_as_iso_text() -> None:
    assert from_struct(to_struct({"at": datetime(2026, 11, 23, tzinfo=UTC)}))["at"] == "2026-11-23T00:00:00+00:00"


def test_an_output_value_gives_what_it_holds() -> None:
    signature = {"4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4"}
    read = from_struct(to_struct({"known": {**signature, "value": 1, "secret": True}, "unknown": signature}))
    assert read == {"known": Secret(1), "unknown": UNKNOWN}


def test_a_resource_reference_gives_its_id() -> None:
    signature = {"4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e"}
    assert from_struct(to_struct({"r": {**signature, "urn": "urn:x", "id": "i-1"}})) == {"r": "i-1"}


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
