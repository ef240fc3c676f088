"""What the command prints: notes, and progress for whatever takes more than two seconds."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.markup import escape

Show = Callable[[str], None]
"""Appends a string to the text of the running phase."""

# A file or a pipe has no width of its own; eighty columns would fold names into pieces.
out = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
err = Console(stderr=True, highlight=False)
phases: list[tuple[str, float]] = []
"""Every finished phase of this process with its seconds, in order."""


@contextlib.contextmanager
def phase(text: str) -> Iterator[Show]:
    """Show ``text`` with a spinner while the body runs, then a line with the seconds it took.

    Where output is no terminal (a CI log), a line at the start and one at the end. The lines go to standard error,
    so that standard output stays clean for what the command answers. The body may call what it gets to show how
    far it is.
    """
    began = time.monotonic()
    if not err.is_terminal:
        err.print(f"[dim]…[/] {text}", soft_wrap=True)
    try:
        with err.status(text) if err.is_terminal else contextlib.nullcontext() as status:

            def show(more: str) -> None:
                if status:
                    status.update(f"{text} [dim]{escape(more)}[/]")

            yield show
    except BaseException:
        err.print(f"[red]✗[/] {text} [dim]{time.monotonic() - began:.1f} s[/]", soft_wrap=True)
        raise
    seconds = time.monotonic() - began
    phases.append((text, seconds))
    err.print(f"[green]✓[/] {text} [dim]{seconds:.1f} s[/]", soft_wrap=True)


@contextlib.contextmanager
def timed(text: str) -> Iterator[None]:
    """Count the body among the phases without showing anything: it shows its own progress."""
    began = time.monotonic()
    yield
    phases.append((text, time.monotonic() - began))


def note(text: str) -> None:
    """One line that is neither an answer nor a phase."""
    err.print(f"  [dim]{text}[/]", soft_wrap=True)
