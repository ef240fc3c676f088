"""Says what runs and what exists, and changes nothing."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

from aistacks_core import console

from . import cloud, processes, report
from .cluster import server as cluster
from .engine import operations as engine
from .engine.workspace import Workspace
from .parts import running as parts
from .state import State


def status(project: Path) -> int:
    """Print the state of the sandbox. 0 when everything runs, 1 when something of it doesn't, 3 when there is none."""
    state = State.of(project)
    if not state.exists() or not cloud.recall(state):
        console.out.print("There is no sandbox here. `aistacks sandbox up` makes one.")
        return 3
    emulated = cloud.find(state)
    running = {p.name: p for p in processes.running(state)}
    table = Table(title="What runs", title_justify="left", box=None, pad_edge=False)
    for column in ("process", "state", "port", "pid", "log"):
        table.add_column(column, overflow="fold")
    expected = [cloud.EMULATOR, cluster.ETCD, cluster.APISERVER, cluster.MANAGER_PROCESS, cluster.ADDRESSES]
    expected += parts.expected(state)
    for name in dict.fromkeys([*expected, *running]):
        p = running.get(name)
        row = ("[green]runs[/]", str(p.port or ""), str(p.pid), p.log) if p else ("[red]lost[/]", "", "", "")
        table.add_row(name, *row)
    console.out.print(table)
    stacks = cloud.recall(state).get("stacks", {})
    current = True
    for key, noted in stacks.items():
        name, stack = key.rsplit("/", 1)
        env = engine.environment(state, emulated.endpoint if emulated else "", noted["region"])
        workspace = Workspace(Path(noted["workspace"]), Path(noted["program"]), name, stack)
        result = engine.operate(state, "export", workspace, env, f"Reading the engine's state of {key}")
        console.out.print(f"\n[bold]{key}[/]")
        report.inventory(result.inventory)
        if emulated is None or noted.get("boot") != emulated.boot:
            current = False
            console.out.print("[red]The emulated AWS was lost since: `aistacks sandbox up` builds it again.[/]")
    return 0 if current and all(name in running for name in expected) else 1
