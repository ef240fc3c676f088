"""Reviews of several projects at once: those that a change touches, side by side, the worst first."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil

from aistacks_core.errors import UserError
from aistacks_core.snapshot import Plan

from .record import projects, revisions, worker_pool
from .record.base_tree import Tree, checked_out
from .record.planning import Limits
from .record.projects import Found
from .review import Review
from .reviewing import NowhereError, load, reviews

_EACH = 768 << 20
"""Bytes that planning and judging one side of a usual project takes."""


@dataclass
class Outcome:
    """``reviews``: the worst first, each environment's name with its project's before it. ``skipped``: the projects
    that weren't planned and why, a line each."""

    reviews: list[Review] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def review_all(
    root: Path, environment: str, base: str, limits: Limits, pattern: str = "", told: Callable[[str], None] = print
) -> Outcome:
    """Review every project below ``root`` (a repository where there is a ``base``), or those whose path matches
    ``pattern``; with a base only those that the change may touch. ``environment``: only that of each.

    ``told`` gets a line as each is done. Raises ``UserError`` where there is no project, or no such base.
    """
    found = projects.find(root, pattern)
    if not found:
        wanted = f"a Pulumi.yaml whose folder is like {pattern}" if pattern else "a Pulumi.yaml below it"
        raise UserError(str(root), "no project", wanted)
    outcome = Outcome()
    with ExitStack() as stack:
        hashed, tree = "", None
        if base:
            hashed = revisions.commit(root, base)
            chosen = _touched(root, hashed, found, outcome)
            tree = _tree(stack, root, hashed) if chosen else None
        else:
            chosen = [one for one in found if one.project]
        outcome.skipped += [f"{one.path}: {one.why}" for one in found if not one.project and not one.mistake]
        outcome.reviews += [_mistake(one) for one in found if one.mistake]
        load()
        outcome.reviews += _side_by_side(chosen, environment, hashed, tree, limits, told)
        planned = {review.environment.rpartition("/")[0] for review in outcome.reviews}
        for one in chosen:
            if one.project and not {one.path, one.project.name} & planned and not _failed(one, outcome):
                lacks = f"it has no environment {environment}" if environment else "it has no Pulumi.<environment>.yaml"
                outcome.skipped.append(f"{one.path}: {lacks}")
    if chosen and not outcome.reviews and not environment:
        where = ", ".join(one.path for one in chosen[:3])
        raise UserError(where, "no Pulumi.<environment>.yaml", "one for each environment", "Or name a stack.")
    outcome.reviews.sort(key=_badness)
    if outcome.reviews and outcome.skipped:
        first = outcome.reviews[0]
        notes = [f"Not planned: {line}" for line in outcome.skipped]
        outcome.reviews[0] = replace(first, notes=[*first.notes, *notes])
    return outcome


def _touched(root: Path, hashed: str, found: list[Found], outcome: Outcome) -> list[Found]:
    change = projects.changed(root, hashed)
    chosen = []
    for one in found:
        if one.project is None:
            continue
        if change.touches(one):
            chosen.append(one)
        else:
            outcome.skipped.append(f"{one.path}: nothing that it reads has changed")
    for place in projects.gone(root, hashed, found):
        outcome.skipped.append(
            f"{place}: the change removes the project; what its stacks deployed stays until destroyed"
        )
    return chosen


def _tree(stack: ExitStack, root: Path, hashed: str) -> Tree | str:
    """The base's files, once for all; or the line that says why there are none."""
    try:
        return stack.enter_context(checked_out(root, hashed))
    except UserError as error:
        return str(error)


def _side_by_side(
    chosen: list[Found],
    environment: str,
    base: str,
    tree: Tree | str | None,
    limits: Limits,
    told: Callable[[str], None],
) -> list[Review]:
    sides = 2 if base else 1
    free = psutil.virtual_memory().available // (_EACH * sides)
    workers = max(1, min(len(chosen), (os.cpu_count() or 1), free))
    named = Counter(one.project.name for one in chosen if one.project)
    twice = {name for name, count in named.items() if count > 1}
    made: list[Review] = []
    with ThreadPoolExecutor(workers) as pool:
        waiting: dict[Future[list[Review]], Found] = {
            pool.submit(_reviews, one, environment, base, tree, limits, twice): one for one in chosen
        }
        try:
            for done in as_completed(waiting):
                made += done.result()
                told(waiting[done].path)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            # The others wait for their programs, which nobody needs any more.
            worker_pool.end_all()
            raise
    return made


def _reviews(
    one: Found, environment: str, base: str, tree: Tree | str | None, limits: Limits, twice: set[str]
) -> list[Review]:
    project = one.project
    assert project  # noqa: S101 (the others aren't chosen)
    name = one.path if project.name in twice else project.name
    stacks = project.stacks()
    if environment and stacks and environment not in stacks and not base:
        return []
    try:
        found = list(reviews(project, [environment] if environment else [], base, limits, tree))
    except NowhereError:
        return []
    except UserError as error:
        return [_mistake(replace(one, why=str(error)))]
    return [replace(review, environment=f"{name}/{review.environment}") for review in found]


def _failed(one: Found, outcome: Outcome) -> bool:
    return any(review.error and review.environment == one.path for review in outcome.reviews)


def _mistake(one: Found) -> Review:
    return Review(one.path, one.path, Plan([], {}), None, error=one.why)


def _badness(review: Review) -> tuple[int, str]:
    from .report.verdict import Level, conclusion

    return list(Level).index(conclusion(review).level), review.environment
