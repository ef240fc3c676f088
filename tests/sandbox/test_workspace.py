"""The engine's copy of a project: what is copied, what stays, and what a bad file looks like."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from aistacks_core.errors import UserError
from aistacks_sandbox.engine.workspace import forget, prepare
from aistacks_sandbox.state import State

SETTINGS = "config:\n  aws:region: eu-west-1\n  app:deep: {a: 1, b: {c: 2}}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "stacks").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: app\nruntime: python\nmain: stacks\nstackConfigDir: stacks\n")
    (folder / "stacks" / "__main__.py").touch()
    (folder / "stacks" / "Pulumi.dev.yaml").write_text(SETTINGS)
    return folder


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state")


def test_the_copy_holds_the_settings_with_overrides_merged_and_the_project_stays_as_it_was(
    project: Path, state: State
) -> None:
    overrides = {"app:deep": {"b": {"c": 3}}, "app:new": [1]}
    made = prepare(state, project, "dev", overrides=overrides)
    assert (made.project, made.stack, made.program) == ("app", "dev", project / "stacks")
    copied = yaml.safe_load((made.folder / "stacks" / "Pulumi.dev.yaml").read_text())
    assert copied == {"config": {"aws:region": "eu-west-1", "app:deep": {"a": 1, "b": {"c": 3}}, "app:new": [1]}}
    assert (project / "stacks" / "Pulumi.dev.yaml").read_text() == SETTINGS
    assert made.folder.is_relative_to(state.root)
    assert (made.folder / "stacks").is_dir(), "the engine wants the folder of `main`"


def test_the_engines_salt_survives_the_next_copy_and_the_stacks_secrets_provider_stays_away(
    project: Path, state: State
) -> None:
    (project / "stacks" / "Pulumi.dev.yaml").write_text(
        SETTINGS + "secretsprovider: awskms://alias/x\nencryptedkey: abc\nencryptionsalt: v1:theirs\n"
    )
    copy = prepare(state, project, "dev").folder / "stacks" / "Pulumi.dev.yaml"
    assert list(yaml.safe_load(copy.read_text())) == ["config"]
    copy.write_text(copy.read_text() + "encryptionsalt: v1:engine\n")
    prepare(state, project, "dev")
    assert yaml.safe_load(copy.read_text())["encryptionsalt"] == "v1:engine"
    forget(state, "app")
    assert not copy.exists()


def test_a_program_outside_of_the_project_is_refused(project: Path, state: State) -> None:
    (project / "Pulumi.yaml").write_text("name: app\nruntime: python\nmain: ..\n")
    with pytest.raises(UserError, match=r"Pulumi.yaml: main: got '\.\.'; expected a place in the project"):
        prepare(state, project, "dev", settings_required=False)


def test_a_missing_settings_file_is_named_unless_none_is_needed(project: Path, state: State) -> None:
    with pytest.raises(UserError) as error:
        prepare(state, project, "nowhere")
    assert str(error.value) == (
        f"{project}/stacks/Pulumi.nowhere.yaml: got no such file; expected one of the environments dev"
    )
    made = prepare(state, project, "nowhere", settings_required=False, overrides={"aws:region": "x"})
    assert yaml.safe_load((made.folder / "stacks" / "Pulumi.nowhere.yaml").read_text()) == {
        "config": {"aws:region": "x"}
    }


@pytest.mark.parametrize("stack", ["../dev", "a/b", "", "x" * 101, "a b"])
def test_what_is_no_name_of_a_stack_is_refused_and_nothing_written(project: Path, state: State, stack: str) -> None:
    with pytest.raises(UserError, match="the stack's name: got"):
        prepare(state, project, stack, settings_required=False)
    assert not state.exists()


def test_a_project_without_a_program_is_refused(project: Path, state: State) -> None:
    (project / "stacks" / "__main__.py").unlink()
    with pytest.raises(UserError, match=r"stacks: got no __main__.py there; expected a Pulumi Python program"):
        prepare(state, project, "dev")


def test_a_program_may_be_a_file(project: Path, state: State) -> None:
    (project / "app.py").touch()
    (project / "Pulumi.yaml").write_text("name: app\nruntime: python\nmain: app.py\n")
    made = prepare(state, project, "dev", settings_required=False)
    assert made.program == project / "app.py" and made.folder.is_dir()


def test_settings_whose_config_is_no_table_are_refused(project: Path, state: State) -> None:
    path = project / "stacks" / "Pulumi.dev.yaml"
    path.write_text("config: 7\n")
    with pytest.raises(UserError, match=r"Pulumi.dev.yaml: config: got 7; expected a mapping"):
        prepare(state, project, "dev")
