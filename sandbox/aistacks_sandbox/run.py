"""Brings somebody else's Pulumi program up in the same sandbox."""

from __future__ import annotations

import time
from pathlib import Path

from aistacks_core.project import read_project, region_of

from . import cloud, report
from .engine import operations as engine
from .engine.operations import Result
from .engine.workspace import prepare
from .holding import holding
from .parts import running
from .parts.table import NO_CHANGE, Parts
from .programs import engine as engine_tool
from .state import State
from .up import engine_up


def run(
    project: Path,
    program: Path,
    stack: str,
    *,
    preview: bool = False,
    destroy: bool = False,
    wait: float = 0,
    parts: Parts = NO_CHANGE,
) -> Result:
    """Bring the program in the folder ``program`` up (or preview it, or destroy it) as ``stack``.

    Its ``Pulumi.<stack>.yaml`` is read if there is one. The sandbox is the one of ``project``.
    ``wait``: seconds for which another command on this sandbox is waited for.
    """
    found = read_project(program if program.is_dir() else program.parent, or_yaml=True)
    region = region_of(found, stack, cloud.DEFAULT_REGION)
    began = time.monotonic()
    state = State.of(project)
    overrides = {"aws:region": region}
    with holding(state, "sandbox run", wait):
        engine_tool.ensure()
        names = running.choose(state, parts)
        running.ensure(names)
        emulated = cloud.start(state)
        running.start(state, names, emulated.endpoint)
        workspace = prepare(state, found.folder, stack, overrides=overrides, settings_required=False)
        engine.plugins(state)
        if found.runtime == "yaml":
            engine.language_host(state, "yaml")
        env = engine.environment(state, emulated.endpoint, region)
        name = f"{workspace.project}/{stack}"
        placed = []
        if preview:
            result = engine.operate(state, "preview", workspace, env, f"Previewing {name}")
        elif destroy:
            result = engine.operate(state, "destroy", workspace, env, f"Destroying {name}", remove=True)
            stacks = cloud.recall(state).get("stacks", {})
            cloud.remember(state, stacks={k: v for k, v in stacks.items() if k != name})
        else:
            result = engine_up(state, workspace, emulated, region)
            placed = running.after_up(state, env, result.inventory)
        report.after_run(name, result, time.monotonic() - began, placed)
        return result
