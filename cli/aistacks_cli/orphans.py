"""The verb `aistacks orphans`."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aistacks_core import console
from aistacks_core.errors import UserError

from .sandbox import project_of
from .store_options import ProjectFolder

if TYPE_CHECKING:
    from aistacks_recovery.orphans import Finding, Report, Stack
    from aistacks_recovery.orphans.removal import Removal, Removed

    from .orphan_subjects import Subject

_SOME = 3
_UNREAD = 1
_FAILED = 1

Environment = Annotated[
    str, typer.Argument(help="Whose: an environment on AWS. Default: the running sandbox's stacks.", show_default=False)
]
StateFile = Annotated[
    Path | None, typer.Option("--state", metavar="FILE", help="What `pulumi stack export` wrote, instead.")
]
Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="KEY=VALUE", help="What carries it is the stack's, too; of several, all of them."),
]
Clusters = Annotated[
    list[str] | None, typer.Option("--cluster", metavar="NAME", help="An EKS cluster that the stack had.")
]
Regions = Annotated[
    list[str] | None, typer.Option("--region", metavar="REGION", help="Look there, too; the first is the stack's.")
]
Everything = Annotated[bool, typer.Option("--all", help="Show what belongs to things in the state, too.")]
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
Remove = Annotated[bool, typer.Option("--remove", help="Remove them, after a plan and a yes.")]
Include = Annotated[
    list[str] | None, typer.Option("--include", metavar="ID", help="Remove this one, though it holds data.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]


def orphans(
    environment: Environment = "",
    state: StateFile = None,
    tag: Tags = None,
    cluster: Clusters = None,
    region: Regions = None,
    everything: Everything = False,
    as_json: Json = False,
    remove: Remove = False,
    include: Include = None,
    yes: Yes = False,
    project: ProjectFolder = None,
) -> None:
    """What a stack left in the account: carries its tags or names, and is in no state.

    Exit code 0: none; 3: some; 1: something couldn't be looked at or removed; 2: refused.
    """
    tags = _tags(tag or [])
    if include and not remove:
        raise UserError("--include", "no --remove", "both, or neither")
    if remove and as_json and not yes:
        raise UserError("--remove --json", "no --yes", "--yes too", "Nobody could be asked.")
    codes = []
    reports: list[tuple[Report, list[Removed]]] = []
    subjects = _subjects(environment, state, (region or [""])[0], project)
    if include and len(subjects) > 1:
        raise UserError("--include", f"{len(subjects)} stacks", "one stack", "Destroy or name the others first.")
    for subject in subjects:

        def again(subject: Subject = subject) -> Stack:
            return _stack(subject, tags, cluster or [], region or [])

        report, finding = _looked(subject, again())
        if not as_json:
            _show(report, everything)
        removed = _removal(subject, finding, include or [], again, yes=yes, quiet=as_json) if remove else []
        reports.append((report, removed))
        codes.append(_code(report, finding, removed))
    if as_json:
        print(json.dumps([_table(*each, everything) for each in reports], indent=1))  # noqa: T201
    # What wasn't looked at may hide some: that there are some is the more certain thing to say.
    raise typer.Exit(max(codes, default=0))


def _subjects(environment: str, state: Path | None, region: str, project: Path | None) -> list[Subject]:
    from . import orphan_subjects

    if state is not None:
        if environment:
            raise UserError("aistacks orphans", "an environment and --state", "one of the two")
        return [orphan_subjects.of_file(state, region)]
    folder = project_of(project)
    if environment:
        with console.phase(f"Reading the state of {environment}"):
            return [orphan_subjects.of_environment(folder, environment, region)]
    return orphan_subjects.of_sandbox(folder)


def _tags(given: list[str]) -> dict[str, str]:
    found = {}
    for text in given:
        key, sign, value = text.partition("=")
        if not key or not sign:
            raise UserError("--tag", repr(text), "KEY=VALUE")
        found[key] = value
    return found


def _stack(subject: Subject, tags: dict[str, str], clusters: list[str], regions: list[str]) -> Stack:
    from aistacks_recovery.orphans import Stack

    home = subject.account.region
    return Stack.of(subject.name, subject.read(), home, tags=tags, clusters=clusters, regions=regions)


def _looked(subject: Subject, stack: Stack) -> tuple[Report, Finding]:
    from botocore.exceptions import BotoCoreError, ClientError

    from aistacks_recovery.orphans import Report, find

    account = subject.account
    with console.phase(f"Looking for what {stack.name or 'these tags'} left in {', '.join(stack.regions)}") as show:
        try:
            number = account.number
        except (ClientError, BotoCoreError) as error:
            raise UserError("AWS", str(error), "credentials that hold") from None
        finding = find(stack, account, show)
    return Report.of(stack, number, finding, dt.datetime.now(dt.UTC), account.region), finding


def _show(report: Report, everything: bool) -> None:
    from aistacks_recovery.orphans import Standing

    from . import orphan_tables

    for standing in Standing:
        items = [each for each in report.items if each.standing is standing]
        if items and (standing is not Standing.BELONGS or everything):
            console.out.print(f"\n[bold]{standing.heading}[/]")
            console.out.print(orphan_tables.found(items))
    for unread in report.unread:
        console.note(f"not looked at: {unread.kind} in {unread.region}: {unread.reason}")
    if not report.tagged and report.stack:
        console.note(
            f"nothing in the state carries aistacks:stack={report.stack}: only its clusters' names and --tag tell what"
            " is the stack's; a stack of an earlier version has the tag after its next `up`"
        )
    console.out.print(orphan_tables.summary(report), style="bold", markup=False)


def _removal(
    subject: Subject, finding: Finding, include: list[str], again: Callable[[], Stack], *, yes: bool, quiet: bool
) -> list[Removed]:
    from aistacks_recovery.orphans import plan, remove

    from . import orphan_tables

    removal: Removal = plan(finding, include)
    if not quiet:
        console.out.print(orphan_tables.plan(removal))
    if not removal.going:
        return []
    if not yes and not (sys.stdin.isatty() and typer.confirm(f"Remove these {len(removal.going)}?", err=True)):
        console.note("nothing is removed")
        return []
    with console.phase("Removing") as show:
        done = remove(removal, subject.account, again, progress=lambda each: show(f"{each.thing.kind} {each.thing.id}"))
    if not quiet:
        console.out.print(orphan_tables.outcomes(done))
    return done


def _code(report: Report, finding: Finding, removed: list[Removed]) -> int:
    from aistacks_recovery.orphans.removal import Outcome

    if any(each.outcome is Outcome.FAILED for each in removed):
        return _FAILED
    gone = {each.found.thing.arn for each in removed if each.outcome is not Outcome.SPARED}
    left = [each for each in finding.orphans if each.thing.arn not in gone and each.part_of not in _ids(removed)]
    return _SOME if left else _UNREAD if report.unread else 0


def _ids(removed: list[Removed]) -> set[str]:
    return {each.found.thing.id for each in removed}


def _table(report: Report, removed: list[Removed], everything: bool) -> dict[str, object]:
    from aistacks_recovery.orphans import Standing

    table = report.model_dump(mode="json")
    if not everything:
        table["items"] = [each for each in table["items"] if each["standing"] != Standing.BELONGS]
    outcomes = [{"arn": e.found.thing.arn, "outcome": e.outcome, "reason": e.reason} for e in removed]
    return {**table, "removed": outcomes}
