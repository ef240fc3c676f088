"""The command's edge: what it refuses, in one line and with exit code 2, having changed nothing."""

from __future__ import annotations

import fcntl
import shutil
import socket
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aistacks_cli.sandbox import project_of
from aistacks_core.errors import UserError
from aistacks_sandbox import cloud, processes
from aistacks_sandbox.engine import operations as engine
from aistacks_sandbox.engine.inventory import Inventory
from aistacks_sandbox.engine.workspace import Workspace
from aistacks_sandbox.programs import engine as engine_tool
from aistacks_sandbox.state import State

Command = Callable[..., Any]
STACKS = Path(__file__).parents[2] / "stacks"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of this repo's project that has no sandbox yet."""
    folder = tmp_path / "project"
    shutil.copytree(STACKS, folder / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(STACKS.parent / "Pulumi.yaml", folder)
    return folder


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fly"], "No such command 'fly'"),
        (["sandbox", "upp"], "No such command 'upp'"),
        (["sandbox", "up", "--fast"], "No such option: --fast"),
        (["sandbox", "up", "dev", "prod"], "unexpected extra argument"),
        (["sandbox", "run"], "Missing argument 'program'"),
    ],
)
def test_a_word_that_the_command_does_not_know(command: Command, words: list[str], said: str) -> None:
    answer = command(*words)
    assert answer.code == 2
    assert said in " ".join(answer.err.replace("│", " ").split())
    assert "Traceback" not in answer.err


def test_no_project_here_or_above(command: Command, tmp_path: Path) -> None:
    here = tmp_path / "empty"
    here.mkdir()
    for verb in ("up", "status", "env", "down"):
        assert command("sandbox", verb, cwd=here).mistake == (
            f"{here}: got no Pulumi.yaml here or above; expected a Pulumi project. Go to one, or give --project."
        )
    line = command("sandbox", "up", "--project", here).mistake
    assert line == f"{here}: got no Pulumi.yaml there; expected the folder of a Pulumi project"


def test_the_project_is_found_upwards(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "stacks")
    assert project_of(None) == project


def test_an_environment_without_a_file(command: Command, project: Path) -> None:
    assert command("sandbox", "up", "nowhere", cwd=project).mistake == (
        f"{project}/stacks/Pulumi.nowhere.yaml: got no such file;"
        " expected one of the environments dev, prod, sandbox, staging"
    )
    assert not State.of(project).exists()


def test_a_settings_file_that_is_no_yaml(command: Command, project: Path) -> None:
    path = project / "stacks" / "Pulumi.sandbox.yaml"
    path.write_text("config:\n  a: [1\n  b: 2\n")
    assert command("sandbox", "up", cwd=project).mistake.startswith(f"{path}:3: got ")
    assert not State.of(project).exists()


def test_where_there_is_no_sandbox(command: Command, project: Path) -> None:
    assert command("sandbox", "env", cwd=project).mistake == (
        "the sandbox: got none that runs here; expected a running one. Run `aistacks sandbox up`."
    )
    told = command("sandbox", "status", cwd=project)
    assert (told.code, told.out) == (3, "There is no sandbox here. `aistacks sandbox up` makes one.\n")
    down = command("sandbox", "down", cwd=project)
    assert (down.code, down.out) == (0, "There is no sandbox here: nothing to do.\n")
    assert command("recover", cwd=project).mistake == (
        "aistacks recover: got no environment, and no sandbox here; expected one of them. Name an environment."
    )
    assert command("recover", "--take", "net=vpc-1", cwd=project).mistake.startswith(
        "aistacks recover: got a decision, and no environment; expected the environment"
    )
    assert not State.of(project).exists(), "a question made something"


