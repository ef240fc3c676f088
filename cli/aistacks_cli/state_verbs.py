"""What the verbs below `aistacks state` do."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from aistacks_core import console
from aistacks_core.errors import UserError
from aistacks_recovery import locks, restoring
from aistacks_recovery.locks import Holder, Lock
from aistacks_recovery.state.document import to_document
from aistacks_recovery.state.file_store import FileStore
from aistacks_recovery.state.s3_store import S3Store
from aistacks_recovery.state.versions import Version, newest_good, present, version_at, versions

from . import state_tables as tables
from .sandbox import project_of
from .state_places import Place, place_of, sandbox_places


@contextlib.contextmanager
def _places(environment: str, project: Path | None) -> Iterator[list[Place]]:
    if environment:
        yield [place_of(environment, project_of(project))]
        return
    with sandbox_places(project_of(project)) as found:
        yield found


@contextlib.contextmanager
def _only_place(environment: str, project: Path | None, stack: str) -> Iterator[Place]:
    with _places(environment, project) as found:
        chosen = [place for place in found if stack in ("", place.files.shown)]
        if len(chosen) != 1:
            known = ", ".join(place.files.shown for place in found) or "(there is none)"
            got = f"--stack {stack}" if stack else f"{len(found)} stacks"
            raise UserError("the sandbox's state", got, f"one of {known}", "Name it: --stack PROJECT/STACK.")
        yield chosen[0]


def list_versions(environment: str, last: int, as_json: bool, project: Path | None) -> None:
    """Print the newest ``last`` versions (0: every one). Ends with 1 where the present one is damaged or gone."""
    documents = []
    whole = True
    with _places(environment, project) as places:
        for place in places:
            with console.phase(f"Reading the versions of {place.files.shown} in {place.shown}"):
                found = versions(place.store, place.files, last)
                held = locks.held(place.store, place.files)
            if not found:
                raise _no_such_stack(place)
            whole = whole and found[0].present and found[0].checkpoint is not None
            advice = _advice(place)
            documents.append(_document(place, found, held, advice))
            if not as_json:
                tables.show_versions(place.files.shown, found, held, advice)
    if as_json:
        sys.stdout.write(json.dumps({"stacks": documents}, indent=1) + "\n")
    if not whole:
        raise typer.Exit(1)


def restore(
    environment: str, version: str, before: str, yes: bool, as_json: bool, stack: str, project: Path | None
) -> None:
    """Put a version back, after a plan and a yes."""
    if version and before:
        raise UserError("aistacks state restore", "--version and --before", "one of the two")
    when = _time(before) if before else None
    with _only_place(environment, project, stack) as place:
        where = f"aistacks state restore {environment}".rstrip()
        _refuse_held(place, where)
        mended = _mended(place)
        now = present(place.store, place.files)
        if mended and not (version or before) and now and now.checkpoint:
            return
        chosen = _chosen(place, version, when, where)
        if chosen.present and now and now.checkpoint:
            raise UserError(where, f"{chosen.id}, which is the present state", "an older one")
        plan = restoring.difference(now, chosen)
        if not as_json:
            tables.show_plan(place, now, chosen, plan)
        _agreed(yes, f"Put {chosen.id} back as the state of {place.files.shown}?", where)
        for lock in locks.held(place.store, place.files):
            place.store.delete(lock.key)
            console.note(f"dropped the lock of a dead process: {lock.shown}")
        kept = restoring.restore(place.store, place.files, chosen, where)
        asked = _verified(place, kept, where)
        if as_json:
            answer = {"stack": place.files.shown, "restored": to_document(chosen), "kept": kept, "engine": asked}
            sys.stdout.write(json.dumps({**answer, "plan": tables.plan_document(plan)}, indent=1) + "\n")
        else:
            tables.show_done(place, chosen, kept, plan)


def unlock(environment: str, yes: bool, project: Path | None) -> None:
    """Drop each lock of a dead process."""
    where = f"aistacks state unlock {environment}".rstrip()
    with _places(environment, project) as places:
        for place in places:
            held = locks.held(place.store, place.files)
            if not held:
                console.out.print(f"{place.files.shown}: nobody holds it.", markup=False)
            for lock in held:
                _unlock(place, lock, yes, where)


def _unlock(place: Place, lock: Lock, yes: bool, where: str) -> None:
    if lock.holder is Holder.LIVES:
        raise UserError(where, f"a lock of {lock.shown}", "one of a dead process", "Wait until it ends, or end it.")
    if lock.holder is Holder.UNKNOWN:
        console.out.print(f"{place.files.shown}: locked by {lock.shown}.", markup=False)
        _agreed(yes, "Are you sure that nothing works on it any more?", where)
    place.store.delete(lock.key)
    console.out.print(f"{place.files.shown}: dropped the lock of {lock.shown}.", markup=False)


def _mended(place: Place) -> bool:
    """Drop what a killed engine left half-written beside a folder's files, say so, and whether there was any."""
    lines = restoring.mend_attributes(place.store, place.files) if isinstance(place.store, FileStore) else []
    for line in lines:
        console.note(line)
    return bool(lines)


