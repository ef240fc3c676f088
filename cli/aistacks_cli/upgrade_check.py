"""What `aistacks upgrade check` does."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import typer

from aistacks_core import console
from aistacks_core.errors import UserError
from aistacks_core.project import Project, read_project
from aistacks_review.findings import Risk
from aistacks_review.record import revisions
from aistacks_review.record.base_tree import Tree, checked_out
from aistacks_review.record.packages import packages_of, packages_of_base
from aistacks_review.record.planning import Limits
from aistacks_review.reviewing import reviews
from aistacks_review.upgrade import Upgrade, judged
from aistacks_sandbox.upgrades.rehearsal import Revision, module_roots, rehearse

from .sandbox import project_of

_TO_LOOK_AT = 3
_CHANGELOG = "CHANGELOG.md"
_UNPLANNED = "not planned, so what stops is told by types and properties alone, without pods and Karpenter's nodes"
_LIMITS = Limits(60.0, 4 << 30, (), False)


def check(
    environments: list[str], base: str, changelog: Path | None, install: bool, as_json: bool, folder: Path | None
) -> None:
    """Rehearse the upgrade of each environment and say what came of it; ends with 3 where that is to be looked at."""
    if not base.strip():
        raise UserError("--from", "nothing", "the commit, branch or tag that is deployed")
    project = read_project(project_of(folder), or_yaml=True)
    repo = revisions.repository(project.folder).resolve()
    try:
        commit = revisions.commit(repo, base)
    except UserError as error:
        raise UserError(f"--from {base}", error.got, error.expected, error.todo) from None
    found = []
    with checked_out(repo, commit) as tree:
        before, after, notes = _revisions(project, repo, tree, base, install)
        news = _news(project, repo, tree, changelog)
        for name in _chosen(environments, project, read_project(before.project, or_yaml=True), base):
            risks, unplanned = _risks(project, name, commit, tree)
            done = rehearse(before, after, name)
            more = [*notes, *unplanned, *(f"not announced by the preview: {line}" for line in done.surprises)]
            found.append(
                judged(
                    name,
                    done.changes,
                    done.ids,
                    risks,
                    news,
                    touched=done.touched,
                    failure=done.failure,
                    notes=more,
                    planned=not unplanned,
                )
            )
    if as_json:
        answer = {"from": base, "commit": commit, "environments": [each.to_document() for each in found]}
        sys.stdout.write(json.dumps(answer, indent=1) + "\n")
    else:
        for each in found:
            _show(each, base)
    raise typer.Exit(0 if all(each.passed for each in found) else _TO_LOOK_AT)


def _revisions(
    project: Project, repo: Path, tree: Tree, base: str, install: bool
) -> tuple[Revision, Revision, list[str]]:
    inside = project.folder.relative_to(repo)
    place = tree.folder / inside
    if not (place / "Pulumi.yaml").is_file():
        raise UserError(f"--from {base}", f"no {inside / 'Pulumi.yaml'} there", "a revision that has the project")
    now = packages_of(project, repo, install=install)
    was = packages_of_base(read_project(place, or_yaml=True), tree.folder, now, project.folder, install=install)
    notes = [was.uncompared] if was.uncompared else []
    notes += [f"not on this machine: {missing}" for missing in tree.missing]
    roots = module_roots(repo, tree.folder, was.environment)
    return (
        Revision(base, place, was.environment, roots),
        Revision("the work tree", project.folder, now.environment),
        notes,
    )


def _chosen(asked: list[str], project: Project, before: Project, base: str) -> list[str]:
    both = [name for name in project.stacks() if name in before.stacks()]
    for name in asked:
        if name not in both:
            known = ", ".join(both) or "none"
            raise UserError("aistacks upgrade check", name, f"an environment of both revisions ({base}: {known})")
    if not both:
        raise UserError(f"--from {base}", "no environment that is still there", "one to upgrade")
    for name in sorted(set(project.stacks()) - set(both)):
        console.note(f"{name} is new since {base}: nothing to upgrade")
    return asked or both


def _risks(project: Project, name: str, commit: str, tree: Tree) -> tuple[list[Risk], list[str]]:
    """What the plan of the same upgrade says; a note where there is no plan (a program in YAML)."""
    try:
        (review,) = reviews(project, [name], commit, _LIMITS, tree)
    except UserError as error:
        return [], [f"{_UNPLANNED}: {error}"]
    failed = review.error or review.base_error
    return review.risks, [f"{_UNPLANNED}: {failed}"] if failed else []


def _news(project: Project, repo: Path, tree: Tree, given: Path | None) -> str:
    """The lines of the changelog that are new since the base."""
    places = [given.resolve()] if given else [project.folder / _CHANGELOG, repo / _CHANGELOG]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        if given:
            raise UserError(f"--changelog {given}", "no such file", "the changelog")
        return ""
    old = tree.folder / path.relative_to(repo) if path.is_relative_to(repo) else None
    before = set(old.read_text(errors="replace").splitlines()) if old and old.is_file() else set()
    return "\n".join(line for line in path.read_text(errors="replace").splitlines() if line not in before)


def _show(found: Upgrade, base: str) -> None:
    out = console.out
    out.print(f"\n{found.environment}, from {base} to the work tree", style="bold", markup=False)
    if found.failure:
        out.print(f"  doesn't come up: {found.failure}", style="red", markup=False)
    for line in found.stateful:
        out.print(f"  holds data: {line}", style="red", markup=False)
    for each in found.interruptions:
        said = f"as the changelog says: {each.named}" if each.named else "and the changelog doesn't say so"
        out.print(
            f"  stops: {each.type} {each.name}: {each.why}; {said}", style="" if each.named else "red", markup=False
        )
    for title, kinds in (("replaced", found.replaced), ("deleted", found.deleted), ("updated", found.updated)):
        for kind, names in kinds.items():
            out.print(f"  {title}: {kind}: {', '.join(names)}", markup=False)
    if not (found.failure or found.replaced or found.deleted or found.updated):
        out.print("  nothing that is there changes")
    for note in found.notes:
        console.note(note)
