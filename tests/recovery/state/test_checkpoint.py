"""Which bytes are a state that the engine would take."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from aistacks_recovery.state.checkpoint import Checkpoint, DamagedError, compressed_as, read_checkpoint, uncompressed
from engine_stacks import EngineStack

URN = "urn:pulumi:dev::cloud::"
STACK = {"urn": f"{URN}pulumi:pulumi:Stack::cloud-dev", "type": "pulumi:pulumi:Stack", "custom": False}
PROVIDER = {"urn": f"{URN}pulumi:providers:aws::p", "type": "pulumi:providers:aws", "custom": True, "id": "p1"}
KEY = {
    "urn": f"{URN}aws:kms/key:Key::key",
    "type": "aws:kms/key:Key",
    "custom": True,
    "id": "k1",
    "parent": STACK["urn"],
    "provider": f"{PROVIDER['urn']}::p1",
}
BUCKET = {
    **KEY,
    "urn": f"{URN}aws:s3/bucket:Bucket::bucket",
    "type": "aws:s3/bucket:Bucket",
    "id": "b1",
    "dependencies": [KEY["urn"]],
    "propertyDependencies": {"key": [KEY["urn"]]},
    "deletedWith": KEY["urn"],
}


def written(*resources: dict[str, Any], version: str = "v3.259.0", **more: Any) -> bytes:
    magic = hashlib.sha256(version.encode()).hexdigest()
    latest = {"manifest": {"version": version, "magic": magic}, "resources": list(resources), **more}
    return json.dumps({"version": 3, "checkpoint": {"stack": "organization/cloud/dev", "latest": latest}}).encode()


WHOLE = written(STACK, PROVIDER, KEY, BUCKET)


def test_what_exists_outside_the_state_is_counted_by_its_id() -> None:
    read = {**KEY, "urn": f"{URN}x::read", "external": True}
    found = read_checkpoint(written(STACK, PROVIDER, KEY, BUCKET, read))
    assert found.ids == {KEY["urn"]: "k1", BUCKET["urn"]: "b1"}
    assert found.engine == "v3.259.0"


@pytest.mark.parametrize(
    "content",
    [
        b'{"version":0,"checkpoint":{"stack":"organization/cloud/dev"}}',
        b'{"version":3,"checkpoint":{"stack":"organization/cloud/dev","latest":null}}',
        b'{"stack":"dev"}',
    ],
    ids=["as `stack init` writes it", "as `stack import` of nothing", "from before versions"],
)
def test_a_new_stacks_state_is_empty_and_good(content: bytes) -> None:
    assert read_checkpoint(content).ids == {}


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_compression_is_told_by_the_first_bytes_and_another_one_is_the_same_state(suffix: str) -> None:
    kept = compressed_as(suffix, WHOLE)
    assert uncompressed(kept) == WHOLE
    assert read_checkpoint(kept) == read_checkpoint(WHOLE)


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_bytes_that_are_cut_off_anywhere_are_damaged(suffix: str) -> None:
    kept = compressed_as(suffix, WHOLE)
    for length in range(len(kept) - 1):
        with pytest.raises(DamagedError):
            read_checkpoint(kept[:length])


def test_a_byte_of_a_compressed_state_that_changed_is_damage() -> None:
    kept = bytearray(gzip.compress(WHOLE))
    kept[len(kept) // 2] ^= 0xFF
    with pytest.raises(DamagedError):
        read_checkpoint(bytes(kept))


@pytest.mark.parametrize("content", [b"", b" \n", b"\x00" * 100, b"null", b"{}", b"[]", b'"x"', b'{"version":3}'])
def test_what_is_no_checkpoint_is_damaged(content: bytes) -> None:
    with pytest.raises(DamagedError):
        read_checkpoint(content)


@pytest.mark.parametrize("version", [5, "3", None, -1])
def test_a_format_that_nobody_knows_is_not_guessed(version: object) -> None:
    whole = {**json.loads(WHOLE), "version": version}
    with pytest.raises(DamagedError):
        read_checkpoint(json.dumps(whole).encode())


BROKEN: dict[str, tuple[str, Callable[[], bytes]]] = {
    "magic": ("the manifest's magic", lambda: WHOLE.replace(b"v3.259.0", b"v3.260.0")),
    "urn": ("no URN", lambda: written({**STACK, "urn": ""})),
    "type": ("no type", lambda: written({**STACK, "type": ""})),
    "component": ("has an id", lambda: written({**STACK, "id": "x"})),
    "reference": ("a provider that isn't there", lambda: written(STACK, PROVIDER, {**KEY, "provider": "aws"})),
    "provider": ("a provider that isn't there", lambda: written(STACK, KEY, PROVIDER)),
    "parent after": ("before what it needs", lambda: written(PROVIDER, KEY, STACK)),
    "parent": ("or without it: .*cloud-dev", lambda: written(PROVIDER, KEY)),
    "dependency": ("or without it: .*key", lambda: written(STACK, PROVIDER, {**BUCKET, "deletedWith": ""})),
    "dependency after": ("before what it needs", lambda: written(STACK, PROVIDER, {**BUCKET, "dependencies": []}, KEY)),
    "owner": (
        "without it",
        lambda: written(STACK, PROVIDER, {**BUCKET, "dependencies": [], "propertyDependencies": {}}),
    ),
    "twice": ("is there twice", lambda: written(STACK, PROVIDER, KEY, {**KEY, "id": "k2"})),
    "shape": ("another shape", lambda: written(STACK, PROVIDER, {**KEY, "dependencies": 7})),
    "no resource": ("another shape", lambda: written(["no resource"])),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_rule_of_the_engines_that_is_broken_is_named(rule: str) -> None:
    told, broken = BROKEN[rule]
    with pytest.raises(DamagedError, match=told):
        read_checkpoint(broken())


@pytest.mark.parametrize("rule", BROKEN)
def test_the_engine_refuses_what_we_call_broken(in_folder: EngineStack, rule: str) -> None:
    in_folder.path_of_checkpoint.write_bytes(BROKEN[rule][1]())
    assert in_folder.run("stack").returncode


def test_the_engine_takes_what_we_call_good(in_folder: EngineStack) -> None:
    for content in (WHOLE, written(STACK, PROVIDER, KEY, {**KEY, "id": "k2", "delete": True})):
        in_folder.path_of_checkpoint.write_bytes(content)
        done = in_folder.run("stack")
        assert done.returncode == 0, done.stderr


def test_what_is_being_replaced_may_be_there_twice_and_without_its_provider() -> None:
    found: Checkpoint = read_checkpoint(written(STACK, PROVIDER, KEY, {**KEY, "id": "k2", "delete": True}))
    assert len(found.deployment.resources) == 4
    read_checkpoint(written(STACK, {**KEY, "pendingReplacement": True}))
