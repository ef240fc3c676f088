"""What earlier versions brought up, under today's code: nothing that holds data is replaced or deleted.

Each recorded state is put before the engine as what it brought up last, and today's program is previewed over it by
the sandbox's providers; one environment is brought up as it was recorded, and today's program after it. It shows what
the engine does with today's declarations; it doesn't show that AWS would carry an update out.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import lzma
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from aistacks_review.upgrade import is_stateful, judged
from aistacks_sandbox.engine import operations as engine
from aistacks_sandbox.engine.workspace import prepare
from aistacks_sandbox.upgrades.changes import PARTS, Changes, summed_up, touched
from recorded_states import FOLDER, RecordedState, forget, forget_if_known, put_in, recorded

ROOT = Path(__file__).parents[2]
REPLAY = Path(__file__).parent / "replay" / "__main__.py"
EXPECTED = "expected.yaml"
REGION = "eu-west-1"


def expected(release: str) -> Changes:
    listed = yaml.safe_load((FOLDER / release / EXPECTED).read_text())
    return {part: {kind: set(names) for kind, names in listed[part].items()} for part in PARTS}


def beyond(found: Changes, allowed: Changes) -> dict[str, dict[str, list[str]]]:
    """What is in ``found`` and not in ``allowed``."""
    more = {
        part: {
            kind: sorted(names - allowed[part].get(kind, set()))
            for kind, names in kinds.items()
            if names - allowed[part].get(kind, set())
        }
        for part, kinds in found.items()
    }
    return {part: kinds for part, kinds in more.items() if kinds}


def previewed(sandbox: Any, kept: RecordedState) -> list[dict[str, Any]]:
    """The engine's steps from the recorded state to what today's program declares."""
    project = ROOT / "examples" / kept.subject if kept.is_example else ROOT
    stack = "sandbox" if kept.is_example else kept.subject
    workspace = prepare(sandbox.state, project, stack, overrides={"aws:region": REGION}, settings_required=False)
    put_in(sandbox.state, workspace, sandbox.endpoint, kept.read())
    env = engine.environment(sandbox.state, sandbox.endpoint, REGION)
    try:
        return engine.operate(sandbox.state, "preview", workspace, env, f"Previewing over {kept}").steps
    finally:
        forget(sandbox.state, workspace, sandbox.endpoint)


STATES = recorded()
RELEASES = sorted({kept.release for kept in STATES})


@pytest.fixture(scope="module")
def steps(sandbox: Any) -> Callable[[RecordedState], list[dict[str, Any]]]:
    """The engine's steps from a recorded state to today's program; previewed once for all tests."""
    return functools.cache(functools.partial(previewed, sandbox))


@pytest.fixture(scope="module")
def changes(steps: Callable[[RecordedState], list[dict[str, Any]]]) -> Callable[[RecordedState], Changes]:
    """What today's program changes of a recorded state."""
    return lambda kept: summed_up(steps(kept))


def test_the_states_are_kept_small_and_hold_nothing_of_the_machine_that_recorded_them() -> None:
    assert {kept.subject for kept in STATES if not kept.is_example} >= {"dev", "prod", "sandbox", "staging"}
    assert sum(kept.path.stat().st_size for kept in STATES) < 2 * 1024 * 1024
    for kept in STATES:
        text = lzma.decompress(kept.path.read_bytes()).decode()
        for foreign in ("127.0.0.1:", "/home/", "/root/", "sourcePosition", "ciphertext"):
            assert foreign not in text, (str(kept), foreign)


def test_a_stack_that_an_earlier_test_left_behind_keeps_its_settings(sandbox: Any) -> None:
    kept = next(each for each in STATES if each.name == "environment-sandbox")
    workspace = prepare(sandbox.state, ROOT, "sandbox", overrides={"aws:region": REGION})
    put_in(sandbox.state, workspace, sandbox.endpoint, kept.read())
    assert previewed(sandbox, kept)


@pytest.mark.parametrize("kept", STATES, ids=str)
def test_an_upgrade_keeps_what_holds_data_and_changes_only_what_is_expected(
    changes: Callable[[RecordedState], Changes], kept: RecordedState
) -> None:
    found, allowed = changes(kept), expected(kept.release)
    for part in ("replaced", "deleted"):
        lost = {kind: sorted(names) for kind, names in found[part].items() if is_stateful(kind)}
        assert not lost, f"{part}, and it holds data: {lost}"
    more = beyond(found, allowed)
    assert not more, f"{kept.release}/{EXPECTED} doesn't list:\n{yaml.safe_dump(more, width=200)}"


@pytest.mark.parametrize("kept", STATES, ids=str)
def test_whatever_stops_meanwhile_is_in_the_changelog(
    steps: Callable[[RecordedState], list[dict[str, Any]]], kept: RecordedState
) -> None:
    done = steps(kept)
    news = (ROOT / "CHANGELOG.md").read_text()
    found = judged(kept.name, summed_up(done), {}, [], news, touched=touched(done), planned=False)
    assert [f"{each.type} {each.name}: {each.why}" for each in found.unnamed] == []


@pytest.mark.parametrize("release", RELEASES)
def test_what_is_expected_of_an_upgrade_happens(changes: Callable[[RecordedState], Changes], release: str) -> None:
    found: Changes = {part: defaultdict(set) for part in PARTS}
    for kept in STATES:
        if kept.release == release:
            for part, kinds in changes(kept).items():
                for kind, names in kinds.items():
                    found[part][kind] |= names
    stale = beyond(expected(release), found)
    assert not stale, f"{release}/{EXPECTED} lists what doesn't happen:\n{yaml.safe_dump(stale, width=200)}"


def test_todays_program_comes_up_over_a_recorded_environment_and_keeps_what_holds_data(
    sandbox: Any, tmp_path: Path
) -> None:
    kept = next(each for each in STATES if each.name == "environment-sandbox")
    (tmp_path / "recorded.json").write_text(json.dumps(kept.read()))
    today = prepare(sandbox.state, ROOT, "sandbox", overrides={"aws:region": REGION})
    then = dataclasses.replace(today, program=REPLAY)
    engine.plugins(sandbox.state)
    forget_if_known(sandbox.state, today, sandbox.endpoint)
    env = engine.environment(sandbox.state, sandbox.endpoint, REGION)
    recorded_env = {**env, "AISTACKS_RECORDED_STATE": str(tmp_path / "recorded.json")}
    try:
        before = engine.operate(sandbox.state, "up", then, recorded_env, f"Bringing {kept} up")
        # All but the default provider, which the engine makes by itself and counts nowhere.
        assert before.changes == {"create": len(kept.read()["resources"]) - 1}
        after = engine.operate(sandbox.state, "up", today, env, "Bringing today's program up over it")
        found = summed_up(after.steps)
        assert not beyond(found, expected(kept.release))
        assert found["updated"], "the update changed nothing, so it shows nothing"
        ids = holding_data(before)
        assert len(ids) > 10
        assert {name: each for name, each in holding_data(after).items() if name in ids} == ids
    finally:
        engine.operate(sandbox.state, "destroy", today, env, "Destroying it", remove=True)


def holding_data(result: engine.Result) -> dict[tuple[str, str], str]:
    """(type, name) → id of each resource that holds data."""
    return {(each.type, each.name): each.id for each in result.inventory.entries if is_stateful(each.type)}
