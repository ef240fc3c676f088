"""The verbs below `aistacks upgrade`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .store_options import ProjectFolder

upgrade = typer.Typer(no_args_is_help=True)


@upgrade.callback()
def _group() -> None:
    """Try an upgrade out before it is one."""


@upgrade.command()
def check(
    environments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ENVIRONMENT]...", help="Which. Default: every one that both revisions have.", show_default=False
        ),
    ] = None,
    base: Annotated[str, typer.Option("--from", metavar="REV", help="Commit, branch or tag that is deployed.")] = "",
    changelog: Annotated[
        Path | None,
        typer.Option(
            "--changelog", help="What may name an interruption. Default: CHANGELOG.md of project or repository."
        ),
    ] = None,
    install: Annotated[
        bool, typer.Option("--install", help="Make the environment of REV's lock in the cache where it has none.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    project: ProjectFolder = None,
) -> None:
    """Bring each environment up as REV declares it, in a sandbox of its own, and the work tree's over it.

    Exit code 0: what holds data is kept, and no interruption is unsaid; 3: it isn't, or there is one; 2: a mistake.
    """
    from . import upgrade_check

    upgrade_check.check(environments or [], base, changelog, install, as_json, project)
