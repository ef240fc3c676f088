"""The verbs below `aistacks answers`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aistacks_core import console

from .store_options import ProjectFolder

answers = typer.Typer(no_args_is_help=True, help="What the cloud answers a program, for plans without a cloud.")


@answers.callback()
def _verbs() -> None:
    """With one verb only, typer would leave its name out."""


@answers.command()
def record(
    environment: Annotated[str, typer.Argument(help="Which Pulumi.<environment>.yaml.")],
    command: Annotated[
        list[str] | None, typer.Argument(help="After --: how to preview it. Default: pulumi preview of that stack.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write. Default: answers.<environment>.yaml, which plans read.")
    ] = None,
    project: ProjectFolder = None,
) -> None:
    """Run the engine's preview, with your credentials, and keep what functions, stacks and look-ups answered.

    Only for programs that you trust. Secrets are left out, and named.
    """
    from aistacks_core.project import read_project, read_settings_file
    from aistacks_core.stated_answers import file_of
    from aistacks_review.record.answer_recording import record_answers, write

    from .sandbox import project_of

    found = read_project(project_of(project))
    read_settings_file(found, environment)
    words = command or ["pulumi", "preview", "--stack", environment, "--non-interactive", "--suppress-outputs"]
    recorded = record_answers(words, found.folder)
    target = out or file_of(found, environment)
    write(recorded, target, words)
    for line in recorded.left_out:
        console.note(f"left out: {line}")
    number = sum(len(many) for many in recorded.answers.values())
    console.out.print(f"{number} answers in {target}", markup=False, soft_wrap=True)
