"""Whose state a verb of `aistacks state` means: an environment's, in its own backend, or the sandbox's."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aistacks_core.errors import UserError
from aistacks_core.yaml_files import described, read_mapping
from aistacks_recovery.state.backend import Backend, backend_of
from aistacks_recovery.state.file_store import FileStore
from aistacks_recovery.state.layout import StackFiles, files_of
from aistacks_recovery.state.s3_store import S3Store

_REFUSED = ("integrity failure", "failed to load checkpoint", "could not deserialize", "invalid character")
"""What the engine says of a state that it can't use, among other reasons to fail."""


@dataclass(frozen=True)
class Place:
    """One stack in a backend. ``command``: how the user names it. ``environ``: under what its engine runs."""

    command: str
    folder: Path
    shown: str
    store: FileStore | S3Store
    files: StackFiles
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def engine_refuses(self) -> str | None:
        """What the engine says against the state; empty: it takes it. None: it can't be asked here."""
        engine = shutil.which("pulumi", path=self.environ.get("PATH"))
        if engine is None:
            return None
        done = subprocess.run(
            [engine, "stack", "--stack", self.files.stack, "--non-interactive"],
            cwd=self.folder,
            env={**self.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        said = " ".join((done.stderr or done.stdout).split())
        if done.returncode == 0:
            return ""
        return said if any(sign in said for sign in _REFUSED) else None


def place_of(environment: str, project: Path) -> Place:
    """The stack ``environment`` of the project in the folder ``project``. Raises ``UserError`` without a backend."""
    about = read_mapping(project / "Pulumi.yaml", "a Pulumi project (Pulumi.yaml)")
    name = about.get("name")
    if not isinstance(name, str):
        raise UserError(f"{project / 'Pulumi.yaml'}: name", described(name), "the project's name")
    backend: Backend = backend_of(project, os.environ)
    store = backend.store()
    return Place(environment, project, backend.shown, store, files_of(store, name, environment))


@contextlib.contextmanager
def sandbox_places(project: Path) -> Iterator[list[Place]]:
    """Every stack of the project's sandbox, which no other command works on meanwhile."""
    from aistacks_sandbox import cloud
    from aistacks_sandbox.engine import operations as engine
    from aistacks_sandbox.holding import holding
    from aistacks_sandbox.programs import engine as engine_tool
    from aistacks_sandbox.state import State

    state = State.of(project)
    if not state.exists():
        raise UserError("aistacks state", "no environment, and no sandbox here", "one of them", "Name an environment.")
    with holding(state, "state"):
        environ = dict(os.environ)
        if engine_tool.find():
            environ |= engine.environment(state, "", cloud.DEFAULT_REGION)
        store = FileStore(state.backend)
        kept = state.backend / ".pulumi"
        found = {(path.parent.parent.name, path.parent.name) for path in kept.glob("backups/*/*/*.json")}
        found |= {(path.parent.name, path.name.removesuffix(".json")) for path in kept.glob("stacks/*/*.json")}
        yield [
            Place("", state.workspace / name, str(state.backend), store, files_of(store, name, stack), environ)
            for name, stack in sorted(found)
        ]
