"""Plans of a project's environments, of the work tree and of a base revision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from aistacks_core.errors import UserError
from aistacks_core.project import FILE, Project, Settings, read_project, read_settings
from aistacks_core.snapshot import Plan
from aistacks_core.stated_answers import stated_answers
from aistacks_core.yaml_files import read_mapping

from . import revisions
from .base_tree import Tree, checked_out
from .client import MEMORY, TIMEOUT, Job, MissingPackageError, RefusedError, Running
from .level import Level
from .packages import Packages, packages_of, packages_of_base, uncompared


@dataclass(frozen=True)
class Side:
    """One revision of one environment: its plan, or why there is none."""

    plan: Plan | None
    settings: Settings | None
    error: str = ""
    notes: tuple[str, ...] = ()
    """What else a reader should know of it: a sentence each."""

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

    @property
    def nowhere(self) -> bool:
        """Whether there is a base, and neither revision has the environment."""
        return self.base is not None and not self.head.there and not self.base.there


@dataclass(frozen=True)
class Limits:
    """What a program may take: seconds, bytes of memory, and the variables that it may see."""

    timeout: float
    memory: int
    variables: tuple[str, ...] = ()
    install: bool = False
    """Whether an environment is made where the program asks for packages that aren't here."""


_NOBODY = Side(None, None)


def plan_environments(
    project: Project,
    environments: list[str],
    base: str,
    limits: Limits,
    meanwhile: Callable[[], None] = lambda: None,
    tree: Tree | str | None = None,
) -> tuple[Iterator[Planned], str, str]:
    """Plan each of ``environments`` and, where ``base`` names a revision, the same there.

    Returns the plans as they come, and the hashes of head and base (empty without a repository or a base). Base and
    head of an environment run side by side, and ``meanwhile`` runs once while they do. ``tree``: the base's files where
    they are there already, or the line that says why they can't be. Raises ``UserError`` for a
    revision that isn't there.
    """
    if not base:
        return _plan(project, None, environments, limits, meanwhile, None), _head(project.folder), ""
    repo = revisions.repository(project.folder)
    hashed = revisions.commit(repo, base)
    return _plan(project, (repo, hashed), environments, limits, meanwhile, tree), revisions.head(repo), hashed


def validate_settings(project: Project, environment: str) -> None:
    """Let the program and its components validate the settings of ``environment``; nothing is made.

    Raises ``UserError`` with the line of what they refuse. Another error is none here: a plan has no network and no
    cloud to ask, and the engine's own run has both.
    """
    settings = read_settings(project, environment)
    packages = packages_of(project, root_of(project.folder), install=False)
    running = Running(_job(project, environment, settings, packages, None, Limits(TIMEOUT, MEMORY)))
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
    tree: Tree | str | None,
) -> Iterator[Planned]:
    with ExitStack() as stack:
        packages = packages_of(project, root_of(project.folder), install=limits.install)
        before = _base(stack, project, base, packages, limits, tree) if base else _Base()
        for name in environments or _all(project, before.project):
            head = _start(stack, project, name, packages, None, limits)
            was = _start(stack, before.project, name, before.packages, before.moved, limits) if before.moved else None
            meanwhile()
            meanwhile = _nothing
            if was is None:
                yield Planned(name, head(), Side(None, None, before.error) if base else None)
            else:
                one, other = _alike(head, was)
                yield Planned(name, before.unseen(one), before.told(other, one))


@dataclass(frozen=True)
class _Base:
    """The base revision's project, or why there is none. ``moved``: the repository, and where the base's files are."""

    project: Project | None = None
    moved: tuple[str, str] | None = None
    error: str = ""
    missing: tuple[str, ...] = ()
    was_at: str = ""
    packages: Packages | None = None

    def unseen(self, head: Side) -> Side:
        """``head`` with what can't show, for the base had other packages."""
        more = uncompared(self.packages) if self.packages and head.plan else []
        if not more or head.plan is None:
            return head
        return replace(head, plan=replace(head.plan, opaque=[*head.plan.opaque, *more]))

    def told(self, side: Side, head: Side) -> Side:
        """``side`` with what of the base isn't here, and how else it was planned than the head."""
        notes = [f"The base is another case: {note}" for note in side.notes if note not in head.notes and head.plan]
        if self.was_at:
            notes.append(f"The base has this project in another folder, {self.was_at}.")
        if not self.missing:
            return replace(side, notes=tuple(notes))
        left_out = f"not on this machine: {', '.join(self.missing)}"
        if side.error:
            return replace(side, error=f"{side.error} ({left_out})")
        return replace(side, notes=(*notes, f"Of the base, these were planned without: {left_out}."))


