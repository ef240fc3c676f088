"""Destroys what was brought up, proves that nothing is left, and stops what was started."""

from __future__ import annotations

import shutil
from pathlib import Path

from aistacks_core import console
from aistacks_core.errors import UserError

from . import cloud, processes
from .cloud import EmulatedAws
from .cluster import server as cluster
from .emulator import server as emulator
from .engine import operations as engine
from .engine.operations import OperationError
from .engine.workspace import noted_workspace
from .holding import holding
from .model_servers import triton
from .parts import running
from .programs import engine as engine_tool
from .state import State


def down(project: Path, *, force: bool = False, wait: float = 0) -> None:
    """Destroy every stack of the sandbox through the engine, then stop and forget the sandbox.

    Raises ``UserError``, with the sandbox left running, when the engine can't destroy something or something of
    ours is left. ``force`` skips the engine and throws the sandbox away as it is. ``wait``: seconds for which another
    command on this sandbox is waited for.
    """
    state = State.of(project)
    if not state.exists():
        console.out.print("There is no sandbox here: nothing to do.")
        return
    with holding(state, "sandbox down", wait):
        if not force:
            _destroy_all(state)
        with console.phase("Stopping what was started"):
            _stop(state)
        _clear(state)
    console.out.print("The sandbox is gone; nothing of it is left running.", style="bold")


def _destroy_all(state: State) -> None:
    stacks = cloud.recall(state).get("stacks", {})
    if not stacks and cloud.find(state) is None:
        return
    if stacks:
        engine_tool.ensure()
    emulated = cloud.start(state)
    # What the parts made goes only while they work.
    running.start(state, running.running(state), emulated.endpoint)
    engine.plugins(state)
    kept: list[str] = []
    failed: list[str] = []
    for key, noted in list(stacks.items()):
        workspace = noted_workspace(key, noted)
        env = engine.environment(state, emulated.endpoint, noted["region"])
        lost = noted.get("boot") != emulated.boot
        try:
            result = engine.operate(
                state, "destroy", workspace, env, f"Destroying {key}", refresh=lost, remove=True, unprotect=True
            )
        except UserError as error:
            # One stack's failure keeps no other one up.
            messages = error.messages if isinstance(error, OperationError) else []
            failed.append(f"{key}: {messages[0] if messages else error}")
            continue
        console.note(f"{result.changes.get('delete', 0)} resources destroyed")
        kept += result.retained
        remaining = {k: v for k, v in cloud.recall(state).get("stacks", {}).items() if k != key}
        cloud.remember(state, stacks=remaining)
    if not failed:
        running.stop_nodes(state)
    if failed:
        raise UserError(
            "aistacks sandbox down",
            "; ".join(failed),
            "every stack destroyed",
            "Mend what it names, or `aistacks sandbox down --force` throws the sandbox away as it is.",
        )
    with console.phase("Looking for anything that is left"):
        left = leftovers(state, emulated)
    if left and kept:
        console.note(
            f"{len(kept)} resources were left where they are, as their environment says (deletion_protection),"
            f" and go with the emulator: {', '.join(kept[:8])}{', …' if len(kept) > 8 else ''}"
        )
    elif left:
        raise UserError(
            "what the sandbox still holds",
            "; ".join(left[:12]),
            "nothing",
            "Look at it, then `aistacks sandbox down --force` throws it away.",
        )


def leftovers(state: State, emulated: EmulatedAws) -> list[str]:
    """What the emulator and the API server hold beyond what they hold when they are new."""
    in_aws = [
        f"{service}: {thing}" for service, things in emulator.holdings(emulated.endpoint).items() for thing in things
    ]
    return in_aws + [f"kubernetes: {holding}" for holding in cluster.held(state)]


def _stop(state: State) -> None:
    triton.stop(state)
    cluster.stop(state)
    processes.stop(state, cloud.EMULATOR)
    for process in processes.running(state):
        processes.stop(state, process.name)
    processes.end_unrecorded(state)


def _clear(state: State) -> None:
    shutil.rmtree(state.root, ignore_errors=True)
