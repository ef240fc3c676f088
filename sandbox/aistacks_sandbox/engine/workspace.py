"""The copy of a project in which the engine works, so that no tracked file is ever written."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from aistacks_core.errors import UserError
from aistacks_core.project import read_yaml

from ..state import State

_SECRETS = ("secretsprovider", "encryptedkey", "encryptionsalt")
"""How a stack on AWS encrypts its secrets, as `pulumi stack init` notes it in the settings."""

_STACK_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


@dataclass(frozen=True)
class Workspace:
    """``folder``: the copy. ``program``: the file or folder that is run, in its own place."""

    folder: Path
    program: Path
    project: str
    stack: str


def settings_path(project: Path, stack: str) -> Path:
    """Where a project keeps the settings of ``stack``, as the engine finds it."""
    about = read_yaml(project / "Pulumi.yaml", "a Pulumi project (Pulumi.yaml)")
    return project / str(about.get("stackConfigDir") or ".") / f"Pulumi.{stack}.yaml"


def prepare(
    state: State,
    project: Path,
    stack: str,
    *,
    overrides: Mapping[str, Any] | None = None,
    settings_required: bool = True,
) -> Workspace:
    """Copy the project file and the settings of ``stack`` into the state folder.

    ``overrides`` are merged, key by key, over the settings' ``config``. The secrets provider of the stack on AWS is
    left out, as its key isn't here; the engine's own salt of earlier runs stays. Raises ``UserError`` when
    ``Pulumi.yaml`` or, if required, the settings file is missing or no YAML, when the stack's name is none, and
    when there is no program.
    """
    about = read_yaml(project / "Pulumi.yaml", "a Pulumi project (Pulumi.yaml)")
    if not isinstance(about.get("name"), str):
        raise UserError(f"{project / 'Pulumi.yaml'}: name", repr(about.get("name")), "the project's name")
    if not _STACK_NAME.fullmatch(stack):
        raise UserError("the stack's name", repr(stack), "letters, digits, '-', '_' and '.', at most 100")
    program = (project / str(about.get("main") or ".")).resolve()
    if not program.is_relative_to(project.resolve()):
        raise UserError(f"{project / 'Pulumi.yaml'}: main", str(about["main"]), "a place in the project")
    if not (program / "__main__.py" if program.is_dir() else program).is_file():
        raise UserError(str(program), "no __main__.py there", "a Pulumi Python program")
    source = settings_path(project, stack)
    if source.exists() or settings_required:
        settings = read_yaml(source, f"the settings of the environment {stack!r}")
    else:
        settings = {}
    settings = {key: value for key, value in settings.items() if key not in _SECRETS}
    folder = state.workspace / about["name"]
    copy = folder / str(about.get("stackConfigDir") or ".") / source.name
    if copy.exists():
        salt = (yaml.safe_load(copy.read_text()) or {}).get("encryptionsalt")
        settings = {**settings, **({"encryptionsalt": salt} if salt else {})}
    config = settings.get("config") or {}
    if not isinstance(config, dict):
        raise UserError(f"{source}: config", repr(config), "a table")
    config = _merged(config, overrides or {})
    copy.parent.mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text((project / "Pulumi.yaml").read_text())
    copy.write_text(yaml.safe_dump({**settings, "config": config}, sort_keys=False))
    # The engine wants the program's folder to be there, though it is run in its own place.
    (folder / (program if program.is_dir() else program.parent).relative_to(project.resolve())).mkdir(
        parents=True, exist_ok=True
    )
    return Workspace(folder, program, about["name"], stack)


def forget(state: State, project: str) -> None:
    """Drop the copy of ``project``."""
    shutil.rmtree(state.workspace / project, ignore_errors=True)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged
