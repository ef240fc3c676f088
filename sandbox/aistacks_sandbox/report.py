"""What the sandbox's commands answer: tables of what exists, endpoints, and the times taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from aistacks_core import console

from .cloud import EmulatedAws
from .engine.inventory import CREATED, EMULATED, NOT_EMULATED, Inventory
from .engine.operations import Result
from .parts.pods import Placed, hourly
from .state import State

if TYPE_CHECKING:
    from .up import Served

_MEANING = {
    CREATED: "real: in the API server, or made by the program's own packages",
    EMULATED: "in the emulated AWS",
    NOT_EMULATED: "only recorded: nothing stands behind them",
}


def after_up(
    state: State,
    emulated: EmulatedAws,
    stack: str,
    result: Result,
    served: Served | None,
    seconds: float,
    placed: list[Placed],
) -> None:
    """The answer of ``up``."""
    inventory(result.inventory)
    pods(placed)
    changes(stack, result)
    endpoints(state, emulated, served)
    times(seconds)


def after_run(name: str, result: Result, seconds: float, placed: list[Placed]) -> None:
    """The answer of ``run``."""
    inventory(result.inventory)
    pods(placed)
    changes(name, result)
    for key, value in sorted(result.outputs.items()):
        console.out.print(f"  {key}: {value}", markup=False, soft_wrap=True)
    times(seconds)


def inventory(found: Inventory) -> None:
    """What exists, by how real it is, types with their names."""
    table = Table(title="What exists now", title_justify="left", box=None, pad_edge=False)
    for column in ("", "type", "count", "names"):
        table.add_column(column, overflow="fold", justify="right" if column == "count" else "left")
    for how in (CREATED, EMULATED, NOT_EMULATED):
        for i, (kind, count) in enumerate(found.counted(how)):
            names = ", ".join(sorted(e.name for e in found.of(how) if e.type == kind))
            table.add_row(f"[bold]{how}[/]" if i == 0 else "", kind, str(count), names)
    if found.entries:
        console.out.print(table)
    totals = [f"{len(found.of(how))} {how} ({_MEANING[how]})" for how in _MEANING if found.of(how)]
    console.out.print("; ".join(totals) or "nothing", soft_wrap=True)


def changes(name: str, result: Result) -> None:
    """How many resources were touched."""
    kinds = ", ".join(f"{count} {step}" for step, count in sorted(result.changes.items()) if step != "same")
    same = result.changes.get("same", 0)
    text = f"{kinds or '0 changes'}; {same} unchanged" if same else kinds or "0 changes"
    console.out.print(f"[bold]{name}[/]: {text}")


def endpoints(state: State, emulated: EmulatedAws, served: Served | None) -> None:
    """Where everything answers."""
    console.out.print(f"  AWS         {emulated.endpoint}", soft_wrap=True)
    console.out.print(f"  Kubernetes  export KUBECONFIG={state.kubeconfig}", soft_wrap=True)
    if served:
        where, answer = served.endpoint, served.answer
        console.out.print(f"  Triton      {where.http} · grpc {where.grpc} · model {where.name}@{where.digest[:12]}")
        console.out.print(
            f"  accuracy    {answer.accuracy:.2%} on {answer.n} held-out digits, asked through the server"
            f" ({answer.verified:.2%} where it was verified)"
        )
    console.out.print('  any client  eval "$(.venv/bin/aistacks sandbox env)"')


def pods(found: list[Placed]) -> None:
    """Pod, node, type and price; of those that wait, why."""
    table = Table(title="Where the pods are", title_justify="left", box=None, pad_edge=False)
    for column in ("pod", "", "node", "type", "zone", "$/h of the node"):
        table.add_column(column, overflow="fold", justify="right" if column.startswith("$") else "left")
    for pod in found:
        price = "" if pod.hourly is None else f"{pod.hourly:.3f}"
        kind = f"{pod.kind} {pod.capacity}".strip()
        colour = "green" if pod.phase in ("Running", "Succeeded") else "yellow"
        name = escape(f"{pod.namespace}/{pod.name}")
        if pod.node:
            table.add_row(name, f"[{colour}]{pod.phase}[/]", pod.node, kind, pod.zone, price)
        else:
            table.add_row(name, f"[{colour}]{pod.phase}[/]", f"[dim]{escape(pod.why)}[/]", "", "", "")
    if found:
        console.out.print(table)
        total = hourly(found)
        nodes = len({pod.node for pod in found if pod.node})
        said = "" if total is None else f", {total:.2f} $/h together"
        console.out.print(f"{nodes} nodes with pods{said}; no container runs: the nodes are played (kwok)")


def times(seconds: float) -> None:
    """What each phase took."""
    for text, took in console.phases:
        if took >= 0.05:
            console.out.print(f"  [dim]{took:7.1f} s  {text}[/]", soft_wrap=True)
    console.out.print(f"  [bold]{seconds:7.1f} s  in all[/]")
