"""The `aistacks` command: its verbs, and the one handler of errors."""

import os
import sys

import typer

from aistacks.errors import UserError

from . import console
from .sandbox.commands import sandbox

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Declare and try out AI clouds on AWS.")
app.add_typer(sandbox, name="sandbox")


@app.command()
def doctor() -> None:
    """What this machine has, what it lacks, and how to get it."""
    from .doctor import doctor as examine

    raise typer.Exit(examine())


def main() -> None:
    """Run the command. A user's own mistake is one line and exit code 2; Ctrl-C is 130."""
    try:
        app(standalone_mode=True)
    except UserError as error:
        _show(error)
        sys.exit(2)
    except KeyboardInterrupt:
        console.err.print("interrupted; nothing is lost: the same command goes on from here")
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _show(error: UserError) -> None:
    console.err.print("[red]error:[/]", end=" ")
    console.err.print(str(error), soft_wrap=True, markup=False)
