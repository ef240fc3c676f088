"""Brings an environment up as one revision declares it, and another revision's over it, by the real engine."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from aistacks_core.environments import Environment
from aistacks_core.errors import UserError
from aistacks_core.project import read_project, region_of

from .. import cloud
from ..engine import operations as engine
from ..engine.operations import OperationError, Result
from ..engine.workspace import prepare
from ..programs import engine as engine_tool
from ..state import State
from .changes import Changes, summed_up, touched
from .scratch import scratch_sandbox


@dataclass(frozen=True)
class Revision:
    """A project as it is at one revision. ``environment``: its program's own Python; None: ours.

    ``roots``: folders whose modules go before whatever is installed, where the repository itself is.
    """

    name: str
    project: Path
    environment: Environment | None = None
    roots: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Rehearsed:
    """What the upgrade did to one environment. ``ids``: (type, name) → the id before and after ("": it is gone).

    ``failure``: why the new revision didn't come up, or not even its preview.
    """

    stack: str
    changes: Changes
    ids: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    failure: str = ""
    touched: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """(type, name) → the properties for which it was updated or replaced."""
    surprises: list[str] = field(default_factory=list)
    """Resources that the update replaced or deleted and the preview didn't announce."""


def rehearse(before: Revision, after: Revision, stack: str) -> Rehearsed:
    """Try the upgrade of ``stack`` out in a sandbox that is thrown away.

    Raises ``UserError`` where the old revision doesn't come up: then nothing can be said of the upgrade.
    """
    with scratch_sandbox() as state:
        engine_tool.ensure()
        ground = cloud.start(state)
        engine.plugins(state)
        if "yaml" in {read_project(each.project, or_yaml=True).runtime for each in (before, after)}:
            engine.language_host(state, "yaml")
        try:
            was = _operate(state, ground.endpoint, "up", before, stack)
        except OperationError as error:
            raise UserError(
                f"{stack} at {before.name}", error.messages[0] if error.messages else str(error), "one that comes up"
            ) from None
        try:
            announced = summed_up(_operate(state, ground.endpoint, "preview", after, stack).steps)
            now = _operate(state, ground.endpoint, "up", after, stack)
        except OperationError as error:
            return Rehearsed(stack, summed_up(()), failure=error.messages[0] if error.messages else str(error))
    done = summed_up(now.steps)
    return Rehearsed(stack, done, _ids(was, now), touched=touched(now.steps), surprises=_surprises(announced, done))


def _operate(state: State, endpoint: str, operation: engine.Operation, revision: Revision, stack: str) -> Result:
    region = region_of(read_project(revision.project, or_yaml=True), stack, cloud.DEFAULT_REGION)
    workspace = prepare(state, revision.project, stack, overrides={"aws:region": region}, settings_required=False)
    workspace = replace(workspace, environment=revision.environment)
    env = engine.environment(state, endpoint, region)
    if revision.roots:
        env["PYTHONPATH"] = os.pathsep.join(str(root) for root in revision.roots)
    text = {"up": f"Bringing {stack} up at {revision.name}", "preview": f"Previewing {stack} at {revision.name}"}
    return engine.operate(state, operation, workspace, env, text[operation])


def _ids(was: Result, now: Result) -> dict[tuple[str, str], tuple[str, str]]:
    after = {(each.type, each.name): each.id for each in now.inventory.entries}
    return {(each.type, each.name): (each.id, after.get((each.type, each.name), "")) for each in was.inventory.entries}


def _surprises(announced: Changes, done: Changes) -> list[str]:
    return sorted(
        f"{kind} {name} is {part}"
        for part in ("replaced", "deleted")
        for kind, names in done[part].items()
        for name in names - announced[part].get(kind, set())
    )


def module_roots(repository: Path, moved: Path, environment: Environment | None) -> tuple[Path, ...]:
    """The folders of ``repository`` that are installed in place (``pip install -e``), as they lie in ``moved``.

    Without them a program of another revision would be run with today's library.
    """
    places: Sequence[str] = sys.path if environment is None else _installed_in_place(environment.site_packages)
    found = []
    for place in dict.fromkeys(places):
        path = Path(place)
        inside = path.is_absolute() and path.is_relative_to(repository) and "site-packages" not in path.parts
        if inside and (moved / path.relative_to(repository)).is_dir() and path.is_dir():
            found.append(moved / path.relative_to(repository))
    return tuple(found)


def _installed_in_place(site_packages: Path) -> list[str]:
    return [
        line.strip()
        for file in sorted(site_packages.glob("*.pth"))
        for line in file.read_text(errors="replace").splitlines()
        if line.startswith("/")
    ]
