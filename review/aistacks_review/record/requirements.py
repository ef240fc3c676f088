"""Which packages a program says that it needs: a lock of uv or Poetry, a requirements file, or ``pyproject.toml``."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion

from aistacks_core.environments import normalised, upwards
from aistacks_core.errors import UserError
from aistacks_core.project import Project

_MOST_FILES = 20
"""Requirements files that include one another."""


@dataclass(frozen=True)
class Requirements:
    """What ``file`` asks for. ``versions``: a condition such as ``==1.2``, or empty, by normalised name."""

    file: Path
    kind: str
    """``uv``, ``poetry``, ``requirements`` or ``pyproject``."""
    digest: str
    """Of the file and what it includes, in hex."""
    versions: dict[str, str] = field(default_factory=dict)
    direct: tuple[str, ...] = ()
    """Which of them the program itself asks for."""
    local: tuple[str, ...] = ()
    """Folders of packages that are asked for by path."""

    def unmet(self, packages: dict[str, str]) -> list[tuple[str, str, str]]:
        """What of ``packages`` isn't as asked: name, condition, and the version that is there."""
        found = []
        for name, condition in sorted(self.versions.items()):
            there = packages.get(name)
            if there is not None and condition and not _holds(condition, there):
                found.append((name, condition, there))
        return found

    def missing(self, packages: dict[str, str]) -> list[str]:
        """The packages that the program asks for and that aren't there, sorted."""
        return sorted(name for name in self.direct if name not in packages)


def read(project: Project, root: Path) -> Requirements | None:
    """What the project asks for, by its toolchain, else by the first file that there is; ``None`` without any."""
    program = project.program if project.program.is_dir() else project.program.parent
    places = list(dict.fromkeys([*upwards(program, root), project.folder]))
    readers = {
        "uv": ("uv.lock", _of_uv),
        "poetry": ("poetry.lock", _of_poetry),
        "requirements": ("requirements.txt", _of_text),
        "pyproject": ("pyproject.toml", _of_pyproject),
    }
    order = {"uv": ["uv", "pyproject", "requirements"], "poetry": ["poetry", "pyproject", "requirements"]}
    for kind in order.get(project.toolchain, [*readers]):
        name, reader = readers[kind]
        # A requirements file belongs to what lies beside it; a lock is its whole workspace's.
        near = places if kind in ("uv", "poetry") else [program, project.folder]
        for place in near:
            if (place / name).is_file():
                found = _read(place / name, kind, reader)
                if found is not None:
                    return found
    return None


def _read(file: Path, kind: str, reader: Callable[[Path], Requirements | None]) -> Requirements | None:
    try:
        return reader(file)
    except (AttributeError, KeyError, TypeError, ValueError):
        what = {"uv": "a lock of uv", "poetry": "a lock of Poetry"}.get(kind, "a list of packages")
        raise UserError(str(file), "something else", what) from None
    except OSError as error:
        raise UserError(str(file), (error.strerror or "an error").lower(), "a file that can be read") from None


def differing(one: Requirements | None, other: Requirements | None) -> list[str]:
    """The packages of which two revisions ask for different versions, each with both: ``lib (1.0, now 2.0)``."""
    old, new = (side.versions if side else {} for side in (one, other))
    names = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    return [f"{name} ({_shown(old, name)}, now {_shown(new, name)})" for name in names]


def _shown(versions: dict[str, str], name: str) -> str:
    return versions[name].removeprefix("==") or "any" if name in versions else "none"


def _holds(condition: str, version: str) -> bool:
    try:
        return SpecifierSet(condition).contains(version, prereleases=True)
    except (InvalidVersion, ValueError):
        return True  # A condition that only the installer understands.


def _digest(*files: Path) -> str:
    made = hashlib.sha256()
    for file in files:
        made.update(file.read_bytes())
    return made.hexdigest()


def _table(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(errors="replace"))
    except (OSError, tomllib.TOMLDecodeError):
        return {}


