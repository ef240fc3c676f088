"""A Pulumi project's own files: what they say, refused in one line where they are wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .errors import UserError
from .symbols import mark

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path, what: str) -> dict[str, Any]:
    """The table in a YAML file. Raises ``UserError`` naming file and line when it isn't one."""
    try:
        table = _loaded(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(str(path), "no such file", what) from None
    except OSError as error:
        raise UserError(str(path), (error.strerror or "an error").lower(), what) from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise UserError(where, str(getattr(error, "problem", error)), "YAML") from None
    if not isinstance(table, dict):
        raise UserError(str(path), "no table" if table else "an empty file", what)
    return table


def _loaded(text: str) -> Any:
    try:
        return yaml.load(text, Loader=_LOADER)  # noqa: S506  # a safe loader, either way
    except yaml.YAMLError:
        # The slow parser says better what is wrong, and where.
        return yaml.safe_load(text)


@dataclass(frozen=True)
class Settings:
    """A stack's settings: full keys (``aws:region``) to texts, as a program reads them (nested values as JSON)."""

    config: dict[str, str]
    encrypted: tuple[str, ...] = ()
    """Keys whose value, or part of it, is encrypted: it stands as a symbol."""
    tables: dict[str, Any] = field(default_factory=dict)
    """The same, not yet turned into texts."""


@dataclass(frozen=True)
class Project:
    """A project in ``folder``. ``program``: the file or folder that is run."""

    folder: Path
    name: str
    program: Path
    settings_folder: Path
    config: Mapping[str, Any] = field(default_factory=dict)
    """What ``Pulumi.yaml`` itself says for every stack."""

    def settings_path(self, stack: str) -> Path:
        """Where the settings of ``stack`` lie, as the engine finds them."""
        return self.settings_folder / f"Pulumi.{stack}.yaml"

    def stacks(self) -> list[str]:
        """Every stack that has a settings file, sorted."""
        found = [path.name.removeprefix("Pulumi.") for path in self.settings_folder.glob("Pulumi.*.yaml")]
        return sorted(name.removesuffix(".yaml") for name in found)


def read_project(folder: Path) -> Project:
    """What ``Pulumi.yaml`` in ``folder`` says. Raises ``UserError`` for one that a Python program can't have."""
    file = folder / "Pulumi.yaml"
    about = read_yaml(file, "a Pulumi project (Pulumi.yaml)")
    name = about.get("name")
    if not isinstance(name, str) or not name:
        raise UserError(f"{file}: name", repr(name), "the project's name")
    runtime = about.get("runtime")
    runtime = runtime.get("name") if isinstance(runtime, dict) else runtime
    if runtime != "python":
        raise UserError(f"{file}: runtime", repr(runtime), "python: only Python programs can be run here")
    program = (folder / str(about.get("main") or ".")).resolve()
    if not program.is_relative_to(folder.resolve()):
        raise UserError(f"{file}: main", repr(about["main"]), "a place in the project")
    if not (program / "__main__.py" if program.is_dir() else program).is_file():
        raise UserError(str(program), "no __main__.py there", "a Pulumi Python program")
    settings = (folder / str(about.get("stackConfigDir") or ".")).resolve()
    config = about.get("config") or {}
    if not isinstance(config, dict):
        raise UserError(f"{file}: config", repr(config), "a table")
    return Project(folder.resolve(), name, program, settings, config)


def read_settings(project: Project, stack: str) -> Settings:
    """The settings of ``stack``; empty where it has no file. Raises ``UserError`` where the file is wrong."""
    file = project.settings_path(stack)
    table = read_yaml(file, f"the settings of the environment {stack!r}") if file.exists() else {}
    given = table.get("config") or {}
    if not isinstance(given, dict):
        raise UserError(f"{file}: config", repr(given), "a table")
    config: dict[str, str] = {}
    tables: dict[str, Any] = {}
    encrypted: list[str] = []
    for key, value in {**_defaults(project), **given}.items():
        full = str(key) if ":" in str(key) else f"{project.name}:{key}"
        plain, hidden = _decrypted(full, value)
        tables[full] = plain
        config[full] = _text(plain)
        if hidden:
            encrypted.append(full)
    return Settings(config, tuple(encrypted), tables)


def _defaults(project: Project) -> dict[str, Any]:
    """Values that ``Pulumi.yaml`` gives: plain ones, ``value: …`` and ``default: …`` of a typed declaration."""
    found: dict[str, Any] = {}
    for key, value in project.config.items():
        if not isinstance(value, dict):
            found[key] = value
        elif "value" in value or "default" in value:
            found[key] = value.get("value", value.get("default"))
    return found


def _decrypted(path: str, value: Any) -> tuple[Any, bool]:
    """``value`` with a symbol for whatever is encrypted, and whether anything was."""
    if isinstance(value, dict):
        if set(value) == {"secure"}:
            return f"encrypted-{mark(path)}", True
        done = {str(k): _decrypted(f"{path}.{k}", v) for k, v in value.items()}
        return {k: v for k, (v, _) in done.items()}, any(hidden for _, hidden in done.values())
    if isinstance(value, list):
        items = [_decrypted(f"{path}[{i}]", v) for i, v in enumerate(value)]
        return [v for v, _ in items], any(hidden for _, hidden in items)
    return value, False


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, default=str)