def _base(
    stack: ExitStack,
    project: Project,
    base: tuple[Path, str],
    packages: Packages,
    limits: Limits,
    given: Tree | str | None,
) -> _Base:
    repo, hashed = base
    inside = project.folder.relative_to(repo.resolve())
    if isinstance(given, str):
        return _Base(error=given)
    try:
        tree = given or stack.enter_context(checked_out(repo, hashed))
    except UserError as error:
        return _Base(error=str(error))
    try:
        found, was_at = _folder_in(tree.folder, inside, project.name, repo)
        before = read_project(found) if found else None
        own = None
        if found and before:
            beside = repo / found.relative_to(tree.folder)
            own = packages_of_base(before, tree.folder, packages, beside, install=limits.install)
    except UserError as error:
        return _Base(error=_relative(error, tree.folder))
    if before is None and tree.sparse:
        return _Base(error=f"{inside.as_posix()}: got nothing there; expected its files on this machine")
    return _Base(before, (str(repo), str(tree.folder)), "", tuple(tree.missing), was_at, own)


def _folder_in(tree: Path, inside: Path, name: str, repo: Path) -> tuple[Path | None, str]:
    """The project's folder in the base: the same one, else the only one of its name that the head no longer has."""
    if (tree / inside / FILE).is_file():
        return tree / inside, ""
    listed = revisions.git(tree, "ls-files", "-z", f"*{FILE}").stdout.split("\0")
    gone = [Path(file).parent for file in listed if Path(file).name == FILE and not (repo / file).is_file()]
    same = [folder for folder in gone if _name_at(tree / folder) == name]
    return (tree / same[0], same[0].as_posix()) if len(same) == 1 else (None, "")


def _name_at(folder: Path) -> Any:
    try:
        return read_mapping(folder / FILE, "a Pulumi project").get("name")
    except UserError:
        return None


class _Started(Protocol):
    def __call__(self, level: Level = Level.EVERYTHING) -> Side:
        """Wait for the side; at a lower level it is planned anew."""


def _alike(head: _Started, base: _Started) -> tuple[Side, Side]:
    """Both sides with as much filled in: what is known on one side only would show as a change."""
    one, other = head(), base()
    if one.plan is None or other.plan is None or one.plan.level == other.plan.level:
        return one, other
    least = Level(min(one.plan.level, other.plan.level))
    return (head(least), other) if one.plan.level > least else (one, base(least))


def _nothing() -> None:
    """Done already."""


def _relative(error: UserError, root: str | Path) -> str:
    """The line of ``error`` with its files named from ``root``."""
    return str(error).replace(f"{root}/", "")


def _all(project: Project, before: Project | None) -> list[str]:
    return sorted({*project.stacks(), *(before.stacks() if before else [])})


def _start(
    stack: ExitStack,
    project: Project | None,
    name: str,
    packages: Packages | None,
    moved: tuple[str, str] | None,
    limits: Limits,
) -> _Started:
    """Start planning; what comes back waits for the end of it."""
    if project is None or packages is None or (project.stacks() and name not in project.stacks()):
        return lambda level=Level.EVERYTHING: _NOBODY  # noqa: ARG005
    try:
        settings = read_settings(project, name)
        job = _job(project, name, settings, packages, moved, limits)
    except UserError as error:
        line = _relative(error, moved[1]) if moved else str(error)
        return lambda level=Level.EVERYTHING: Side(None, None, line)  # noqa: ARG005
    running = Running(job)
    stack.callback(running.stop)

    def finish(level: Level = Level.EVERYTHING) -> Side:
        try:
            again = running if level is Level.EVERYTHING else Running(job, level=level)
            plan = again.finish()
        except MissingPackageError as error:
            return Side(None, settings, _relative(packages.explained(error, project), packages.root))
        except UserError as error:
            return Side(None, settings, str(error))
        return Side(plan, settings, notes=(*again.notes, *packages.notes()))

    return finish


def _job(
    project: Project,
    name: str,
    settings: Settings,
    packages: Packages,
    moved: tuple[str, str] | None,
    limits: Limits,
) -> Job:
    root = moved[1] if moved else str(root_of(project.folder))
    return Job(
        program=project.program,
        project=project.name,
        stack=name,
        config=settings.config,
        encrypted=settings.encrypted,
        environments=settings.environments,
        settings_file=str(project.settings_path(name)),
        answers=stated_answers(project, name, settings.tables).to_json(),
        moved=moved,
        root=root,
        timeout=limits.timeout,
        memory=limits.memory,
        variables=limits.variables,
        environment=packages.environment,
    )