def test_a_second_command_at_the_same_time(command: Command, project: Path) -> None:
    state = State.of(project)
    with (state.root.parent.parent / "Pulumi.yaml").open() as _, (state.logs.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for verb in ("up", "down"):
            assert command("sandbox", verb, cwd=project).mistake == (
                f"{state.root}: got another aistacks command at work; expected one at a time. Wait for it, or end it."
            )
    assert processes.running(state) == []


def test_a_stack_that_cannot_be_settled_keeps_no_other_one_up(
    command: Command, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = State.of(project)
    about = {"workspace": "w", "program": "p", "region": "eu-west-1", "boot": "b"}
    cloud.remember(state, stacks={"shop/held": about, "shop/free": about})
    asked: list[str] = []

    def operate(_state: State, _operation: str, workspace: Workspace, *_: Any, **__: Any) -> Any:
        asked.append(workspace.stack)
        if workspace.stack == "held":
            raise UserError("shop/held", "locked by somebody", "a stack on which nobody works")
        return engine.Result({}, {}, [], Inventory(()), [])

    for name, put in (("ensure", lambda: None), ("find", lambda *_: None)):
        monkeypatch.setattr(engine_tool, name, put)
    monkeypatch.setattr(cloud, "start", lambda _: cloud.EmulatedAws("http://127.0.0.1:9", "b"))
    monkeypatch.setattr(engine, "plugins", lambda _: None)
    monkeypatch.setattr(engine, "environment", lambda *_: {})
    monkeypatch.setattr(engine, "operate", operate)
    line = command("sandbox", "down", cwd=project).mistake
    assert line.startswith("aistacks sandbox down: got shop/held: shop/held: got locked by somebody")
    assert asked == ["held", "free"]
    assert list(cloud.recall(state)["stacks"]) == ["shop/held"]


def test_a_full_disk(command: Command, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1 << 40, 1 << 40, 1 << 29))
    line = command("sandbox", "up", cwd=project).mistake
    assert line.startswith(f"{State.of(project).root}: got 0.5 GiB free; expected 2 GiB for the sandbox")
    assert processes.running(State.of(project)) == []


def test_a_port_that_somebody_took_since_the_last_time_is_not_asked_for_again(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        taken = stranger.getsockname()[1]
        cloud.remember(state, port=taken)
        try:
            ground = cloud._start_emulator(state)
            assert ground.endpoint != f"http://127.0.0.1:{taken}"
            assert cloud.recall(state)["port"] != taken
            assert cloud.find(state) == ground
        finally:
            processes.stop(state, cloud.EMULATOR)


@pytest.mark.parametrize("text", ["", "{", "[1]", '"x"'])
def test_a_torn_note_of_the_last_command_is_no_note(tmp_path: Path, text: str) -> None:
    state = State(tmp_path / "state")
    (state.logs.parent / "sandbox.json").write_text(text)
    assert cloud.recall(state) == {}
    cloud.remember(state, port=1)
    assert cloud.recall(state) == {"port": 1}


REFUSED = {
    "an integer": ("7", "aistacks:environment: got 7; expected a mapping"),
    "a list": ("[1]", "aistacks:environment: got [1]; expected a mapping"),
    "nothing": ("{}", "aistacks:environment.tags: got nothing; expected a mapping"),
    "no tags": (
        "{tags: {}, network: {availability_zones: [eu-west-1a, eu-west-1b]}, lake: {}, cluster: {}, models: {}}",
        "aistacks:environment.tags: got no Environment, Project, Owner, CostCenter; expected the tags",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_wrong_settings_are_refused_before_anything_is_started(
    command: Command, project: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    started: list[str] = []
    monkeypatch.setattr(cloud, "start", lambda _: started.append("the cloud"))
    monkeypatch.setattr(engine_tool, "ensure", lambda: started.append("the engine"))
    text, expected = REFUSED[kind]
    file = project / "stacks" / "Pulumi.sandbox.yaml"
    file.write_text(f"config:\n  aws:region: eu-west-1\n  aistacks:environment: {text}\n")
    assert command("sandbox", "up", cwd=project).mistake.startswith(f"Pulumi.sandbox.yaml: {expected}")
    assert (started, processes.running(State.of(project))) == ([], [])


SETTINGS = {
    "an unknown key": ("    warehouse:\n", "    warehous:\n", "environment: got unknown key 'warehous'"),
    "a wrong type": ("max_gpus: 2", "max_gpus: many", "environment.pools.inference.max_gpus"),
}


@pytest.mark.parametrize("kind", SETTINGS)
def test_settings_that_are_wrong_are_told_by_file_and_path(
    command: Command, sandbox: Any, tmp_path: Path, kind: str
) -> None:
    old, new, place = SETTINGS[kind]
    folder = tmp_path / "aistacks"
    shutil.copytree(STACKS, folder / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(STACKS.parent / "Pulumi.yaml", folder)
    path = folder / "stacks" / "Pulumi.sandbox.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    line = command("sandbox", "run", "--project", sandbox.project, folder).mistake
    assert place in line and "Pulumi.sandbox.yaml" in line


def test_a_second_environment_of_a_project_is_refused(project: Path, command: Command) -> None:
    cloud.remember(State.of(project), stacks={"aistacks/dev": {"boot": "x"}, "other/dev": {"boot": "x"}})
    line = command("sandbox", "up", "prod", cwd=project).mistake
    assert line.startswith("aistacks sandbox up prod: got the environment dev, which is up here")
    assert line.endswith("Take it down first: aistacks sandbox down.")
