"""Makes the environment that a program's lock describes, in the user's cache folder: nothing is written to the project.

It is kept by the lock's digest, so it is made once for each lock, the base's included.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from aistacks_core import cache, console
from aistacks_core.environments import Environment, at, normalised
from aistacks_core.errors import UserError

from .lock_files import lines_of
from .requirements import Requirements
from .sdk_internals import recordable

_READY = "ready"
_OF_THE_SDK = frozenset({"pulumi", "grpcio", "protobuf"})
_DRAWN = " \u00d7\u2570\u2500\u25b6"
"""What uv draws before its lines."""


def made_before(asked: Requirements) -> Environment | None:
    """The environment that was made of it earlier; ``None`` without one."""
    folder = _folder(asked)
    return _found(folder, asked) if (folder / _READY).is_file() else None


def ensure(asked: Requirements, root: Path) -> Environment:
    """The environment of it, made first where there is none. Raises ``UserError`` with the installer's last line."""
    folder = _folder(asked)
    name = asked.file.relative_to(root).as_posix() if asked.file.is_relative_to(root) else asked.file.name
    with cache.locked(folder.name):
        found = made_before(asked)
        if found is None:
            with console.phase(f"Making the environment of {name} (cached afterwards)"):
                shutil.rmtree(folder, ignore_errors=True)
                _make(folder, asked, name)
            found = _found(folder, asked)
    if found is None:
        raise UserError(name, "an environment without a Python", "one that can be made", f"Remove {folder}.")
    return found


def _folder(asked: Requirements) -> Path:
    # Packages by path are found where they lie, so an environment with some belongs to one checkout.
    place = str(asked.file.parent) if asked.local else ""
    key = hashlib.sha256(f"{asked.kind} {asked.digest} {place} {sys.version_info[:2]}".encode()).hexdigest()[:16]
    return cache.folder() / "envs" / f"program-{key}"


def _found(folder: Path, asked: Requirements) -> Environment | None:
    found = at(folder)
    if found is None:
        return None
    return Environment(folder, f"the one made of {asked.file.name}", found.version, found.packages)


def _make(folder: Path, asked: Requirements, name: str) -> None:
    uv = shutil.which("uv")
    folder.parent.mkdir(parents=True, exist_ok=True)
    _run(
        name,
        [uv, "venv", "--quiet", "--seed", "--python", sys.executable, folder]
        if uv
        else [sys.executable, "-m", "venv", folder],
    )
    listed = folder / "requirements.txt"
    listed.write_text("\n".join(wanted(asked)) + "\n")
    python = folder / "bin" / "python"
    if uv:
        words: list[str | Path | None] = [uv, "pip", "install", "--quiet", "--python", python]
    else:
        words = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    whole = ["--no-deps"] if asked.kind in ("uv", "poetry") else []
    _run(name, [*words, *whole, "-r", listed], cwd=asked.file.parent)
    environment = at(folder)
    if environment is not None and asked.local:
        places = [_source((asked.file.parent / path).resolve()) for path in asked.local]
        (environment.site_packages / "local.pth").write_text("".join(f"{place}\n" for place in places))
    (folder / _READY).touch()


def wanted(asked: Requirements) -> list[str]:
    """What is installed of it, a line each.

    Without Pulumi's SDK and what it is built on, where a plan can't record with that version: ours takes its place, and
    an old one may not build on this Python.
    """
    lines = lines_of(asked)
    usable = any(f"{asked.versions.get('pulumi', '')}.".startswith(f"=={minor}.") for minor in recordable())
    if asked.kind not in ("uv", "poetry") or usable or "pulumi" not in asked.versions:
        return lines
    return [line for line in lines if normalised(line.split("==")[0].split(" @")[0]) not in _OF_THE_SDK]


def _source(folder: Path) -> Path:
    return folder / "src" if (folder / "src").is_dir() else folder


def _run(name: str, words: list[str | Path | None], cwd: Path | None = None) -> None:
    clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        stdin=subprocess.DEVNULL,
        env={**clean, "UV_PYTHON_DOWNLOADS": "never"},
    )
    if done.returncode:
        lines = [line.strip(_DRAWN) for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        errors = [line for line in lines if line.lower().startswith("error")] or lines or ["nothing said"]
        raise UserError(f"--install: {name}", errors[-1][:300], "packages that can be installed on this machine")
