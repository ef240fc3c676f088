"""`aistacks doctor`."""

from __future__ import annotations

from typing import Annotated

import typer

from aistacks_core import console
from aistacks_core.errors import UserError

from .store_options import ProjectFolder

_SECONDS = 60.0
_MEMORY = 4 << 30
Aws = Annotated[
    str,
    typer.Option(
        "--aws",
        metavar="ENVIRONMENT",
        help="Tell which service quotas and GPU capacity this environment needs, and ask what the account has.",
    ),
]


def doctor(aws: Aws = "", project: ProjectFolder = None) -> None:
    """What this machine has, what it lacks, and how to get it; or, with --aws, what an AWS account must allow.

    With --aws the account is asked if there are credentials; nothing is changed. Exit code 1: something is missing.
    """
    if aws:
        raise typer.Exit(_quotas(aws, project))
    from aistacks_sandbox.doctor import doctor as examine

    raise typer.Exit(examine())


def _quotas(environment: str, folder: ProjectFolder) -> int:
    from aistacks_core.project import read_project
    from aistacks_review.quotas import ask, limits_of, needs_of, wanted_of
    from aistacks_review.quotas.table import Verdict, requests, table, verdict
    from aistacks_review.record.planning import Limits, plan_environments

    from .sandbox import project_of

    found = read_project(project_of(folder))
    if environment not in found.stacks():
        known = ", ".join(found.stacks()) or "(there is none)"
        raise UserError("--aws", repr(environment), f"one of the environments {known}")
    with console.phase(f"Planning {environment}"):
        planned, _, _ = plan_environments(found, [environment], "", Limits(_SECONDS, _MEMORY))
        (side,) = [each.head for each in planned]
    if side.plan is None:
        raise UserError.line(side.error)
    needs, unknown = needs_of(side.plan)
    region = side.plan.region
    with console.phase("Asking Service Quotas"):
        account = limits_of([need.quota for need in needs], region)
    console.out.print(table(needs, account))
    if account.problem:
        console.out.print(f"\nThe account wasn't asked: {account.problem}", markup=False)
    if unknown:
        console.out.print(f"\nNot counted, for their size isn't known here: {', '.join(unknown)}", markup=False)
    short = [need for need in needs if verdict(need, account) is Verdict.SHORT]
    for line in requests(needs, account, region):
        console.out.print(line, soft_wrap=True, markup=False)
    missing: list[str] = []
    if not account.problem and (pools := wanted_of(side.plan)):
        with console.phase("Asking EC2 about the GPU pools"):
            capacity = ask(pools, region)
        missing = capacity.missing
        console.out.print("\nGPU pools:" if capacity.lines else "", markup=False)
        for line in capacity.lines:
            console.out.print(f"  {line}", soft_wrap=True, markup=False)
        if capacity.problem:
            console.out.print(f"\nNot all of EC2 was asked: {capacity.problem}", markup=False)
    names = ", ".join(need.quota.code or need.quota.name for need in short)
    names = ", ".join(part for part in (names, *missing) if part)
    console.out.print(f"\n{environment} can't start: {names}." if names else f"\n{environment} can start.")
    return 1 if names else 0
