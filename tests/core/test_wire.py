from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pulumi.runtime import rpc

from aistacks_core import wire
from aistacks_core.property_values import UNKNOWN, Archive, Asset, Secret
from aistacks_core.wire import from_struct, to_struct

SIGNATURE = "4dabf18193072939515e22adb298388d"


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


def test_where_paths_are_asked_for_secrets_stand_bare() -> None:
    secrets: set[str] = set()
    sent = {"a": [1, Secret("x")], "b": {"c.d": Secret({"e": Secret(UNKNOWN)})}, "f": "y"}
    assert from_struct(to_struct(sent), secrets) == {"a": [1, "x"], "b": {"c.d": {"e": UNKNOWN}}, "f": "y"}
    assert secrets == {"a[1]", 'b["c.d"]', 'b["c.d"].e'}


def test_what_an_asset_becomes_can_be_chosen() -> None:
    sent = {"code": Archive(assets={"a.py": Asset(text="1")})}
    assert from_struct(to_struct(sent), content=lambda fields: sorted(fields)) == {"code": ["assets", "hash"]}


def test_a_secret_is_told_in_the_engine_s_json() -> None:
    assert wire.is_secret({SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:…"})
    assert not wire.is_secret({SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4"})
    assert not wire.is_secret({"ciphertext": "v1:…"})


def test_the_signatures_are_those_of_the_sdk() -> None:
    ours = (wire._SIGNATURE, wire._SECRET, wire._RESOURCE, wire._OUTPUT, wire._ASSET, wire._ARCHIVE)
    assert ours == (
        rpc._special_sig_key,
        rpc._special_secret_sig,
        rpc._special_resource_sig,
        rpc._special_output_value_sig,
        rpc._special_asset_sig,
        rpc._special_archive_sig,
    )
    assert rpc.UNKNOWN in wire.UNKNOWNS
