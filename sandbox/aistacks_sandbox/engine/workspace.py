"""The copy of a project in which the engine works, so that no tracked file is ever written."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aistacks_core import environments
from aistacks_core.environments import Environment
from aistacks_core.errors import UserError
from aistacks_core.files import write_atomically
from aistacks_core.project import FILE, read_project, read_settings, read_settings_file
from aistacks_core.stated_answers import Stated, stated_answers
from aistacks_core.yaml_files import described, read_mapping, written

from ..state import State
from . import esc
from .saved_state import DamagedError, Saved

_SECRETS = ("secretsprovider", "encryptedkey", "encryptionsalt")
"""How a stack on AWS encrypts its secrets, as `pulumi stack init` notes it in the settings."""


@dataclass(frozen=True)
class Workspace:
    """``folder``: the copy. ``program``: the file or folder that is run, in its own place."""

    folder: Path
    program: Path
    project: str
    stack: str
    answers: Stated = field(default_factory=Stated)
    """What the settings and the recorded answers state, for what the sandbox can't answer."""
    environment: Environment | None = None
    """The program's own environment, as a plan finds it. Default: it runs with our packages."""


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
    left out, as its key isn't here; the engine's own salt of earlier runs stays. What an ESC environment that stands
    in the settings themselves gives is written out. Raises ``UserError`` when ``Pulumi.yaml`` or, if required, the
    settings file is missing or no YAML, when the stack's name is none, when there is no program, and when the
    settings import an environment from Pulumi Cloud.
    """
    found = read_project(project, or_yaml=True)
    answers = stated_answers(found, stack, read_settings(found, stack).tables)
    settings = read_settings_file(found, stack, required=settings_required)
    settings = esc.written_out(settings, found.settings_path(stack))
    settings = {key: value for key, value in settings.items() if key not in _SECRETS}
    source = found.settings_path(stack)
    if not source.is_relative_to(found.folder):
        raise UserError(f"{project / FILE}: stackConfigDir", described(str(source.parent)), "a place in the project")
    folder = state.workspace / found.name
    copy = folder / source.relative_to(found.folder)
    salt = _salt(copy, Saved(state, found.name, stack))
    settings = {**settings, **({"encryptionsalt": salt} if salt else {})}
    config = _merged(settings.get("config", {}), overrides or {})
    copy.parent.mkdir(parents=True, exist_ok=True)
    # The copy's `main` is the program's own place, so that the engine and its plugins find assets there.
    about = {**read_mapping(project / FILE, "a Pulumi project (Pulumi.yaml)"), "main": str(found.program)}
    write_atomically(folder / FILE, written(about))
    write_atomically(copy, written({**settings, "config": config}))
    own = None if found.runtime == "yaml" else environments.find(found, environments.root_of(found.folder))
    return Workspace(folder, found.program, found.name, stack, answers, own)


def noted_workspace(key: str, noted: Mapping[str, Any]) -> Workspace:
    """The workspace of the stack ``key`` (project/stack), as the command that brought it up noted it."""
    project, _, stack = key.rpartition("/")
    answers = Stated.from_json(noted.get("answers", {}))
    return Workspace(Path(noted["workspace"]), Path(noted["program"]), project, stack, answers)


def forget(state: State, project: str) -> None:
    """Drop the copy of ``project``."""
    shutil.rmtree(state.workspace / project, ignore_errors=True)


def _salt(copy: Path, saved: Saved) -> str:
    """The engine's salt of earlier runs; the state's, where a killed engine left its copy of the settings cut off."""
    with suppress(UserError):
        if copy.exists() and (salt := read_mapping(copy, "the engine's copy of the settings").get("encryptionsalt")):
            return str(salt)
    with suppress(DamagedError, FileNotFoundError):
        return saved.salt()
    return ""


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged
