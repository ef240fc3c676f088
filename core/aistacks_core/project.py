"""A Pulumi project's own files: what they say, refused in one line where they are wrong."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import UserError
from .esc import imported, own_config
from .symbols import mark
from .yaml_files import described, read_mapping

FILE = "Pulumi.yaml"
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
"""Of projects and stacks, as the engine has it (sdk/go/common/tokens of pulumi 3.272, read 2026-11-30)."""
_GO_WRITES_OUT = 1e21
"""From here on it writes a number with an exponent (strconv.FormatFloat, 'g' with the shortest precision)."""
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d+")


@dataclass(frozen=True)
class Settings:
    """A stack's settings: full keys (``aws:region``) to texts, as a program reads them (nested values as JSON)."""

    config: dict[str, str]
    encrypted: tuple[str, ...] = ()
    """Keys whose value, or part of it, is encrypted: it stands as a symbol."""
    tables: dict[str, Any] = field(default_factory=dict)
    """The same, not yet turned into texts."""
    environments: tuple[str, ...] = ()
    """Environments of Pulumi ESC that the settings import, and that aren't read."""
    ciphers: dict[str, str] = field(default_factory=dict)
    """What stands in the file for each of ``encrypted``, as a digest."""


@dataclass(frozen=True)
class Project:
    """A project in ``folder``. ``program``: the file or folder that is run."""

    folder: Path
    name: str
    program: Path
    settings_folder: Path
    config: Mapping[str, Any] = field(default_factory=dict)
    """What ``Pulumi.yaml`` itself says for every stack."""
    runtime: str = "python"
    """In which language the program is; a YAML program stands in ``Pulumi.yaml`` itself."""
    virtualenv: str = ""
    """The option of that name: the folder of the program's environment, seen from ``folder``."""
    toolchain: str = ""
    """The option of that name: ``pip``, ``poetry`` or ``uv``; empty: as the lock files say."""

    def settings_path(self, stack: str) -> Path:
        """Where the settings of ``stack`` lie, as the engine finds them."""
        return self.settings_folder / f"Pulumi.{stack}.yaml"

    def stacks(self) -> list[str]:
        """Every stack that has a settings file, sorted."""
        found = [path.name.removeprefix("Pulumi.") for path in self.settings_folder.glob("Pulumi.*.yaml")]
        names = (name.removesuffix(".yaml") for name in found)
        return sorted(name for name in names if _is_name(name))


def read_project(folder: Path, *, or_yaml: bool = False) -> Project:
    """What ``Pulumi.yaml`` in ``folder`` says of a Python program, ``or_yaml``: of a YAML one, too.

    Raises ``UserError`` for one that such a program can't have.
    """
    file = folder / FILE
    about = read_mapping(file, "a Pulumi project (Pulumi.yaml)")
    name = about.get("name")
    if not isinstance(name, str) or not _is_name(name):
        expected = "the project's name: letters, digits, '-', '_' and '.', at most 100"
        raise UserError(f"{file}: name", described(name), expected)
    runtime = _runtime(about)
    if or_yaml and runtime == "yaml":
        settings = _place(folder, file, about, "stackConfigDir")
        return Project(folder.resolve(), name, folder.resolve(), settings, _config(about, str(file)), runtime)
    if runtime != "python":
        expected = "python or yaml: no other" if or_yaml else "python: only Python"
        raise UserError(f"{file}: runtime", described(runtime), f"{expected} programs can be run here")
    program = _place(folder, file, about, "main")
    if not program.is_relative_to(folder.resolve()):
        raise UserError(f"{file}: main", described(about["main"]), "a place in the project")
    if not (program / "__main__.py" if program.is_dir() else program).is_file():
        raise UserError(str(program), "no __main__.py there", "a Pulumi Python program")
    settings = _place(folder, file, about, "stackConfigDir")
    virtualenv, toolchain = (_option(about, file, key) for key in ("virtualenv", "toolchain"))
    if toolchain not in ("", "pip", "poetry", "uv"):
        raise UserError(f"{file}: runtime.options.toolchain", described(toolchain), "pip, poetry or uv")
    config = _config(about, str(file))
    return Project(folder.resolve(), name, program, settings, config, virtualenv=virtualenv, toolchain=toolchain)


def is_yaml(folder: Path) -> bool:
    """Whether the program of ``Pulumi.yaml`` in ``folder`` is a YAML one, which stands in that very file."""
    return bool(_runtime(read_mapping(folder / FILE, "a Pulumi project (Pulumi.yaml)")) == "yaml")


