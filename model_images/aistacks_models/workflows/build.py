"""`aistacks models build`: train, compress, verify, package, try in real servers, publish."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from aistacks_core import console
from aistacks_core.errors import UserError
from aistacks_core.files import write_atomically

from ..packaging.trial_document import Trial
from ..verification.document import Judged, Verification
from . import pipeline_runner, trial
from .pipeline_runner import Built
from .publishing import publish
from .stores import ModelStore
from .trial import Servers

UNTIL = ("train", "compress", "verify", "package", "trial", "publish")


def build(
    name: str,
    *,
    folders: Sequence[Path] = (),
    until: str = "publish",
    size: Sequence[str] = (),
    training: Sequence[str] = (),
    servers: Servers,
    model_store: ModelStore | None = None,
    sign: str = "",
) -> Built:
    """Build the model ``name`` up to ``until``, and print the results.

    ``folders``: where custom models are looked up. ``servers``: those of the trial. ``model_store``: the store it is
    published to; ``None`` ends after the trial with a note. Raises UserError where the model is wrong, no variant
    passes its gates, a real server's answers differ from those verified, or the store refuses.
    """
    if until not in UNTIL:
        raise UserError("--until", repr(until), f"one of {', '.join(UNTIL)}")
    stage = until if until in UNTIL[:4] else "package"
    built = pipeline_runner.build(name, folders=folders, until=stage, size=size, training=training)
    if "verify" in built.folders:
        print_variants(Verification.read(built.folders["verify"]))
        console.out.print(f"  report    {built.folders['verify'] / 'report' / 'report.html'}", soft_wrap=True)
    for one, folder in built.folders.items():
        if one == stage:
            console.out.print(f"  {one:<9} {folder}", soft_wrap=True)
    if until in ("trial", "publish"):
        for done in run_trials(built, servers):
            print_trial(done)
    if until == "publish":
        if model_store is None:
            todo = f"aistacks models publish {built.package} --environment ENVIRONMENT"
            console.note(f"not published: no store is named and no sandbox runs. Later: {todo}")
        else:
            publish(built.package, model_store, sign=sign)
            console.out.print(f"  published {model_store.where}", soft_wrap=True)
    if stage == "package":
        console.out.print(f"[bold]{built.name}@{built.digest}[/]", soft_wrap=True)
    return built


def run_trials(built: Built, servers: Servers) -> list[Trial]:
    """Trials of the package in ``servers``; results are cached by digest."""
    folder = pipeline_runner.root() / built.name / "trials"
    results = []
    for kind, server in servers.items():
        note = folder / f"{built.digest[:16]}-{kind}.json"
        try:
            results.append(Trial.model_validate_json(note.read_bytes()))
        except (OSError, ValueError):
            (result,) = trial.run(built.package, {kind: server})
            folder.mkdir(parents=True, exist_ok=True)
            write_atomically(note, result.model_dump_json(indent=1) + "\n")
            results.append(result)
    return results


def print_variants(document: Verification) -> None:
    """Print a table of the variants; the chosen one is marked."""
    table = Table(title=f"{document.model}: variants on {document.machine.cpu}", title_justify="left", box=None)
    table.add_column("")
    table.add_column("variant")
    for column in (document.metric, "change", "p50 ms", "of fp32", "MB", "gates"):
        table.add_column(column, justify="left" if column == "gates" else "right", overflow="fold")
    for judged in document.variants:
        mark = "[green]✓[/]" if judged.name == document.chosen else ""
        table.add_row(mark, judged.name, *_figures(judged))
    for dropped in document.dropped:
        table.add_row("", f"[dim]{dropped.name}[/]", "", "", "", "", "", f"[dim]dropped: {dropped.reason}[/]")
    console.out.print(table)


def print_trial(done: Trial) -> None:
    """Print one line for each protocol."""
    for asked in done.answers.asked:
        console.out.print(
            f"  trial in  {done.server} {done.answers.version}, {asked.over}: {asked.rows} rows as verified, one row in"
            f" {asked.p50_ms:.1f} ms (p99 {asked.p99_ms:.1f}); ready after {done.ready_seconds:.1f} s",
            soft_wrap=True,
        )
    refused = done.answers.refused
    console.out.print(
        f"            {len(refused)} malformed requests refused, right answers afterwards", soft_wrap=True
    )


def _figures(judged: Judged) -> tuple[str, str, str, str, str, str]:
    measured = judged.measured
    quality, timing = measured.quality, next(iter(measured.latency), None)
    verdict = "[green]passed[/]" if judged.passed else f"[red]{', '.join(v.gate for v in judged.refused_by)}[/]"
    return (
        f"{quality.value.value:.4f}" if quality else "",
        f"{quality.difference.value:+.4f}" if quality else "",
        f"{timing.p50_ms:.3f}" if timing else "",
        f"{timing.ratio:.2f}x" if timing else "",
        f"{measured.variant.bytes / 1e6:.2f}",
        measured.error or verdict,
    )
