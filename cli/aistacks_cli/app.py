"""The `aistacks` command: its verbs, and the one handler of errors."""

import os
import sys
from typing import NoReturn

import typer

from aistacks_core import console, disk
from aistacks_core.errors import UserError

from .answers import answers
from .doctor import doctor
from .models import models
from .orphans import orphans
from .plan import plan
from .policies import policies
from .pr import pr
from .prices import prices
from .recover import recover
from .sandbox import sandbox
from .state import state
from .upgrade import upgrade

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Declare and try out AI clouds on AWS.")
_INTERRUPTED = 130
app.command()(plan)
app.command()(doctor)
app.command()(orphans)
app.command()(recover)
app.add_typer(answers, name="answers")
app.add_typer(models, name="models")
app.add_typer(pr, name="pr")
app.add_typer(policies, name="policies")
app.add_typer(prices, name="prices")
app.add_typer(sandbox, name="sandbox")
app.add_typer(state, name="state")
app.add_typer(upgrade, name="upgrade")


def main() -> None:
    """Run the command. A user's own mistake is one line and exit code 2; Ctrl-C is 130."""
    try:
        app()
    except UserError as error:
        _told(error)
    except SystemExit as end:
        # typer has turned a Ctrl-C into this already.
        if end.code == _INTERRUPTED:
            console.err.print("interrupted; nothing is lost: the same command goes on from here")
        raise
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        full = disk.full(error)
        if full is None:
            raise
        _told(full)


def _told(error: UserError) -> NoReturn:
    console.err.print("[red]error:[/]", end=" ")
    console.err.print(str(error), soft_wrap=True, markup=False)
    sys.exit(2)
