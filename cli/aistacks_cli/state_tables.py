"""What `aistacks state` prints."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from aistacks_core import console
from aistacks_recovery.locks import Lock
from aistacks_recovery.restoring import Difference
from aistacks_recovery.state.versions import Version

from .state_places import Place

_MOST = 20


def show_versions(stack: str, found: list[Version], held: list[Lock], advice: str) -> None:
    """A line a version, newest first."""
    table = Table(title=stack, title_justify="left", box=None, pad_edge=False)
    for heading in ("version", "since (UTC)", "bytes", "resources", "changed", "written by", "state"):
        right = heading in ("bytes", "resources")
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    for version in found:
        checkpoint = version.checkpoint
        count = str(len(checkpoint.ids)) if checkpoint else ""
        table.add_row(
            version.id,
            f"{version.since:%Y-%m-%d %H:%M:%S}",
            f"{version.size:,}",
            count,
            _changed(version),
            version.operation or "not noted",
            _state(version),
        )
    console.out.print(table)
    if not found[0].present:
        console.out.print("[red]There is no present state.[/] The newest whole one: aistacks state restore")
    elif found[0].checkpoint is None:
        console.out.print("[red]The present state is damaged.[/] The newest whole one: aistacks state restore")
    if any(not version.operation for version in found):
        console.note("not noted: an operation that never ended, or an edit of the state, wrote it")
    for lock in held:
        console.out.print(f"locked by {lock.shown}", markup=False)
    if advice:
        console.note(advice)


def show_plan(place: Place, now: Version | None, then: Version, plan: Difference | None) -> None:
    """What putting ``then`` back changes."""
    out = console.out
    out.print(f"{place.files.shown}: {then.id}, of {then.since:%Y-%m-%d %H:%M:%S} UTC", style="bold", markup=False)
    if now is None:
        out.print("There is no present state.")
    elif now.checkpoint is None:
        out.print(f"The present state is damaged: {now.damage}.", markup=False)
    if plan is None:
        out.print(
            "What it knew can't be compared; `aistacks orphans` lists what carries the stack's tags and isn't known."
        )
    else:
        _list("no longer known: stays in the cloud, and nobody owns it", plan.forgotten)
        _list("known again: may be gone from the cloud (`pulumi refresh` says)", plan.known_again)
        _list("known by another id", plan.other)
        if plan == Difference({}, {}, {}):
            out.print("It knows the same resources.")
    if then.checkpoint and then.checkpoint.deployment.pending:
        out.print(f"{len(then.checkpoint.deployment.pending)} operations are noted in it that hadn't ended then.")


def show_done(place: Place, then: Version, kept: str, plan: Difference | None) -> None:
    """What was done, and what to do next."""
    out = console.out
    out.print(f"Put back: {then.id}", markup=False)
    if kept:
        out.print(f"The one before is kept: {place.store.shown(kept)}", markup=False)
    if plan is None or plan.forgotten:
        out.print(f"Next: `aistacks orphans {place.command}`, for what nobody owns now.", markup=False)
    out.print(f"Next: `pulumi preview --refresh -s {place.files.stack}`", markup=False)


def plan_document(plan: Difference | None) -> dict[str, Any] | None:
    """The plan as JSON; None where it isn't known."""
    if plan is None:
        return None
    return {"forgotten": plan.forgotten, "known_again": plan.known_again, "other": plan.other}


def _changed(version: Version) -> str:
    if version.added is None or version.removed is None:
        return ""
    return " ".join(f"{sign}{len(urns)}" for sign, urns in (("+", version.added), ("-", version.removed)) if urns)


def _state(version: Version) -> str:
    if version.checkpoint is None:
        whole = f"[red]damaged: {version.damage}[/]"
    else:
        pending = len(version.checkpoint.deployment.pending)
        whole = f"whole, {pending} in flight" if pending else "whole"
    return f"[bold]present[/], {whole}" if version.present else whole


def _list(title: str, urns: dict[str, str]) -> None:
    if not urns:
        return
    console.out.print(f"{len(urns)} {title}", markup=False)
    for urn, each in list(urns.items())[:_MOST]:
        _, _, types, name = urn.split("::", 3)
        console.out.print(f"  {types.rpartition('$')[2]} {name} ({each})", markup=False)
    if len(urns) > _MOST:
        console.out.print(f"  and {len(urns) - _MOST} more")
