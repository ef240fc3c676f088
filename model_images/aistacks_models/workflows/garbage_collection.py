"""Garbage collection of a store: packages that nothing refers to and that are neither among the newest nor young."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from rich.table import Table

from aistacks_core import console
from aistacks_core.errors import UserError
from aistacks_core.project import Project

from .. import store
from ..store import Entry, Plan, Rules
from .environment_file import EnvironmentFile
from .git_history import default_branches, digests_in, previous
from .stores import ModelStore


@dataclass(frozen=True)
class Keep:
    """``revisions``: commits, branches or tags besides the default branch. ``digests``: in full."""

    revisions: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()


def referenced_digests(project: Project, keep: Keep) -> set[str]:
    """Every digest in use: named in any file of the repository (work tree, default branch, ``keep.revisions``), the
    target of each environment's rollback, and ``keep.digests``."""
    revisions = (*default_branches(project.folder), *keep.revisions)
    found = digests_in(project.folder, revisions) | set(keep.digests)
    for environment in project.stacks():
        file = EnvironmentFile.read(project, environment)
        # Parsed as YAML, too, so that an invalid file is reported before anything is removed.
        for service in file.services:
            found.add(service.digest)
            try:
                found.add(previous(file, service)[0])
            except UserError:
                continue
    return found


def collect(
    project: Project,
    model_store: ModelStore,
    rules: Rules,
    keep: Keep,
    *,
    model: str = "",
    remove: bool = False,
    as_json: bool,
) -> None:
    """Show what can be removed from the store, and with ``remove`` remove it. ``model``: only this model's packages."""
    found = store.entries(model_store.bucket, model)
    plan = store.plan(found, referenced_digests(project, keep), rules, dt.datetime.now(dt.UTC))
    if as_json:
        _json(model_store, plan, remove)
    else:
        _show(model_store, plan)
    if not remove:
        if plan.removed and not as_json:
            console.note("nothing was removed: --yes removes")
        return
    with console.phase(f"Removing {len(plan.removed)} models from {model_store.where}") as show:
        for entry in plan.removed:
            show(entry.short)
            store.remove(model_store.bucket, entry)


def _show(model_store: ModelStore, plan: Plan) -> None:
    if plan.removed:
        title = f"To be removed from {model_store.where}: {plan.bytes / 1e6:.1f} MB"
        table = Table(title=title, title_justify="left", box=None, pad_edge=False)
        for column in ("model", "published", "objects", "MB"):
            table.add_column(column, justify="right" if column in ("objects", "MB") else "left")
        for entry in plan.removed:
            table.add_row(entry.short, _when(entry), str(entry.objects), f"{entry.bytes / 1e6:.1f}")
        console.out.print(table)
    else:
        console.out.print(f"Nothing to remove from {model_store.where}.", markup=False, soft_wrap=True)
    reasons: dict[str, int] = {}
    for _, reason in plan.kept:
        reasons[reason] = reasons.get(reason, 0) + 1
    if reasons:
        console.note("kept: " + ", ".join(f"{count} {reason}" for reason, count in reasons.items()))


def _when(entry: Entry) -> str:
    return entry.published.strftime("%Y-%m-%d %H:%M") if entry.published else "incomplete"


def _json(model_store: ModelStore, plan: Plan, remove: bool) -> None:
    def row(entry: Entry) -> dict[str, object]:
        return {"model": entry.model, "digest": entry.digest, "bytes": entry.bytes, "objects": entry.objects}

    table = {
        "store": model_store.bucket.where,
        "removed" if remove else "removable": [row(entry) for entry in plan.removed],
        "bytes": plan.bytes,
        "kept": [{**row(entry), "reason": reason} for entry, reason in plan.kept],
    }
    console.out.print_json(json.dumps(table))
