"""A stack that the real engine keeps in a backend of the test's own: no cloud and no sandbox, seconds for an update."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aistacks_core.errors import UserError
from aistacks_recovery.state.backend import Backend
from aistacks_recovery.state.file_store import FileStore
from aistacks_recovery.state.layout import StackFiles, files_of
from aistacks_recovery.state.s3_store import S3Store
from aistacks_recovery.state.versions import Version
from aistacks_sandbox.engine import operations as engine
from aistacks_sandbox.engine.workspace import Workspace
from aistacks_sandbox.state import State

PROJECT, STACK = "cloud", "dev"
_TYPE = "random:index/randomPassword:RandomPassword"
_PROGRAM = f"""
import json, pathlib, pulumi
for name in json.loads(pathlib.Path(__file__).with_name("names.json").read_text()):
    pulumi.CustomResource({_TYPE!r}, name, {{"length": 12, "result": None}})
"""


@dataclass
class EngineStack:
    """Stack ``dev`` of project ``cloud`` in ``folder``; its resources are passwords, by name."""

    folder: Path
    url: str

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._state = State.of(self.folder)
        try:
            engine.plugins(self._state)
            sandbox = engine.environment(self._state, "http://127.0.0.1:9", "eu-west-1")
        except UserError as error:
            pytest.skip(f"no engine: {error}")
        self.environ = {**sandbox, "PULUMI_BACKEND_URL": self.url}
        (self.folder / "Pulumi.yaml").write_text(json.dumps({"name": PROJECT, "runtime": "python"}))
        (self.folder / f"Pulumi.{STACK}.yaml").write_text("config: {}\n")
        (self.folder / "__main__.py").write_text(_PROGRAM)

    def up(self, *names: str) -> None:
        """Bring up exactly the passwords of these names."""
        (self.folder / "names.json").write_text(json.dumps(names))
        workspace = Workspace(self.folder, self.folder / "__main__.py", PROJECT, STACK)
        engine.operate(self._state, "up", workspace, self.environ, "Bringing it up")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The engine's own command on the stack."""
        return subprocess.run(
            ["pulumi", *words, "--stack", STACK, "--non-interactive"],
            cwd=self.folder,
            env={**os.environ, **self.environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    def names(self) -> set[str]:
        """The passwords that the engine knows; it holds its state against its rules first, as before an update."""
        for words in (["stack"], ["stack", "export"]):
            done = self.run(*words)
            assert done.returncode == 0, done.stdout + done.stderr
        exported: dict[str, Any] = json.loads(done.stdout)
        resources = exported["deployment"].get("resources") or []
        return {r["urn"].rpartition("::")[2] for r in resources if r["type"] == _TYPE}

    @property
    def store(self) -> FileStore | S3Store:
        return Backend(self.url, "", self.folder).store()

    @property
    def files(self) -> StackFiles:
        return files_of(self.store, PROJECT, STACK)

    @property
    def path_of_checkpoint(self) -> Path:
        """The file of the present state, of a stack in a folder."""
        return Path(self.store.shown(self.files.checkpoint))


def held(version: Version | None) -> set[str] | None:
    """The names that a version knows. None: it is damaged, or isn't there."""
    return {urn.rpartition("::")[2] for urn in version.checkpoint.ids} if version and version.checkpoint else None