def _of_uv(file: Path) -> Requirements:
    packages = [p for p in _table(file).get("package", []) if isinstance(p, dict) and isinstance(p.get("name"), str)]
    versions, direct, local = {}, [], []
    for package in packages:
        source = package.get("source", {})
        path = next((source[key] for key in ("editable", "directory", "virtual") if key in source), None)
        if path is None:
            # One with several versions has one for each Python or system: none of them is the version.
            name = normalised(package["name"])
            versions[name] = "" if name in versions else f"=={package.get('version', '')}"
            continue
        if path != "." and "virtual" not in source:
            local.append(path)
        direct += [normalised(d["name"]) for d in package.get("dependencies", []) if isinstance(d.get("name"), str)]
    direct = [name for name in direct if name in versions]
    return Requirements(file, "uv", _digest(file), versions, tuple(dict.fromkeys(direct)), tuple(local))


def _of_poetry(file: Path) -> Requirements:
    packages = [p for p in _table(file).get("package", []) if isinstance(p, dict) and isinstance(p.get("name"), str)]
    local = [p["source"]["url"] for p in packages if p.get("source", {}).get("type") == "directory"]
    versions = {
        normalised(p["name"]): f"=={p.get('version', '')}"
        for p in packages
        if p.get("source", {}).get("type") != "directory"
    }
    own = _of_pyproject(file.with_name("pyproject.toml"))
    direct = tuple(name for name in (own.direct if own else ()) if name in versions)
    return Requirements(file, "poetry", _digest(file), versions, direct, tuple(local))


def _of_pyproject(file: Path) -> Requirements | None:
    about = _table(file)
    asked = [_requirement(text) for text in about.get("project", {}).get("dependencies", []) if isinstance(text, str)]
    versions = {normalised(one.name): str(one.specifier) for one in asked if one and _applies(one)}
    # Poetry's own table has conditions of its own kind, so the names alone are taken.
    old = about.get("tool", {}).get("poetry", {}).get("dependencies", {})
    versions |= {normalised(name): "" for name in old if name != "python" and normalised(name) not in versions}
    if not versions:
        return None
    return Requirements(file, "pyproject", _digest(file), versions, tuple(versions))


def _of_text(file: Path) -> Requirements:
    files: list[Path] = []
    versions: dict[str, str] = {}
    local: list[str] = []
    for line in _lines(file, files):
        if _is_local(line):
            local.append(line.removeprefix("--editable").removeprefix("-e").strip("= "))
            continue
        requirement = _requirement(line.split(" --")[0])
        if requirement and _applies(requirement):
            versions[normalised(requirement.name)] = str(requirement.specifier)
    return Requirements(file, "requirements", _digest(*files), versions, tuple(versions), tuple(local))


def text_lines(file: Path) -> list[str]:
    """The lines of a requirements file and of those that it includes, without packages by path."""
    return [line for line in _lines(file, [], options=True) if not _is_local(line)]


def _is_local(line: str) -> bool:
    return line.startswith(("-e", "--editable", ".", "/", "file:"))


def _lines(file: Path, read: list[Path], *, options: bool = False) -> Iterator[str]:
    file = file.resolve()
    if file in read or len(read) >= _MOST_FILES or not file.is_file():
        return
    read.append(file)
    text = file.read_text(errors="replace").replace("\\\n", " ")
    for raw in text.splitlines():
        line = raw.split(" #")[0].strip()
        if line.startswith(("-r", "--requirement")):
            other = line.removeprefix("--requirement").removeprefix("-r").strip("= ")
            yield from _lines(file.parent / other, read, options=options)
        elif line and not line.startswith("#") and (options or not line.startswith("-") or _is_local(line)):
            yield line


def _requirement(text: str) -> Requirement | None:
    try:
        return Requirement(text.strip())
    except InvalidRequirement:
        return None


def _applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate()
