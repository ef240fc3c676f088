"""Takes up what an interrupted command left, without bringing anything up."""

from __future__ import annotations

from pathlib import Path

from aistacks_core.errors import UserError

from . import cloud
from .engine import checkpoint, journal
from .engine import operations as engine
from .engine.saved_state import DamagedError, Saved
from .engine.workspace import Workspace, noted_workspace
from .holding import holding
from .programs import engine as engine_tool
from .state import State


def recover(project: Path, *, wait: float = 0) -> dict[str, bool]:
    """Put the records of every stack of the project's sandbox into order; by stack, whether anything was to be done.

    What an interrupted command had made goes into the engine's state and is read; nothing is made or deleted.
    Raises ``UserError`` where there is no sandbox. ``wait``: seconds for which another command on it is waited for.
    """
    state = State.of(project)
    if not state.exists():
        raise UserError(
            "aistacks recover", "no environment, and no sandbox here", "one of them", "Name an environment."
        )
    done: dict[str, bool] = {}
    with holding(state, "recover", wait):
        for key, noted in sorted(cloud.recall(state).get("stacks", {}).items()):
            workspace = noted_workspace(key, noted)
            done[key] = _unsettled(state, workspace)
            if not done[key]:
                continue
            engine_tool.ensure()
            emulated = cloud.start(state)
            engine.plugins(state)
            env = engine.environment(state, emulated.endpoint, noted["region"])
            engine.operate(state, "refresh", workspace, env, f"Reading what {key} has")
    return done


def _unsettled(state: State, workspace: Workspace) -> bool:
    saved = Saved(state, workspace.project, workspace.stack)
    if journal.begun(saved.journal) or checkpoint.interrupted(state.backend, workspace.project, workspace.stack):
        return True
    try:
        saved.read()
    except (DamagedError, FileNotFoundError):
        return True
    return False
