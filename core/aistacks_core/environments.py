"""The Python environment that a program brings along: found where Pulumi's toolchains have it, and only read."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import platformdirs

from .project import Project

OLDEST = (3, 11)
"""The oldest Python that can record a plan."""
_STARTS = 20
"""Seconds that it may take to start."""
_NAMES = (".venv", "venv")
_SHOWN = ("pulumi", "pulumi-aws", "pulumi-kubernetes")


def root_of(folder: Path) -> Path:
    """The repository that ``folder`` lies in; ``folder`` itself outside any."""
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), folder)


@dataclass(frozen=True)
class Environment:
    """A virtual environment. ``name``: how it is told, a path seen from the repository where it lies in it."""

    folder: Path
    name: str
    version: tuple[int, int]
    """Of its Python: ``(3, 12)``."""
    packages: dict[str, str] = field(default_factory=dict, compare=False)
    """Installed versions, by normalised name."""

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        """Where its packages lie."""
        return _site_packages(self.folder, self.version)

    def command(self, ours: Sequence[str], module: str) -> list[str]:
        """What runs ``main`` of our ``module`` in it, our packages ``ours`` beside its own.

        Where they can't be loaded there, the process prints ``{"unusable": why}`` and ends.
        """
        folders = {name: str(Path(str(import_module(name).__file__)).parents[1]) for name in ours}
        return [str(self.python), "-P", str(Path(__file__).with_name("inside.py")), json.dumps(folders), module]

    def starts(self) -> bool:
        """Whether its interpreter runs here: it may have been made on another machine."""
        words = [str(self.python), "-I", "-S", "-c", ""]
        try:
            done = subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL, timeout=_STARTS, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0

    @property
    def shown(self) -> str:
        """What a reader wants to know of it: ``.venv (Python 3.12, pulumi 3.272.0)``."""
        versions = [f"{name} {self.packages[name]}" for name in _SHOWN if name in self.packages]
        return f"{self.name} ({', '.join([f'Python {self.version[0]}.{self.version[1]}', *versions])})"


def find(project: Project, root: Path, beside: Path | None = None) -> Environment | None:
    """The environment of ``project``, the first that there is; ``None`` where there is none, or it is the running one.

    ``beside``: the project's folder in the caller's own checkout, where the environments of another revision lie.
    ``root``: the repository, up to which is looked.
    """
    for folder in _candidates(project, root, beside or project.folder):
        found = at(folder, root)
        if found is not None:
            return None if _is_ours(folder) else found
    return None


def at(folder: Path, root: Path | None = None) -> Environment | None:
    """The environment in ``folder``; ``None`` where there is none."""
    if not os.access(folder / "bin" / "python", os.X_OK):
        return None
    version = _version(folder)
    if version is None:
        return None
    name = folder.relative_to(root).as_posix() if root and folder.is_relative_to(root) else folder.name
    return Environment(folder, name, version, installed(_site_packages(folder, version)))


def installed(site_packages: Path) -> dict[str, str]:
    """Versions of what is installed there, by normalised name."""
    found = {}
    try:
        names = [entry.name for entry in os.scandir(site_packages) if entry.name.endswith(".dist-info")]
    except OSError:
        return {}
    for name in names:
        package, _, version = name.removesuffix(".dist-info").rpartition("-")
        found[normalised(package)] = version
    return found


def normalised(name: str) -> str:
    """A package's name as indexes hold it: ``Pulumi_AWS`` is ``pulumi-aws``."""
    return re.sub(r"[-_.]+", "-", name).lower()


def upwards(folder: Path, root: Path) -> Iterator[Path]:
    """``folder`` and those above it, up to ``root``; ``folder`` alone where it isn't below that."""
    yield folder
    for above in folder.parents:
        if not above.is_relative_to(root):
            return
        yield above


def _candidates(project: Project, root: Path, folder: Path) -> Iterator[Path]:
    program = project.program if project.program.is_dir() else project.program.parent
    inside = folder / program.relative_to(project.folder)
    if project.virtualenv:
        yield folder / project.virtualenv
    if project.toolchain in ("", "uv"):
        locked = next((place for place in upwards(inside, root) if (place / "uv.lock").is_file()), None)
        if locked is not None:
            yield locked / (os.environ.get("UV_PROJECT_ENVIRONMENT") or ".venv")
    if project.toolchain in ("", "poetry"):
        named = (place for place in upwards(inside, root) if (place / "pyproject.toml").is_file())
        yield from _of_poetry(next(named, inside))
    for place in dict.fromkeys((inside, folder)):
        yield from (place / name for name in _NAMES)
    if active := os.environ.get("VIRTUAL_ENV"):
        yield Path(active)
    for place in upwards(folder, root):
        yield from (place / name for name in _NAMES)


def _of_poetry(folder: Path) -> Iterator[Path]:
    """Where Poetry keeps the environments of the project in ``folder``, by a hash of its path."""
    yield folder / ".venv"
    cache = os.environ.get("POETRY_CACHE_DIR") or platformdirs.user_cache_dir("pypoetry", appauthor=False)
    place = Path(os.environ.get("POETRY_VIRTUALENVS_PATH") or Path(cache) / "virtualenvs")
    digest = hashlib.sha256(os.path.realpath(folder).encode()).digest()
    mark = base64.urlsafe_b64encode(digest).decode()[:8]
    if place.is_dir():
        yield from sorted(place.glob(f"*-{mark}-py3*"), reverse=True)


def _is_ours(folder: Path) -> bool:
    return folder.resolve() == Path(sys.prefix).resolve()


def _version(folder: Path) -> tuple[int, int] | None:
    try:
        text = (folder / "pyvenv.cfg").read_text(errors="replace")
    except OSError:
        return None
    found = re.search(r"(?m)^version(?:_info)?\s*=\s*(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else None


def _site_packages(folder: Path, version: tuple[int, int]) -> Path:
    return folder / "lib" / f"python{version[0]}.{version[1]}" / "site-packages"
