"""The verbs below `aistacks sandbox`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aistacks_core.errors import UserError

from .store_options import ProjectFolder

if TYPE_CHECKING:
    from aistacks_sandbox.parts.table import Parts

Wait = Annotated[
    float,
    typer.Option("--wait", min=0, help="Seconds to wait for another command on this sandbox."),
]
With = Annotated[
    list[str] | None,
    typer.Option("--with", help="A part that lets the cluster live: scheduler, nodes, karpenter, or all. It stays."),
]
Without = Annotated[list[str] | None, typer.Option("--without", help="A part to leave out from now on, or all.")]
sandbox = typer.Typer(no_args_is_help=True, help="A cloud on this machine: emulated AWS, real Kubernetes API.")


def project_of(given: Path | None) -> Path:
    """The folder of the project the command is about: given, or the nearest above with a Pulumi.yaml."""
    if given is not None:
        if not (given / "Pulumi.yaml").is_file():
            raise UserError(str(given), "no Pulumi.yaml there", "the folder of a Pulumi project")
        return given.resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "Pulumi.yaml").is_file():
            return folder
    raise UserError(str(here), "no Pulumi.yaml here or above", "a Pulumi project", "Go to one, or give --project.")


def _parts(more: list[str] | None, less: list[str] | None) -> Parts:
    from aistacks_sandbox.parts.table import Parts, chosen, without

    # What isn't a part is said before anything starts.
    without(chosen(more or []), less or [])
    return Parts(tuple(more or ()), tuple(less or ()))


@sandbox.command()
def up(
    environment: Annotated[str, typer.Argument(help="Which stacks/Pulumi.<environment>.yaml.")] = "sandbox",
    project: ProjectFolder = None,
    wait: Wait = 0,
    more: With = None,
    less: Without = None,
) -> None:
    """Bring an environment up on this machine, serve its model, and prove that it answers."""
    from aistacks_models.workflows.sandbox_model import SandboxModel
    from aistacks_review.record.planning import validate_settings
    from aistacks_sandbox.up import up as bring_up

    bring_up(project_of(project), environment, SandboxModel(), validate_settings, wait=wait, parts=_parts(more, less))


@sandbox.command()
def status(project: ProjectFolder = None) -> None:
    """What runs and what exists. Exit code 0: all well; 1: something was lost; 3: no sandbox."""
    from aistacks_sandbox.status import status as tell

    raise typer.Exit(tell(project_of(project)))


@sandbox.command()
def env(project: ProjectFolder = None) -> None:
    """The variables for other clients: eval "$(aistacks sandbox env)"."""
    from aistacks_sandbox.env import env as export

    export(project_of(project))


@sandbox.command()
def run(
    program: Annotated[Path, typer.Argument(help="Folder of somebody's Pulumi Python program.")],
    stack: Annotated[
        str, typer.Option(help="Stack name; its Pulumi.<stack>.yaml is read if there is one.")
    ] = "sandbox",
    preview: Annotated[bool, typer.Option("--preview", help="Show what would change; change nothing.")] = False,
    destroy: Annotated[bool, typer.Option("--destroy", help="Destroy what an earlier run brought up.")] = False,
    project: ProjectFolder = None,
    wait: Wait = 0,
    more: With = None,
    less: Without = None,
) -> None:
    """Bring somebody else's Pulumi program up in the sandbox."""
    from aistacks_sandbox.run import run as bring_up

    if preview and destroy:
        raise UserError("aistacks sandbox run", "--preview and --destroy", "one of the two")
    bring_up(project_of(project), program, stack, preview=preview, destroy=destroy, wait=wait, parts=_parts(more, less))


@sandbox.command()
def down(
    force: Annotated[bool, typer.Option("--force", help="Throw it away without asking the engine.")] = False,
    project: ProjectFolder = None,
    wait: Wait = 0,
) -> None:
    """Destroy through the engine, prove that nothing is left, stop everything."""
    from aistacks_sandbox.down import down as tear_down

    tear_down(project_of(project), force=force, wait=wait)
