"""Plans of a project's environments, of the work tree and of a base revision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aistacks_core.errors import UserError
from aistacks_core.project import Project, Settings, read_project, read_settings
from aistacks_core.snapshot import Plan

from . import revisions
from .client import MEMORY, TIMEOUT, Job, RefusedError, Running


@dataclass(frozen=True)
class Side:
    """One revision of one environment: its plan, or why there is none."""

    plan: Plan | None
    settings: Settings | None
    error: str = ""

    @property
    def there(self) -> bool:
        """Whether the revision has the environment at all."""
        return self.plan is not None or bool(self.error)


@dataclass(frozen=True)
class Planned:
    """One environment, planned."""

    environment: str
    head: Side
    base: Side | None
    """``None`` without a base revision."""


@dataclass(frozen=True)
class Limits:
    """What a program may take: seconds, bytes of memory, and the variables that it may see."""

    timeout: float
    memory: int
    variables: tuple[str, ...] = ()


_NOBODY = Side(None, None)


def plan_environments(
    project: Project, environments: list[str], base: str, limits: Limits, meanwhile: Callable[[], None] = lambda: None
) -> tuple[Iterator[Planned], str, str]:
    """Plan each of ``environments`` and, where ``base`` names a revision, the same there.

    Returns the plans as they come, and the hashes of head and base (empty without a repository or a base). Base and
    head of an environment run side by side, and ``meanwhile`` runs once while they do. Raises ``UserError`` for a
    revision that isn't there.
    """
    if not base:
        return _plan(project, None, environments, limits, meanwhile), _head(project.folder), ""
    repo = revisions.repository(project.folder)
    hashed = revisions.commit(repo, base)
    return _plan(project, (repo, hashed), environments, limits, meanwhile), revisions.head(repo), hashed


def validate_settings(project: Project, environment: str) -> None:
    """Let the program and its components validate the settings of ``environment``; nothing is made.

    Raises ``UserError`` with the line of what they refuse. Another error is none here: a plan has no network and no
    cloud to ask, and the engine's own run has both.
    """
    settings = read_settings(project, environment)
    running = Running(_job(project, environment, settings, None, Limits(TIMEOUT, MEMORY)))
    try:
        running.finish()
    except RefusedError:
        raise
    except UserError:
        return
    finally:
        running.stop()


def root_of(folder: Path) -> Path:
    """The repository that ``folder`` lies in, else the folder itself: where files are named from."""
    try:
        return revisions.repository(folder)
    except UserError:
        return folder


def _head(folder: Path) -> str:
    try:
        return revisions.head(revisions.repository(folder))
    except UserError:
        return ""


def _plan(
    project: Project,
    base: tuple[Path, str] | None,
    environments: list[str],
    limits: Limits,
    meanwhile: Callable[[], None],
) -> Iterator[Planned]:
    with ExitStack() as stack:
        before, moved, broken = None, None, ""
        if base:
            repo, hashed = base
            tree = stack.enter_context(revisions.worktree(repo, hashed))
            moved = (str(repo), str(tree))
            before, broken = _project_at(tree / project.folder.relative_to(repo.resolve()))
        for name in environments or _all(project, before):
            head = _start(stack, project, name, None, limits)
            was = _start(stack, before, name, moved, limits) if base and not broken else None
            meanwhile()
            meanwhile = _nothing
            if was is None:
                yield Planned(name, head(), Side(None, None, broken) if base else None)
            else:
                yield Planned(name, head(), was())


def _nothing() -> None:
    """Done already."""


def _project_at(folder: Path) -> tuple[Project | None, str]:
    if not (folder / "Pulumi.yaml").is_file():
        return None, ""
    try:
        return read_project(folder), ""
    except UserError as error:
        return None, str(error)


def _all(project: Project, before: Project | None) -> list[str]:
    return sorted({*project.stacks(), *(before.stacks() if before else [])})


def _start(
    stack: ExitStack, project: Project | None, name: str, moved: tuple[str, str] | None, limits: Limits
) -> Callable[[], Side]:
    """Start planning; what comes back waits for the end of it."""
    if project is None or (project.stacks() and name not in project.stacks()):
        return lambda: _NOBODY
    try:
        settings = read_settings(project, name)
    except UserError as error:
        line = str(error)
        return lambda: Side(None, None, line)
    running = Running(_job(project, name, settings, moved, limits))
    stack.callback(running.stop)

    def finish() -> Side:
        try:
            return Side(running.finish(), settings)
        except UserError as error:
            return Side(None, settings, str(error))

    return finish


def _job(project: Project, name: str, settings: Settings, moved: tuple[str, str] | None, limits: Limits) -> Job:
    root = moved[1] if moved else str(root_of(project.folder))
    extra: Any = settings.tables.get(f"{project.name}:plan")
    answers = extra.get("answers") if isinstance(extra, dict) else None
    return Job(
        program=project.program,
        project=project.name,
        stack=name,
        config=settings.config,
        encrypted=settings.encrypted,
        answers=answers if isinstance(answers, dict) else {},
        moved=moved,
        root=root,
        timeout=limits.timeout,
        memory=limits.memory,
        variables=limits.variables,
    )
