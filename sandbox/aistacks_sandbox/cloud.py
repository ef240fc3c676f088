"""The emulated AWS and the Kubernetes API server, started and found again."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import Any

from aistacks_core import console
from aistacks_core.errors import UserError
from aistacks_core.files import write_atomically
from aistacks_core.loopback import free_port

from . import processes
from .emulator import server as emulator
from .programs import etcd, go, kubernetes
from .state import State

EMULATOR = "aws"
DEFAULT_REGION = "eu-west-1"
_NOTES, _NOTES_BEFORE = "sandbox.json", "sandbox.json.bak"


@dataclass(frozen=True)
class EmulatedAws:
    """``endpoint``: where every AWS service answers. ``boot``: its start, before which it held nothing."""

    endpoint: str
    boot: str


def start(state: State) -> EmulatedAws:
    """Start what doesn't run yet; what runs is left alone."""
    from .cluster import server as cluster  # with Kubernetes' client, which whoever only looks needn't have

    cloud = _start_emulator(state)
    if not cluster.is_ready(state):
        etcd.ensure()
        kubernetes.ensure()
        with console.phase("Starting the Kubernetes API server"):
            cluster.start(state)
    else:
        cluster.start_addresses(state)
    go.clean()
    return cloud


def find(state: State) -> EmulatedAws | None:
    """The emulated AWS if it runs."""
    process = processes.find(state, EMULATOR)
    if process is None or process.port is None:
        return None
    endpoint = f"http://127.0.0.1:{process.port}"
    boot = emulator.boot_id(endpoint)
    return EmulatedAws(endpoint, boot) if boot else None


def _start_emulator(state: State) -> EmulatedAws:
    if found := find(state):
        return found
    processes.stop(state, EMULATOR)
    port = free_port(_last_port(state))
    with console.phase("Starting the emulated AWS"):
        argv = [sys.executable, "-m", "aistacks_sandbox.emulator.server", "--port", str(port)]
        process = processes.start(state, EMULATOR, argv, port=port, env=dict(os.environ))
        endpoint = f"http://127.0.0.1:{port}"
        processes.wait_ready(process, lambda: emulator.boot_id(endpoint) is not None)
    remember(state, port=port)
    return EmulatedAws(endpoint, emulator.boot_id(endpoint) or "")


def _last_port(state: State) -> int | None:
    """The port of the last time, while it is free: endpoints stay what users have in their shells."""
    port = recall(state).get("port")
    if not isinstance(port, int):
        return None
    try:
        return free_port(port, "the emulated AWS")
    except UserError:
        return None


def recall(state: State) -> dict[str, Any]:
    """What the last commands noted down; where the file is damaged, what they had noted before."""
    for name in (_NOTES, _NOTES_BEFORE):
        try:
            noted = json.loads((state.logs.parent / name).read_text())
        except (FileNotFoundError, ValueError):
            continue
        if isinstance(noted, dict):
            return noted
    return {}


def remember(state: State, **facts: Any) -> None:
    """Note facts down for later commands; whole or not at all."""
    noted = recall(state)
    changed = {**noted, **facts}
    if changed == noted:
        return
    write_atomically(state.root / _NOTES_BEFORE, json.dumps(noted, indent=1))
    write_atomically(state.root / _NOTES, json.dumps(changed, indent=1))
