"""Local commands run where the program lies; archives have the same bytes for the same files."""

from __future__ import annotations

import base64
import hashlib
import tarfile
import zipfile
from pathlib import Path

import pytest

from aistacks_core.property_values import UNKNOWN, Props
from aistacks_sandbox.providers.autoname import Naming
from aistacks_sandbox.providers.failures import ProviderError
from aistacks_sandbox.providers.provider import CREATED, MARKER, NOT_EMULATED, Resource
from aistacks_sandbox.providers.without_cloud import archive, command
from aistacks_sandbox.providers.without_cloud.base import StateProvider

LOCAL = "command:local:Command"


def at(token: str) -> Resource:
    return Resource(f"urn:pulumi:dev::project::{token}::a", token, "a")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def provider() -> StateProvider:
    return command.provider()


def created(provider: StateProvider, inputs: Props, token: str = LOCAL) -> Props:
    inputs = provider.check(at(token), None, inputs, Naming("a", b""))
    return provider.create(at(token), inputs, preview=False, timeout=0).outputs


def test_a_command_lives_through_create_update_and_delete(provider: StateProvider, folder: Path) -> None:
    inputs = {"create": "echo made $A; echo so >&2", "delete": "rm f", "environment": {"A": "x"}, "triggers": [1]}
    outputs = created(provider, inputs)
    assert (outputs["stdout"], outputs["stderr"], outputs[MARKER]) == ("made x", "so", CREATED)
    new = {**inputs, "update": 'echo "$PULUMI_COMMAND_STDOUT again" > f; cat f'}
    assert not provider.diff(at(LOCAL), "a", inputs, outputs, new).replaces
    previewed = provider.update(at(LOCAL), "a", inputs, outputs, new, preview=True, timeout=0)
    assert previewed["stdout"] is UNKNOWN and not (folder / "f").exists()
    outputs = provider.update(at(LOCAL), "a", inputs, outputs, new, preview=False, timeout=0)
    assert outputs["stdout"] == "made x again"
    assert provider.diff(at(LOCAL), "a", new, outputs, {**new, "triggers": [2]}).replaces
    provider.delete(at(LOCAL), "a", new, outputs, timeout=0)
    assert not (folder / "f").exists()


def test_a_command_sees_the_sandbox_and_no_profile_of_the_user(
    provider: StateProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AISTACKS_SANDBOX_KUBECONFIG", "/of/the/sandbox")
    monkeypatch.setenv("KUBECONFIG", "/of/the/user")
    monkeypatch.setenv("AWS_PROFILE", "production")
    assert created(provider, {"create": "echo $KUBECONFIG,$AWS_PROFILE"})["stdout"] == "/of/the/sandbox,"


def test_files_that_a_command_makes_are_outputs(provider: StateProvider, folder: Path) -> None:
    outputs = created(
        provider, {"create": "mkdir d; echo 1 > d/a.txt; echo 2 > d/b.log", "assetPaths": ["d/*", "!*.log", "!d/*.log"]}
    )
    (name,) = outputs["assets"]
    assert (name, outputs["assets"][name].path) == ("d/a.txt", str(folder / "d" / "a.txt"))


def test_other_shells_inputs_and_the_function(provider: StateProvider) -> None:
    inputs = {"create": "print(input() * 2)", "interpreter": ["python3", "-c"], "stdin": "ab"}
    assert created(provider, inputs)["stdout"] == "abab"
    answer = provider.invoke("command:local:run", {"command": "echo $A", "environment": {"A": "y"}}, preview=False)
    assert answer["stdout"] == "y"


@pytest.mark.parametrize(
    "inputs", [{"create": "echo no >&2; exit 3"}, {"create": "x", "interpreter": ["no-such-shell"]}]
)
def test_a_command_that_fails_is_one_line(provider: StateProvider, inputs: Props) -> None:
    with pytest.raises(ProviderError) as error:
        created(provider, inputs)
    assert "\n" not in str(error.value)
    assert "exit status 3: no" in str(error.value) or "no-such-shell" in str(error.value)


def test_what_runs_elsewhere_is_only_recorded(provider: StateProvider) -> None:
    for kind in ("Command", "CopyFile", "CopyToRemote"):
        outputs = created(provider, {"connection": {"host": "h"}, "create": "reboot"}, f"command:remote:{kind}")
        assert outputs[MARKER] == NOT_EMULATED


def packed(args: Props) -> Props:
    return archive.provider().invoke("archive:index/getFile:getFile", args, preview=False)


def test_the_same_files_make_the_same_archive(folder: Path) -> None:
    (folder / "src" / "x").mkdir(parents=True)
    (folder / "src" / "a.py").write_text("a")
    (folder / "src" / "x" / "b.py").write_text("b")
    (folder / "src" / "x" / "c.pyc").write_text("c")
    args = {"type": "zip", "sourceDir": "src", "outputPath": "out/a.zip", "excludes": ["*.pyc"]}
    first = packed(args)
    (folder / "src" / "a.py").touch()
    assert packed(args) == first
    content = (folder / "out" / "a.zip").read_bytes()
    assert first["outputSize"] == len(content)
    assert first["outputBase64sha256"] == base64.b64encode(hashlib.sha256(content).digest()).decode()
    with zipfile.ZipFile(folder / "out" / "a.zip") as opened:
        assert opened.namelist() == ["a.py", "x/b.py"]
    (folder / "src" / "a.py").write_text("other")
    assert packed(args)["outputMd5"] != first["outputMd5"]


def test_every_source_and_form(folder: Path) -> None:
    (folder / "one.txt").write_text("1")
    packed({"type": "zip", "sourceFile": "one.txt", "outputPath": "1.zip"})
    packed({"type": "zip", "sourceContent": "2", "sourceContentFilename": "two.txt", "outputPath": "2.zip"})
    packed({"type": "tar.gz", "sources": [{"filename": "3", "content": "x"}], "outputPath": "3.tgz"})
    assert zipfile.ZipFile(folder / "1.zip").namelist() == ["one.txt"]
    assert zipfile.ZipFile(folder / "2.zip").read("two.txt") == b"2"
    with tarfile.open(folder / "3.tgz") as opened:
        assert opened.getnames() == ["3"]
    provider = archive.provider()
    made = provider.create(
        at("archive:index/file:File"),
        {"type": "zip", "sourceFile": "one.txt", "outputPath": "4.zip"},
        preview=False,
        timeout=0,
    )
    assert made.id == made.outputs["outputSha"]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({"type": "rar", "sourceFile": "x"}, "type: got 'rar'; expected zip or tar.gz"),
        ({"type": "zip"}, "got no source"),
        ({"type": "zip", "sourceDir": "nowhere"}, "sourceDir: got nowhere; expected a folder"),
        ({"type": "zip", "sourceFile": "nowhere"}, "No such file"),
    ],
)
def test_what_can_not_be_packed_is_one_line(args: Props, told: str) -> None:
    with pytest.raises(ProviderError, match=told):
        packed({**args, "outputPath": "o"})