def _refuse_held(place: Place, where: str) -> None:
    """Raise where anybody but a dead process holds the stack."""
    if any(lock.holder is not Holder.DEAD for lock in locks.held(place.store, place.files)):
        locks.refuse_unless_free(place.store, place.files, where)


def _chosen(place: Place, version: str, when: datetime | None, where: str) -> Version:
    if not version and when is None:
        return _newest_whole(place, where)
    with console.phase(f"Reading the versions of {place.files.shown} in {place.shown}"):
        found = versions(place.store, place.files)
    if not found:
        raise _no_such_stack(place)
    if when is not None:
        at = version_at(found, when)
        if at is None:
            oldest = min(each.since for each in found)
            raise UserError("--before", f"{when:%Y-%m-%d %H:%M} UTC", f"a time after {oldest:%Y-%m-%d %H:%M:%S} UTC")
        return at
    matching = [each for each in found if any(copy.id.startswith(version) for copy in each.copies)]
    exact = [each for each in matching if any(copy.id == version for copy in each.copies)]
    if len(exact or matching) != 1:
        got = f"{version}, which {'several' if matching else 'no'} versions are called"
        raise UserError("--version", got, "one that `aistacks state versions` lists")
    (one,) = exact or matching
    if one.checkpoint is None:
        raise UserError("--version", f"{version}, which is damaged ({one.damage})", "a whole one")
    return one


def _newest_whole(place: Place, where: str) -> Version:
    now = present(place.store, place.files)
    if now and now.checkpoint:
        raise UserError(where, "a present state that is whole, and no choice", "--version ID or --before TIME")
    good = newest_good(place.store, place.files)
    if good is None:
        raise restoring.no_good_version(place.store, place.files, now, where)
    return good


def _verified(place: Place, kept: str, where: str) -> bool:
    """Let the engine read what was put back; False where it can't be asked here.

    Raises ``UserError`` where it refuses, with the way back.
    """
    refused = place.engine_refuses()
    if refused is None:
        console.note("the engine couldn't be asked here; by its rules, as we know them, the state is whole")
    elif refused:
        back = f"aistacks state restore {place.command} --version {kept.rpartition('/')[2]}" if kept else ""
        raise UserError(
            where, f"a state that the engine refuses: {refused}", "one that it takes", f"Go back: `{back}`."
        )
    return refused is not None


def _agreed(yes: bool, question: str, where: str) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError(where, "nobody to ask", "a terminal, or --yes")
    if not typer.confirm(question):
        raise typer.Exit(1)


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UserError("--before", text, "a time such as 2026-11-30T14:00 or 2026-11-30T14:00+01:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _no_such_stack(place: Place) -> UserError:
    return UserError(place.shown, f"no state of {place.files.shown}", "a stack that was brought up there")


def _advice(place: Place) -> str:
    """What else is to be said: of attributes that are cut off, and what would keep more versions."""
    if isinstance(place.store, FileStore) and (cut := place.store.damaged_attributes(place.files.folder)):
        return f"the engine stops at the attributes of {', '.join(cut)}, cut off: aistacks state restore drops them"
    if isinstance(place.store, S3Store) and place.store.versions(place.files.checkpoint) is None:
        return (
            f"the bucket keeps no versions, so only the engine's copies are listed: {place.store.turn_versioning_on()}"
        )
    return ""


def _document(place: Place, found: list[Version], held: list[Lock], advice: str) -> dict[str, Any]:
    return {
        "stack": place.files.shown,
        "backend": place.shown,
        "versions": [to_document(version) for version in found],
        "locks": [
            {"key": lock.key, "since": lock.since.isoformat(), "holder": lock.holder.value, "shown": lock.shown}
            for lock in held
        ],
        "advice": advice,
    }
