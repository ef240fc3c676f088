"""Brings somebody else's Pulumi program up in the same sandbox."""

from __future__ import annotations

import time
from pathlib import Path

from aistacks_core.project import read_yaml

from . import cloud, report
from .engine import operations as engine
from .engine.operations import Result
from .engine.workspace import prepare, settings_path
from .programs import engine as engine_tool
from .state import State
from .up import engine_up, region_of, require_program


def run(project: Path, program: Path, stack: str, *, preview: bool = False, destroy: bool = False) -> Result:
    """Bring the program in the folder ``program`` up (or preview it, or destroy it) as ``stack``.

    Its ``Pulumi.<stack>.yaml`` is read if there is one. The sandbox is the one of ``project``.
    """
    folder = require_program(program).resolve()
    began = time.monotonic()
    state = State.of(project)
    source = settings_path(folder, stack)
    settings = read_yaml(source, "the stack's settings") if source.exists() else {}
    region = region_of(settings)
    overrides = {"aws:region": region}
    with cloud.only_one(state):
        engine_tool.ensure()
        ground = cloud.start(state)
        workspace = prepare(state, folder, stack, overrides=overrides, settings_required=False)
        engine.plugins(state)
        env = engine.environment(state, ground.endpoint, region)
        name = f"{workspace.project}/{stack}"
        if preview:
            result = engine.operate(state, "preview", workspace, env, f"Previewing {name}")
        elif destroy:
            result = engine.operate(state, "destroy", workspace, env, f"Destroying {name}", remove=True)
            stacks = cloud.recall(state).get("stacks", {})
            cloud.remember(state, stacks={k: v for k, v in stacks.items() if k != name})
        else:
            result = engine_up(state, workspace, ground, region)
        report.after_run(name, result, time.monotonic() - began)
        return result
