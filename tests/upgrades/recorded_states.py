"""States of released versions, as the engine kept them: how they are written, read, and put before new code."""

from __future__ import annotations

import json
import lzma
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from aistacks_sandbox.engine import operations as engine
from aistacks_sandbox.engine.saved_state import Saved
from aistacks_sandbox.engine.workspace import Workspace
from aistacks_sandbox.state import State

FOLDER = Path(__file__).parent / "states"
_OF_THE_MACHINE = ("created", "modified", "sourcePosition", "stackTrace")
"""What the engine notes of each resource besides what it is: times, and the paths of the program's files."""

_HOME = "${HOME}"
"""What stands for the home folder of whoever runs the engine: a kubeconfig's path is made of it."""


@dataclass(frozen=True)
class RecordedState:
    """One stack of one release. ``name``: ``environment-<stack>`` or ``example-<folder>``."""

    release: str
    name: str

    @property
    def path(self) -> Path:
        return FOLDER / self.release / f"{self.name}.json.xz"

    @property
    def is_example(self) -> bool:
        return self.name.startswith("example-")

    @property
    def subject(self) -> str:
        """The environment, or the folder of the example."""
        return self.name.partition("-")[2]

    def read(self) -> dict[str, Any]:
        """The engine's deployment, as it would have been recorded on this machine."""
        text = lzma.decompress(self.path.read_bytes()).decode().replace(_HOME, str(Path.home()))
        deployment: dict[str, Any] = json.loads(text)
        return deployment

    def write(self, deployment: dict[str, Any]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(lzma.compress(json.dumps(deployment, sort_keys=True).encode(), preset=9))

    def __str__(self) -> str:
        return f"{self.release}/{self.name}"


def recorded() -> list[RecordedState]:
    """Every state that is kept, by release and name."""
    paths = sorted(FOLDER.glob("*/*.json.xz"))
    return [RecordedState(path.parent.name, path.name.removesuffix(".json.xz")) for path in paths]


def portable(deployment: dict[str, Any], endpoint: str) -> dict[str, Any]:
    """The deployment without what belongs to the machine that recorded it, and with AWS's address for the emulator's.

    Secrets must be decrypted; the emulated cloud's are no secrets of anybody's.
    """
    resources = [
        {key: value for key, value in resource.items() if key not in _OF_THE_MACHINE}
        for resource in deployment["resources"]
    ]
    kept = {"manifest": deployment["manifest"], "resources": resources}
    text = json.dumps(kept).replace(endpoint, "https://sqs.eu-west-1.amazonaws.com")
    text = text.replace(str(Path.home()), _HOME)
    if found := re.search(r"127\.0\.0\.1:\d+|ciphertext", text):
        raise ValueError(f"the state still holds {found[0]}")
    made: dict[str, Any] = json.loads(text)
    return made


def export(state: State, workspace: Workspace, endpoint: str) -> dict[str, Any]:
    """The portable state of a stack that is up."""
    _pulumi(state, workspace, endpoint, "export", "--show-secrets", "--file", "exported.json")
    exported = json.loads((workspace.folder / "exported.json").read_text())
    return portable(exported["deployment"], endpoint)


def put_in(state: State, workspace: Workspace, endpoint: str, deployment: dict[str, Any]) -> None:
    """Make the engine believe that ``deployment`` is what it brought up last."""
    forget_if_known(state, workspace, endpoint)
    _pulumi(state, workspace, endpoint, "init")
    # What the engine encrypts the state's secrets with, as `stack init` has noted it.
    (settings,) = workspace.folder.rglob(f"Pulumi.{workspace.stack}.yaml")
    salt = yaml.safe_load(settings.read_text())["encryptionsalt"]
    provider = {"type": "passphrase", "state": {"salt": salt}}
    whole = {"version": 3, "deployment": {**deployment, "secrets_providers": provider}}
    (workspace.folder / "recorded.json").write_text(json.dumps(whole))
    _pulumi(state, workspace, endpoint, "import", "--file", "recorded.json")


def forget(state: State, workspace: Workspace, endpoint: str) -> None:
    """Drop what the engine and the sandbox believe of the stack, and touch nothing that the stack stands for.

    The settings stay: `pulumi stack rm` drops them with the stack unless it is told not to.
    """
    _pulumi(state, workspace, endpoint, "rm", "--force", "--yes", "--preserve-config")
    Saved(state, workspace.project, workspace.stack).forget()


def forget_if_known(state: State, workspace: Workspace, endpoint: str) -> None:
    """``forget``, where an earlier test of this sandbox has left the stack behind, empty."""
    saved = Saved(state, workspace.project, workspace.stack)
    if saved.file.exists():
        forget(state, workspace, endpoint)
    saved.forget()


def _pulumi(state: State, workspace: Workspace, endpoint: str, verb: str, *words: str) -> None:
    env = {**os.environ, **engine.environment(state, endpoint, "eu-west-1")}
    done = subprocess.run(
        ["pulumi", "stack", verb, "--stack", workspace.stack, "--non-interactive", *words],
        cwd=workspace.folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"pulumi stack {verb}: {done.stderr}")
