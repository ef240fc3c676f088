"""`aistacks plan`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from aistacks_core import console
from aistacks_core.errors import UserError
from aistacks_core.files import write_atomically
from aistacks_core.gc_tuning import young_garbage
from aistacks_review.review import Review

from .store_options import ProjectFolder

if TYPE_CHECKING:
    from aistacks_review.record.planning import Limits

_DEFAULT_TIMEOUT = 60.0

Environment = Annotated[
    str, typer.Argument(help="Which Pulumi.<environment>.yaml. Default: every one.", show_default=False)
]
Base = Annotated[
    str | None,
    typer.Option("--base", metavar="REV", help="Commit, branch or tag to compare with. Default: with nothing."),
]
Json = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write the review as JSON; - for standard output.")
]
Markdown = Annotated[
    Path | None, typer.Option("--markdown", metavar="FILE", help="Write a comment for a pull request; - likewise.")
]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page that stands alone.")]
Sarif = Annotated[Path | None, typer.Option("--sarif", metavar="FILE", help="Write the policies' findings as SARIF.")]
Timeout = Annotated[float, typer.Option("--timeout", min=0.1, max=3600, help="Seconds that a program may take.")]
Memory = Annotated[int, typer.Option("--memory", min=256, metavar="MIB", help="MiB that a program may take.")]
Variables = Annotated[
    list[str] | None,
    typer.Option("--env", metavar="NAME", help="Variable that the program may see; repeatable."),
]
FromPreview = Annotated[
    Path | None,
    typer.Option("--from-preview", metavar="FILE", help="Review what `pulumi preview --json` wrote."),
]
Install = Annotated[
    bool, typer.Option("--install", help="Make the environment of the program's lock in the cache where it has none.")
]
Everything = Annotated[
    bool,
    typer.Option("--all", help="Plan every project of the repository; with --base, those that the change touches."),
]
Projects = Annotated[
    str, typer.Option("--projects", metavar="GLOB", help="The same, of the projects whose folder is like this.")
]


@young_garbage()
def plan(
    environment: Environment = "",
    base: Base = None,
    json_file: Json = None,
    markdown_file: Markdown = None,
    html_file: Html = None,
    sarif_file: Sarif = None,
    from_preview: FromPreview = None,
    timeout: Timeout = _DEFAULT_TIMEOUT,
    memory: Memory = 4096,
    variables: Variables = None,
    install: Install = False,
    everything: Everything = False,
    projects: Projects = "",
    project: ProjectFolder = None,
) -> None:
    """What a change does, costs and breaks: without an engine, a credential or a cloud.

    Exit code 0: nothing changes; 3: something does; 1: it must not be merged, or fails as before; 2: a mistake.
    """
    from aistacks_core.project import read_project
    from aistacks_review.record.planning import Limits, root_of
    from aistacks_review.reviewing import reviews

    from .sandbox import project_of

    if base is not None and not base.strip():
        # A variable that isn't set: everything would be new, and nothing deleted.
        raise UserError("--base", "nothing", "a commit, branch or tag", "Leave the option out to compare with nothing.")
    base = base or ""
    targets = {"json": json_file, "markdown": markdown_file, "html": html_file, "sarif": sarif_file}
    _writable(targets)
    limits = Limits(timeout, memory << 20, tuple(variables or ()), install)
    if everything or projects:
        if from_preview is not None:
            raise UserError("--from-preview", "--all or --projects with it", "one environment of one project")
        root = root_of((project or Path.cwd()).resolve())
        _finish(_of_all(root, environment, base, limits, projects), targets, root, limits)
    found = read_project(project_of(project))
    chosen = _chosen(found.stacks(), environment, found.settings_folder, base)
    if from_preview is not None and (not environment or base):
        raise UserError(
            "--from-preview", "--base with it" if base else "no environment", "one environment, and no --base"
        )
    made: list[Review] = []
    with console.phase(f"Planning {', '.join(chosen) or 'every environment'}") as show:
        for review in reviews(found, chosen, base, limits):
            made.append(review)
            show(f"{review.environment}: {len(review.changes)} changes")
    if from_preview is not None:
        from aistacks_review.preview.previewing import with_preview

        made = [with_preview(found, made[0], from_preview)]
    _finish(made, targets, root_of(found.folder), limits)


def _of_all(root: Path, environment: str, base: str, limits: Limits, pattern: str) -> list[Review]:
    from aistacks_review.monorepo import review_all

    with console.phase("Planning every project" if not pattern else f"Planning {pattern}") as show:
        outcome = review_all(root, environment, base, limits, pattern, show)
    for line in outcome.skipped:
        console.note(f"not planned: {line}")
    return outcome.reviews


def _finish(made: list[Review], targets: dict[str, Path | None], root: Path, limits: Limits) -> NoReturn:
    """Write and show the reviews, and end with the worst one's exit code."""
    from aistacks_review.report.masking import masked

    made = [masked(review, limits.variables) for review in made]
    _write(made, targets, root)
    if not any(target == Path("-") for target in targets.values()):
        from aistacks_review.report.terminal import show as show_reviews

        show_reviews(made, console.out)
    _end(made)


