"""The packages that a program is planned with: which it asks for, which it gets, and what to say where they differ."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from aistacks_core import environments
from aistacks_core.environments import Environment
from aistacks_core.errors import UserError
from aistacks_core.project import Project
from aistacks_core.snapshot import Opaque

from . import requirements
from .client import MissingPackageError
from .environment_making import ensure, made_before
from .requirements import Requirements

UNCOMPARED = "can't be compared"
_MOST_NAMED = 4


@dataclass(frozen=True)
class Packages:
    """What one revision of a project is planned with. ``environment``: its own, ``None`` for ours."""

    environment: Environment | None
    asked: Requirements | None
    root: Path
    uncompared: str = ""
    """Why a difference between the revisions' packages can't show; empty where it can."""

    def notes(self) -> list[str]:
        """How what is there differs from what the program asks for, a sentence each."""
        if self.asked is None:
            return []
        there = self.environment.packages if self.environment else _ours()
        unmet = [f"{name} {condition} (there: {version})" for name, condition, version in self.asked.unmet(there)]
        if not unmet:
            return []
        where = self.environment.name if self.environment else "aistacks's own packages, with which this is planned"
        return [f"{self._file} asks for other versions than {where}: {_some(unmet)}."]

    @property
    def _file(self) -> str:
        assert self.asked  # noqa: S101 (it is asked only where there is one)
        file = self.asked.file
        return file.relative_to(self.root).as_posix() if file.is_relative_to(self.root) else file.name

    def explained(self, error: MissingPackageError, project: Project) -> UserError:
        """``error`` with what to do about it."""
        begin = str(error).partition("; expected ")[0]
        if self.environment is not None:
            return UserError.line(f"{begin}; expected it in the program's environment ({self.environment.name})")
        if self.asked is None:
            return error
        missing = self.asked.missing(_ours())
        named = f" ({_some(missing)})" if missing else ""
        command = _command(self.asked, project)
        return UserError.line(
            f"{begin}; expected the packages of {self._file}, which aren't installed here{named}."
            f" Make its environment: {command}; or add --install to have one made outside the project."
        )


def packages_of(project: Project, root: Path, *, install: bool) -> Packages:
    """Of the work tree. ``install``: make an environment where there is none. Raises ``UserError`` if that fails."""
    asked = requirements.read(project, root)
    found = environments.find(project, root)
    return Packages(found or _made(asked, root, install=install), asked, root)


def packages_of_base(before: Project, tree: Path, head: Packages, beside: Path, *, install: bool) -> Packages:
    """Of the base: the head's where both ask for the same, else an environment that was made of the base's lock.

    Where there is none, the head's serves both, and what can't show for it is told.
    """
    asked = requirements.read(before, tree)
    changed = requirements.differing(asked, head.asked)
    environment = head.environment or environments.find(before, head.root, beside)
    if not changed:
        return Packages(environment, asked, tree)
    own = _made(asked, tree, install=install)
    if own is not None:
        return Packages(own, asked, tree)
    why = f"packages: {_some(changed)}; both revisions were planned with the head's (--install makes the base its own)"
    return Packages(environment, asked, tree, why)


def uncompared(packages: Packages) -> list[Opaque]:
    """What the base's packages leave unseen."""
    return [Opaque(UNCOMPARED, packages.uncompared)] if packages.uncompared else []


def _made(asked: Requirements | None, root: Path, *, install: bool) -> Environment | None:
    if asked is None or asked.kind == "pyproject":
        return None
    if install and _needs(asked):
        return ensure(asked, root)
    return made_before(asked)


def _needs(asked: Requirements) -> bool:
    """Whether our own packages aren't what is asked for."""
    ours = _ours()
    return bool(asked.missing(ours) or asked.unmet({name: ours[name] for name in asked.direct if name in ours}))


def _ours() -> dict[str, str]:
    return {environments.normalised(d.name): d.version for d in distributions()}


def _command(asked: Requirements, project: Project) -> str:
    if asked.kind == "uv":
        return "uv sync"
    if asked.kind == "poetry":
        return "poetry install"
    folder = project.virtualenv or "venv"
    what = "-r requirements.txt" if asked.kind == "requirements" else "-e ."
    return f"python -m venv {folder} && {folder}/bin/pip install {what}"


def _some(items: list[str]) -> str:
    more = len(items) - _MOST_NAMED
    return ", ".join(items[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
