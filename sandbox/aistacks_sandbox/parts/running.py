"""Starts the parts of a sandbox at the moments at which they can, and ends them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from rich.markup import escape

from aistacks_core import console
from aistacks_core.loopback import free_ports

from .. import cloud, processes
from ..cluster import server as cluster
from ..engine import operations as engine
from ..engine.inventory import Inventory
from ..programs import obtain
from ..state import State
from . import commands, pods
from .pods import Placed
from .table import PARTS, Parts, chosen, without

_NOTED, _STARTED, _KARPENTER = "parts", "parts_for", "karpenter"
_CLUSTER, _QUEUE = "aws:eks/cluster:Cluster", "aws:sqs/queue:Queue"
_SETTLED = 180.0
"""Seconds in which pods get their nodes, or a reason why not."""


def choose(state: State, parts: Parts) -> tuple[str, ...]:
    """The parts that this sandbox has from now on: those it has had, as ``parts`` changes them."""
    had = [name for name in cloud.recall(state).get(_NOTED, []) if name in PARTS] if state.exists() else []
    return without(chosen([*had, *parts.more]), parts.less)


def ensure(names: Iterable[str]) -> None:
    """Get each part's program, if need be by a build. Raises ``UserError``."""
    for name in names:
        obtain.ensure(PARTS[name].program)


def start(state: State, names: tuple[str, ...], endpoint: str) -> None:
    """Start those that can start, end those that were left out, and note which there are.

    What was started for another emulator, or with keys that aren't good any more, is started anew. Karpenter starts
    here only where an earlier ``up`` has noted its cluster.
    """
    noted = cloud.recall(state)
    if not names and not noted.get(_NOTED):
        return
    with_what = [endpoint, hashlib.sha256(state.kubeconfig.read_bytes()).hexdigest()]
    fresh = noted.get(_STARTED) != with_what
    for name in PARTS:
        if fresh or name not in names:
            _stop(state, name)
    cloud.remember(state, **{_NOTED: list(names), _STARTED: with_what})
    if names:
        with console.phase(f"Starting {', '.join(names)}"):
            _start(state, names, endpoint)


def _start(state: State, names: tuple[str, ...], endpoint: str) -> None:
    if "scheduler" in names and not processes.find(state, commands.SCHEDULER):
        commands.scheduler(state)
    if "nodes" in names:
        if not processes.find(state, commands.KWOK):
            commands.kwok(state)
        commands.join(state, endpoint)
    settings = cloud.recall(state).get(_KARPENTER)
    if "karpenter" in names and settings and not processes.find(state, commands.KARPENTER):
        _start_karpenter(state, engine.environment(state, endpoint, settings["region"]), settings)


def after_up(state: State, env: Mapping[str, str], inventory: Inventory) -> list[Placed]:
    """Start Karpenter for the cluster that came up, and wait until every pod has a node or a reason why not.

    Where each is; none without a scheduler.
    """
    names = running(state)
    if "karpenter" in names:
        _karpenter(state, env, inventory)
    if "scheduler" not in names:
        return []
    with console.phase("Letting the pods find their nodes"), cluster.client(state) as api:
        pods.settle(api, _SETTLED, karpenter="karpenter" in names)
        waiting = pods.unready(api) if "karpenter" in names else {}
        found = pods.placed(api)
    for pool, why in waiting.items():
        console.note(escape(f"the node pool {pool} gives no nodes: {why}"))
    return found


def stop_nodes(state: State) -> None:
    """End what makes nodes, once nothing needs them any more, and take the nodes away."""
    names = running(state)
    _stop(state, "karpenter")
    processes.stop(state, commands.JOIN)
    if "nodes" in names and cluster.is_ready(state):
        with cluster.client(state) as api:
            pods.drop_nodes(api, commands.NODE_MARK)


def running(state: State) -> tuple[str, ...]:
    """The parts that the sandbox is noted to have."""
    return tuple(name for name in cloud.recall(state).get(_NOTED, []) if name in PARTS)


def expected(state: State) -> list[str]:
    """The processes of these parts, as ``processes`` names them; Karpenter's comes with a cluster."""
    of = {"scheduler": [commands.SCHEDULER], "nodes": [commands.KWOK, commands.JOIN]}
    if cloud.recall(state).get(_KARPENTER):
        of["karpenter"] = [commands.KARPENTER]
    return [process for name in running(state) for process in of.get(name, [])]


def _karpenter(state: State, env: Mapping[str, str], inventory: Inventory) -> None:
    clusters = [entry.id for entry in inventory.entries if entry.type == _CLUSTER]
    queues = [entry.id.rpartition("/")[2] for entry in inventory.entries if entry.type == _QUEUE]
    if not clusters:
        console.note("no EKS cluster came up, so there is nothing for Karpenter to do")
        return
    if len(clusters) > 1:
        console.note(f"{len(clusters)} EKS clusters share one Kubernetes API here: Karpenter works for {clusters[0]}")
    queue = next((name for name in queues if "karpenter" in name), "")
    before = cloud.recall(state).get(_KARPENTER) or {}
    settings = {"cluster": clusters[0], "queue": queue, "region": env["AWS_REGION"]}
    if {key: before.get(key) for key in settings} != settings:
        processes.stop(state, commands.KARPENTER)
    if not processes.find(state, commands.KARPENTER):
        with console.phase("Starting Karpenter"):
            _start_karpenter(state, env, settings)


def _start_karpenter(state: State, env: Mapping[str, str], settings: Mapping[str, str]) -> None:
    metrics, health = free_ports(2)
    process = commands.karpenter(state, env, settings["cluster"], settings["queue"], (metrics, health))
    cloud.remember(state, **{_KARPENTER: dict(settings)})
    processes.wait_ready(process, f"http://127.0.0.1:{health}/healthz", 60)


def _stop(state: State, name: str) -> None:
    of = {
        "scheduler": (commands.SCHEDULER,),
        "nodes": (commands.JOIN, commands.KWOK),
        "karpenter": (commands.KARPENTER,),
    }
    for process in of[name]:
        processes.stop(state, process)
