"""The verb `aistacks recover`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aistacks_core import console
from aistacks_core.errors import UserError

from .sandbox import project_of
from .store_options import ProjectFolder

if TYPE_CHECKING:
    from aistacks_recovery.locks import Lock
    from aistacks_recovery.recovering.examine import Decision
    from aistacks_recovery.recovering.holders import Held

_LEFT = 3
_REGION = "us-east-1"

Take = Annotated[
    list[str] | None,
    typer.Option("--take", help="NAME=ID: that is what was being made; into the state. May be repeated."),
]
Remove = Annotated[list[str] | None, typer.Option("--remove", help="NAME=ID: that was being made; delete it.")]
Forget = Annotated[list[str] | None, typer.Option("--forget", help="NAME: nothing is it; drop the note.")]


def recover(
    environment: Annotated[
        str,
        typer.Argument(
            help="Which stack: the environment of stacks/Pulumi.<environment>.yaml. Default: the sandbox's stacks.",
            show_default=False,
        ),
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON; without --yes nothing is done.")] = False,
    take: Take = None,
    remove: Remove = None,
    forget: Forget = None,
    project: ProjectFolder = None,
) -> None:
    """Say what the last run left unfinished on AWS, and take it into the state, or remove it, with your yes.

    Without an environment it is the sandbox's, where nothing is asked.
    Exit code 0: nothing to do, or done; 3: something is left to decide; 2: refused.
    """
    if not environment:
        _recover_sandbox(project, as_json, [*(take or []), *(remove or []), *(forget or [])])
        return
    from aistacks_core.project import read_project, region_of
    from aistacks_recovery.account import Account
    from aistacks_recovery.recovering import report
    from aistacks_recovery.recovering.carry_out import carry_out
    from aistacks_recovery.recovering.engine import Engine
    from aistacks_recovery.recovering.examine import examine
    from aistacks_recovery.recovering.holders import left_by_the_dead

    found = read_project(project_of(project), or_yaml=True)
    name = environment.rpartition("/")[2]
    default = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or _REGION
    engine = Engine(found.folder, environment, dict(os.environ))
    held = left_by_the_dead(found.folder, found.name, environment, os.environ)
    decisions = _decisions(take or [], remove or [], forget or [])
    damage = _mend(environment, held, yes, as_json)
    with console.phase("Looking for what the last run left"):
        examined = examine(engine, Account(region_of(found, name, default)), decisions, held.since)
    if not as_json:
        _show(environment, held.locks)
        if examined.items:
            console.out.print(report.as_table(examined))
    # The engine drops every note when a state is put in: as long as one is to be decided, all of them stay.
    done = not examined.left and bool(examined.todo or held.locks) and (yes or (not as_json and _agreed()))
    if done:
        carry_out(engine, examined, held)
    if as_json:
        console.out.print_json(json.dumps(report.as_json(examined, environment, held, done=done, damage=damage)))
    elif not examined.items and not held.locks and not damage:
        console.out.print(f"{environment}: nothing was left unfinished.")
    elif examined.left:
        said = "Nothing is done before each of these is decided; several decisions go into one command:"
        console.out.print(said, *report.choices(examined, environment), sep="\n  ", markup=False)
    if examined.left or (examined.todo and not done):
        raise typer.Exit(_LEFT)


def _mend(environment: str, held: Held, yes: bool, as_json: bool) -> str:
    """Put a damaged state right, and what was wrong; or end with what would be done: nothing can be looked up in it."""
    from aistacks_recovery.recovering import damage, report
    from aistacks_recovery.recovering.examine import Examined

    said = damage.damage(held)
    if not said:
        return ""
    if not as_json:
        console.out.print(f"{environment}: {said}.", markup=False)
    if not yes and (as_json or not _agreed()):
        if as_json:
            nothing = Examined((), {})
            console.out.print_json(json.dumps(report.as_json(nothing, environment, held, done=False, damage=said)))
        raise typer.Exit(_LEFT)
    for line in damage.mend(held):
        console.note(line)
    return said


def _recover_sandbox(project: Path | None, as_json: bool, decisions: list[str]) -> None:
    from aistacks_sandbox.recover import recover as take_up

    if decisions:
        raise UserError(
            "aistacks recover",
            "a decision, and no environment",
            "the environment that it is about",
            "In the sandbox nothing is asked.",
        )
    done = take_up(project_of(project))
    if as_json:
        console.out.print_json(json.dumps({"stacks": [{"stack": key, "recovered": was} for key, was in done.items()]}))
        return
    for key, was in done.items():
        said = "in order again; the next run goes on from there" if was else "nothing was left unfinished"
        console.out.print(f"{key}: {said}.", markup=False)
    if not done:
        console.out.print("The sandbox has no stack: nothing to do.")


def _decisions(take: list[str], remove: list[str], forget: list[str]) -> list[Decision]:
    from aistacks_recovery.recovering.examine import Choice, Decision

    made = []
    for choice, texts in ((Choice.TAKE, take), (Choice.REMOVE, remove), (Choice.FORGET, forget)):
        for text in texts:
            # A URN has no `=`, an id may.
            name, _, identity = text.partition("=")
            if choice is Choice.FORGET and identity:
                raise UserError(f"--forget {text}", "an id", "a name alone")
            made.append(Decision(choice, name, identity))
    return made


def _show(environment: str, locks: tuple[Lock, ...]) -> None:
    for lock in locks:
        console.out.print(f"{environment}: left locked by {lock.shown}; the lock is dropped", markup=False)


def _agreed() -> bool:
    return sys.stdin.isatty() and typer.confirm("Do that?", err=True)