def _runtime(about: Mapping[str, Any]) -> Any:
    runtime = about.get("runtime")
    return runtime.get("name") if isinstance(runtime, dict) else runtime


def _option(about: Mapping[str, Any], file: Path, key: str) -> str:
    """The text that the runtime's options give for ``key``; empty without one."""
    runtime = about.get("runtime")
    options = runtime.get("options") if isinstance(runtime, dict) else None
    value = options.get(key) if isinstance(options, dict) else None
    if value is None:
        return ""
    if not isinstance(value, str) or not value.isprintable():
        raise UserError(f"{file}: runtime.options.{key}", described(value), "a text")
    return value


def read_settings(project: Project, stack: str) -> Settings:
    """The settings of ``stack``; empty where it has no file. Raises ``UserError`` where the file is wrong."""
    config: dict[str, str] = {}
    tables: dict[str, Any] = {}
    ciphers: dict[str, str] = {}
    file = read_settings_file(project, stack)
    environment = file.get("environment")
    for key, value in {**_defaults(project), **own_config(environment), **file.get("config", {})}.items():
        full = key if ":" in key else f"{project.name}:{key}"
        plain, hidden = _decrypted(full, value)
        tables[full] = plain
        config[full] = _text(plain)
        if hidden:
            ciphers[full] = hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
    return Settings(config, tuple(ciphers), tables, imported(environment), ciphers)


def read_settings_file(project: Project, stack: str, *, required: bool = False) -> dict[str, Any]:
    """The settings file of ``stack`` as it stands; ``config``, if there, is a mapping with strings as keys.

    Raises ``UserError`` where it is wrong and, if ``required``, where it is missing, naming those that there are.
    """
    if not _is_name(stack):
        expected = "letters, digits, '-', '_' and '.', at most 100"
        raise UserError("the stack's name", described(stack), expected)
    file = project.settings_path(stack)
    if not file.exists():
        if required:
            known = ", ".join(project.stacks()) or "(there is none)"
            raise UserError(str(file), "no such file", f"one of the environments {known}")
        return {}
    found = read_mapping(file, f"the settings of the environment {stack!r}")
    return {**found, "config": _config(found, str(file))}


def region_of(project: Project, stack: str, default: str) -> str:
    """The region that an environment's file names. Raises ``UserError`` for one that isn't the name of a region."""
    found = read_settings(project, stack).tables.get("aws:region")
    if found is None:
        return default
    if not isinstance(found, str) or not _REGION.fullmatch(found):
        where = f"{project.settings_path(stack)}: config.aws:region"
        raise UserError(where, described(found), "a region such as eu-west-1")
    return found


def _is_name(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and name not in (".", "..")


def _place(folder: Path, file: Path, about: Mapping[str, Any], key: str) -> Path:
    """The path that ``about`` names by ``key``, seen from ``folder``. Default: the folder itself."""
    value = about.get(key)
    if value is None:
        return folder.resolve()
    expected = "a path in the project"
    if not isinstance(value, str) or not value.isprintable():
        raise UserError(f"{file}: {key}", described(value), expected)
    try:
        place = (folder / value).resolve()
        place.exists()
    except (OSError, RuntimeError) as error:
        got = getattr(error, "strerror", None) or "a loop of links"
        raise UserError(f"{file}: {key}", got.lower(), expected) from None
    return place


def _config(about: Mapping[str, Any], where: str) -> dict[str, Any]:
    """``config`` of a file, checked."""
    config = about.get("config")
    if config is None:
        return {}
    if not isinstance(config, dict):
        raise UserError(f"{where}: config", described(config), "a mapping")
    for key in config:
        if not isinstance(key, str):
            raise UserError(f"{where}: config", f"the key {described(key)}", "keys such as aws:region")
    return config


def _defaults(project: Project) -> dict[str, Any]:
    """Values that ``Pulumi.yaml`` gives: plain ones, ``value: …`` and ``default: …`` of a typed declaration."""
    found: dict[str, Any] = {}
    for key, value in project.config.items():
        if not isinstance(value, dict):
            found[key] = value
        elif "value" in value or "default" in value:
            found[key] = value.get("value", value.get("default"))
    return found


def plain_values(table: dict[str, Any]) -> dict[str, Any]:
    """``table`` with a symbol for whatever is encrypted, ``{secure: …}``."""
    return {key: _decrypted(key, value)[0] for key, value in table.items()}


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
    if isinstance(value, float) and value.is_integer() and abs(value) < _GO_WRITES_OUT:
        return str(int(value))
    return json.dumps(value, default=str)
