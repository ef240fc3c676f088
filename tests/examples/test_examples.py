"""Each example goes up in the sandbox as it is pasted, and is gone again afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

import aistacks
from aistacks_sandbox import cloud, down
from aistacks_sandbox.run import run

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/__main__.py"))
COMPOSED = "ai_cloud"


@pytest.fixture(scope="module")
def held_before(sandbox: Any) -> list[str]:
    return left(sandbox)


def left(sandbox: Any) -> list[str]:
    ground = cloud.find(sandbox.state)
    assert ground
    return down.leftovers(sandbox.state, ground)


def test_there_is_one_for_each_component_and_one_that_composes_them() -> None:
    exported = {name: getattr(aistacks, name) for name in aistacks.__all__}
    components = {name for name, value in exported.items() if _is_component(value)}
    assert len(components) >= 8
    assert {name for name in components if f"{name}(" in _text(COMPOSED)} == components
    alone = {name.replace("_", "") for name in NAMES if name != COMPOSED}
    assert alone == {name.lower() for name in components}


def _is_component(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, pulumi.ComponentResource)


def _text(name: str) -> str:
    return (EXAMPLES / name / "__main__.py").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_an_example_goes_up_and_is_gone_again(sandbox: Any, held_before: list[str], name: str) -> None:
    folder = EXAMPLES / name
    before = sorted(path.name for path in folder.iterdir() if path.name != "__pycache__")
    project = yaml.safe_load((folder / "Pulumi.yaml").read_text())["name"]
    assert project == f"example-{name.replace('_', '-')}"
    try:
        up = run(sandbox.project, folder, "sandbox")
        assert up.changed == sum(up.changes.values()) > 3
        assert up.outputs and None not in up.outputs.values()
        only_recorded = {kind for kind, _ in up.inventory.counted("not emulated")}
        assert only_recorded <= {"kubernetes:helm.sh/v3:Release"}
        if name == COMPOSED:
            assert run(sandbox.project, folder, "sandbox").changed == 0
    finally:
        gone = run(sandbox.project, folder, "sandbox", destroy=True)
    assert gone.changes == {"delete": up.changed}
    assert left(sandbox) == held_before
    assert sorted(path.name for path in folder.iterdir() if path.name != "__pycache__") == before
