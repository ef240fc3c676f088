"""The verbs below `aistacks state`."""

from __future__ import annotations

from typing import Annotated

import typer

from .store_options import ProjectFolder

state = typer.Typer(no_args_is_help=True, help="The engine's state: its versions, one put back, and its locks.")

Environment = Annotated[
    str, typer.Argument(help="Whose state, in the backend of `pulumi`. Default: the sandbox's.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]


@state.command("versions")
def list_versions(
    environment: Environment = "",
    last: Annotated[int, typer.Option("--last", min=0, help="How many; 0 for every one.")] = 20,
    as_json: Json = False,
    project: ProjectFolder = None,
) -> None:
    """Each version of the state that can be put back: when, how large, whether it is whole, what changed, and by what.

    Exit code 1: the present one is damaged or gone.
    """
    from . import state_verbs

    state_verbs.list_versions(environment, last, as_json, project)


@state.command()
def restore(
    environment: Environment = "",
    version: Annotated[str, typer.Option("--version", metavar="ID", help="Which, as `versions` names it.")] = "",
    before: Annotated[
        str, typer.Option("--before", metavar="TIME", help="As it was then: 2026-11-30T14:00, in UTC without a zone.")
    ] = "",
    yes: Yes = False,
    as_json: Json = False,
    stack: Annotated[
        str, typer.Option("--stack", metavar="PROJECT/STACK", help="In the sandbox, where there are several.")
    ] = "",
    project: ProjectFolder = None,
) -> None:
    """Put an older version of the state back; the present one is kept. Without a choice: the newest whole one.

    Nothing in the cloud is touched: what the plan lists as no longer known stays there and is nobody's.
    """
    from . import state_verbs

    state_verbs.restore(environment, version, before, yes, as_json, stack, project)


@state.command()
def unlock(environment: Environment = "", yes: Yes = False, project: ProjectFolder = None) -> None:
    """Drop the lock of a process that died. A living one's is refused; of another machine's you are asked."""
    from . import state_verbs

    state_verbs.unlock(environment, yes, project)