def _chosen(known: list[str], environment: str, folder: Path, base: str) -> list[str]:
    if not environment:
        if not known and not base:
            raise UserError(str(folder), "no Pulumi.<environment>.yaml", "one for each environment", "Or name a stack.")
        return []
    if known and environment not in known and not base:
        raise UserError("aistacks plan", repr(environment), f"one of the environments {', '.join(known)} (of {folder})")
    return [environment]


def _writable(targets: dict[str, Path | None]) -> None:
    """Refuse what can't be written before anything is planned."""
    if sum(target == Path("-") for target in targets.values()) > 1:
        raise UserError("aistacks plan", "- for several outputs", "standard output for one of them")
    for option, target in targets.items():
        if target is None or target == Path("-"):
            continue
        if target.is_dir():
            raise UserError(f"--{option} {target}", "a folder", "a file to write")
        if not target.absolute().parent.is_dir():
            raise UserError(f"--{option} {target}", "a folder that isn't there", "a file in a folder that is")


def _write(made: list[Review], targets: dict[str, Path | None], root: Path) -> None:
    for option, target in targets.items():
        if target is None:
            continue
        text = _text(option, made, root)
        if target == Path("-"):
            sys.stdout.write(text + "\n")
            continue
        # Whole or not at all: a reader never finds half a report.
        try:
            write_atomically(target, f"{text}\n".encode(errors="replace"))
        except OSError as error:
            raise UserError(f"--{option} {target}", (error.strerror or "an error").lower(), "a file to write") from None


def _text(option: str, made: list[Review], root: Path) -> str:
    if option == "json":
        from aistacks_review.report.document import to_document

        return json.dumps(to_document(made), indent=1, ensure_ascii=False, allow_nan=False)
    if option == "markdown":
        from aistacks_review.report.markdown import markdown

        return markdown(made)
    if option == "html":
        from aistacks_review.report.page import page

        return page(made)
    from aistacks_review.report.sarif import sarif

    return json.dumps(sarif(made, root), indent=1, ensure_ascii=False)


def _failed(review: Review) -> bool:
    return bool(review.error or review.base_error)


def _end(made: list[Review]) -> NoReturn:
    several = len(made) > 1
    found = [(r.environment, r.error or f"the base can't be planned: {r.base_error}") for r in made if _failed(r)]
    mistakes = [f"{name}: {line}" if several else line for name, line in found]
    for line in mistakes[:-1]:
        console.err.print(f"error: {line}", soft_wrap=True, markup=False)
    if mistakes:
        raise UserError.line(mistakes[-1])
    if not all(review.passed for review in made):
        raise typer.Exit(1)
    raise typer.Exit(3 if any(review.changed for review in made) else 0)
