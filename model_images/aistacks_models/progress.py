"""Progress on standard error: a bar on a terminal, a line at the start and the end elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

err = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else 200)


class Advance(Protocol):
    """Advances the bar; ``text`` is shown behind it from now on."""

    def __call__(self, steps: int = 1, text: str = "") -> None: ...


@contextlib.contextmanager
def bar(text: str, total: int) -> Iterator[Advance]:
    """Show the progress of ``text``, ``total`` steps in all."""
    began = time.monotonic()
    last = ""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[more]}"),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(text, total=total, more="")

        def advance(steps: int = 1, text: str = "") -> None:
            nonlocal last
            last = text or last
            progress.update(task, advance=steps, more=last)

        yield advance
    err.print(f"[green]✓[/] {text} [dim]{last} {time.monotonic() - began:.1f} s[/]", soft_wrap=True)
