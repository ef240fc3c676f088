"""Takes up after an operation that was cut off, before the engine works on its stack again.

Locks of processes that are no more, a state that is damaged, and what was being made when it ended: this finds out what
of it exists and puts that into the state, so that the next run goes on from there as after a run that ended well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from aistacks_core import console
from aistacks_core.errors import UserError
from aistacks_core.files import write_atomically
from aistacks_core.yaml_files import read_mapping
from aistacks_recovery import locks
from aistacks_recovery.state.file_store import FileStore
from aistacks_recovery.state.layout import StackFiles

from ..state import State
from . import checkpoint, journal
from .saved_state import DamagedError, Saved
from .workspace import Workspace

_LAYOUT = re.compile(rb"^version: 1\b", re.MULTILINE)


def settle(state: State, workspace: Workspace, env: Mapping[str, str], *, adopt: bool) -> None:
    """Bring the records of ``workspace``'s stack into order. Without ``adopt`` the state stays as far as it is whole.

    Raises ``UserError`` where a living process of somebody else holds the stack, and where the cloud can't be asked.
    """
    _tidy(state)
    _drop_locks(state, workspace)
    saved = Saved(state, workspace.project, workspace.stack)
    restored = _restore(saved, workspace)
    if not adopt:
        return
    begun = journal.begun(saved.journal)
    if restored or begun or checkpoint.interrupted(state.backend, workspace.project, workspace.stack):
        # With it come the clients of AWS and Kubernetes, which whoever has nothing to take up needn't wait for.
        from .taking_up import take_up

        take_up(saved, env, begun, restored=restored)
    if saved.journal.exists():
        # The next one begins with what there is now.
        saved.keep()
        saved.journal.unlink(missing_ok=True)


def _tidy(state: State) -> None:
    """Drop what a killed engine leaves half-written.

    Beside each file it used to keep another one with its checksum, which it overwrites in place: an empty one stops
    it with "EOF". A draft in the locks' folder counts as a lock.
    """
    for pattern in ("*.attrs", "*.tmp"):
        for path in state.backend.rglob(pattern):
            path.unlink(missing_ok=True)
    for path in [*state.pulumi_home.glob("*.json"), *(state.pulumi_home / "workspaces").glob("*.json")]:
        # Which stack is selected where, and the like: the engine overwrites it in place and makes it again.
        if not _is_json(path.read_bytes()):
            path.unlink(missing_ok=True)
    about = state.backend / ".pulumi" / "meta.yaml"
    if about.parent.is_dir() and about.parent.joinpath("stacks").is_dir() and not _LAYOUT.search(_bytes(about)):
        # Without it the engine would take the stacks for those of its older layout.
        write_atomically(about, "version: 1\n")


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _drop_locks(state: State, workspace: Workspace) -> None:
    store, files = FileStore(state.backend), StackFiles(workspace.project, workspace.stack)
    for lock in locks.held(store, files):
        # Only this machine works on a sandbox: a lock that doesn't say whose it is was cut off with its writer.
        if lock.holder is locks.Holder.LIVES or (lock.holder is locks.Holder.UNKNOWN and lock.pid):
            raise UserError(
                f"{workspace.project}/{workspace.stack}",
                f"locked by {lock.shown}",
                "a stack on which nobody works",
                "Wait until it ends, or end it."
                if lock.holder is locks.Holder.LIVES
                else "If nothing works on it there any more, `aistacks state unlock` drops the lock.",
            )
        store.delete(lock.key)
        console.note(f"dropped the lock of an engine that is no more ({lock.shown})")


def _restore(saved: Saved, workspace: Workspace) -> bool:
    """Put a backup in the place of a damaged state; whether that had to be."""
    try:
        saved.read()
    except FileNotFoundError:
        if not saved.copy.exists() and not journal.begun(saved.journal):
            return False
        how = "missing"
    except DamagedError as damaged:
        how = str(damaged)
    else:
        return False
    found = saved.backup()
    if found is None and saved.had_more():
        raise UserError(
            f"{saved.project}/{saved.stack}",
            f"an engine's state that is {how}, and no whole copy of it",
            "one of those in .aistacks/sandbox",
            "What it had made is nobody's now: `aistacks sandbox down --force` throws the sandbox away.",
        )
    content, what = found or (saved.empty(_salt(workspace)), "what was noted while it was made")
    if saved.file.exists():
        saved.file.replace(saved.file.with_name(f"{saved.file.name}.damaged"))
    saved.write(content)
    console.note(f"the engine's state of {saved.project}/{saved.stack} was {how}: taken from {what}, and read again")
    return True


def _salt(workspace: Workspace) -> str:
    for path in workspace.folder.rglob(f"Pulumi.{workspace.stack}.yaml"):
        return str(read_mapping(path, "the engine's copy of the settings").get("encryptionsalt") or "")
    return ""
