"""Every row of the table makes, shows, changes, imports and removes one resource in the emulator.

It proves what the emulator stores, not what AWS would accept.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import sdk_types
from aistacks_core.diffs import Diff
from aistacks_core.property_paths import top_level
from aistacks_core.property_values import Props
from aistacks_sandbox.providers.autoname import Naming
from aistacks_sandbox.providers.aws import table
from aistacks_sandbox.providers.aws.provider import AwsProvider
from aistacks_sandbox.providers.aws.template import fill
from aistacks_sandbox.providers.provider import EMULATED, MARKER, Created, Found, Resource

FIXTURES: Props = yaml.safe_load((Path(__file__).parent / "rows.yaml").read_text(encoding="utf-8"))


GLOBAL = ("aws:iam", "aws:s3")


class Rows:
    """Makes what rows need, once for all of them; it ends with the emulator."""

    def __init__(self) -> None:
        self.made: dict[str, Props] = {}

    def resolved(self, provider: AwsProvider, inputs: Any) -> Any:
        for name in FIXTURES["needs"]:
            if f"${name}." in str(inputs):
                self.need(provider, name)
        return fill(inputs, self.made)

    def need(self, provider: AwsProvider, name: str) -> None:
        if name in self.made:
            return
        entry = FIXTURES["needs"][name]
        inputs = self.resolved(provider, entry["inputs"])
        self.made[name] = provider.create(at(entry["type"]), inputs, preview=False, timeout=0).outputs


@pytest.fixture(scope="session")
def rows() -> Rows:
    return Rows()


def at(token: str) -> Resource:
    return Resource(f"urn:pulumi:dev::project::{token}::row", token, "row")


def checked(provider: AwsProvider, token: str, old: Props | None, new: Props) -> Props:
    return provider.check(at(token), old, new, Naming("row", b"seed"))


def nothing(diff: Diff) -> bool:
    return not diff.changes


@pytest.mark.parametrize("token", sorted(FIXTURES["rows"]))
def test_a_row_lives_a_whole_life(provider: AwsProvider, rows: Rows, token: str) -> None:
    entry = FIXTURES["rows"][token]
    for name in entry.get("also", []):
        rows.need(provider, name)
    inputs = checked(provider, token, None, rows.resolved(provider, entry["inputs"]))
    assert provider._handler(token, inputs).unplaced(inputs) == []  # type: ignore[union-attr]
    created = provider.create(at(token), inputs, preview=False, timeout=0)
    try:
        assert created.outputs[MARKER] == EMULATED
        assert sdk_types.faults(token, created.outputs) == []
        state = unchanged(provider, token, created, inputs)
        if not entry.get("everywhere") and token.split("/")[0] not in GLOBAL:
            # Another region stands for an emulator that lost everything.
            elsewhere = {**inputs, "region": "eu-north-1"}
            assert provider.read(at(token), created.id, elsewhere, created.outputs) is None
        if importable := entry.get("imported", True):
            imported = provider.read(at(token), created.id, {}, {})
            assert imported is not None
            adopted = provider.diff(at(token), created.id, imported.inputs, imported.outputs, inputs)
            assert not adopted.replaces, adopted
            row = table.row(token)
            assert row is not None
            guessed = {*row.local, *row.unread}
            if importable != "partly":
                assert {top_level(path) for path in adopted.changes} <= guessed, adopted
        if "change" in entry:
            new = rows.resolved(provider, {**inputs, **entry["change"]})
            difference = provider.diff(at(token), created.id, inputs, state, new)
            assert difference.changes and not difference.replaces
            outputs = provider.update(at(token), created.id, inputs, state, new, preview=False, timeout=0)
            inputs = new
            created = Created(created.id, outputs)
            state = unchanged(provider, token, created, inputs)
    finally:
        provider.delete(at(token), created.id, inputs, created.outputs, timeout=0)
    if not entry.get("stays"):
        assert provider.read(at(token), created.id, inputs, created.outputs) is None
    provider.delete(at(token), created.id, inputs, created.outputs, timeout=0)


def unchanged(provider: AwsProvider, token: str, created: Created, inputs: Props) -> Props:
    """What was made reads back as it was wanted; gives its state."""
    found = provider.read(at(token), created.id, inputs, created.outputs)
    assert isinstance(found, Found)
    assert found.id == created.id
    assert found.inputs == inputs
    again = provider.diff(at(token), created.id, found.inputs, found.outputs, inputs)
    assert nothing(again), again
    return found.outputs


@pytest.mark.parametrize("token", [token for token in sorted(FIXTURES["rows"]) if token.startswith("aws:s3/")])
def test_what_belonged_to_a_lost_bucket_is_gone(provider: AwsProvider, token: str) -> None:
    inputs = {**fill(FIXTURES["rows"][token]["inputs"], {}), "bucket": "nobody-has-this", "key": "a"}
    found = provider.read(at(token), "nobody-has-this", inputs, inputs)
    assert found is None


def test_every_row_of_the_table_has_a_resource_here() -> None:
    assert sorted(table.tokens()) == sorted(FIXTURES["rows"])
