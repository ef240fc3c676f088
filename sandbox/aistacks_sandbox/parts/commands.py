"""How each part is started: its command, its files, its environment."""

from __future__ import annotations

import os
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from aistacks_core.errors import UserError
from aistacks_core.facts import LOADER
from aistacks_core.files import write_atomically

from .. import processes
from ..cluster import server as cluster
from ..cluster.certificates import Pki
from ..processes import Process
from ..programs import go, obtain
from ..programs.facts import Unpacked
from ..state import State

SCHEDULER, KWOK, JOIN, KARPENTER = "kube-scheduler", "kwok", "nodes", "karpenter"
NODE_MARK = "kwok.x-k8s.io/node"
"""The annotation of nodes whose kubelet is played."""
_STAGES = (
    "node/fast/node-initialize.yaml",
    "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
    *(
        f"pod/general/pod-{stage}.yaml"
        for stage in (
            "create",
            "init-container-running",
            "init-container-completed",
            "ready",
            "complete",
            "delete",
        )
    ),
)
"""What a played kubelet does, as kwok's own module has it."""
_KWOK = Unpacked("sigs.k8s.io/kwok", "v0.8.0", "h1:OTIOTwgROqPMovcTwxICx2eYQ4AwLpSx5EpjbDKF4SQ=", "")


def scheduler(state: State) -> Process:
    """The real scheduler, with the rights that the API server's own roles give it."""
    try:
        token = Pki(state.pki).scheduler_token
    except KeyError:
        got, todo = "a sandbox of an earlier version, without keys for it", "`aistacks sandbox down`, then this again."
        raise UserError("the part scheduler", got, "one that this version made", todo) from None
    config = _client(state, "scheduler.kubeconfig", token)
    argv: list[str | Path] = [
        obtain.ensure("kube-scheduler").path,
        f"--kubeconfig={config}",
        f"--authentication-kubeconfig={config}",
        f"--authorization-kubeconfig={config}",
        "--leader-elect=false",
        "--secure-port=0",
        "--profiling=false",
    ]
    return processes.start(state, SCHEDULER, argv)


def kwok(state: State) -> Process:
    """What plays the kubelets. It listens on nothing."""
    program = obtain.ensure("kwok").path
    options = {
        "manageNodesWithAnnotationSelector": f"{NODE_MARK}=fake",
        "nodePort": 0,
        # kwok fills in none of its defaults where there is a file; a pod without an address is made again and again.
        "nodeIP": "10.255.0.1",
        "cidr": "10.244.0.0/16",
        "enableDebuggingHandlers": False,
        "nodeLeaseDurationSeconds": 40,
        "nodeLeaseParallelism": 4,
        "nodePlayStageParallelism": 4,
        "podPlayStageParallelism": 4,
    }
    kind = {"apiVersion": "config.kwok.x-k8s.io/v1alpha1", "kind": "KwokConfiguration", "options": options}
    config = state.root / "kwok.yaml"
    write_atomically(config, yaml.safe_dump_all([kind, *_stages()]))
    return processes.start(state, KWOK, [program, f"--kubeconfig={state.kubeconfig}", f"--config={config}"])


def join(state: State, endpoint: str) -> Process:
    """What makes a Node of every instance and of every managed node group."""
    argv = [sys.executable, "-m", "aistacks_sandbox.parts.join", endpoint, str(state.kubeconfig), str(state.root)]
    return processes.start(state, JOIN, argv)


def karpenter(state: State, env: Mapping[str, str], name: str, queue: str, ports: tuple[int, int]) -> Process:
    """The real controller for the EKS cluster ``name``, on the emulated EC2."""
    own = {
        **os.environ,
        **env,
        "KUBECONFIG": str(state.kubeconfig),
        "CLUSTER_NAME": name,
        "EKS_CONTROL_PLANE": "true",
        "INTERRUPTION_QUEUE": queue,
        "DISABLE_LEADER_ELECTION": "true",
        "SYSTEM_NAMESPACE": "kube-system",
        "METRICS_PORT": str(ports[0]),
        "HEALTH_PROBE_PORT": str(ports[1]),
    }
    return processes.start(state, KARPENTER, [obtain.ensure("karpenter").path], port=ports[1], env=own)


def _client(state: State, name: str, token: str) -> Path:
    server = processes.find(state, cluster.APISERVER)
    if server is None:
        raise UserError(cluster.APISERVER, "none that runs", "a running one", "Run `aistacks sandbox up`.")
    pki = Pki(state.pki)
    file = pki.folder / name
    write_atomically(file, cluster.kubeconfig_of(f"https://127.0.0.1:{server.port}", pki, token), mode=0o600)
    return file


def _stages() -> list[dict[str, Any]]:
    try:
        with zipfile.ZipFile(go.module_zip(_KWOK)) as files:
            names = [f"{_KWOK.module}@{_KWOK.version}/kustomize/stage/{stage}" for stage in _STAGES]
            return [yaml.load(files.read(name), LOADER) for name in names]  # noqa: S506 (a safe loader, either way)
    except (go.NoGoError, zipfile.BadZipFile, KeyError) as error:
        raise UserError(
            "kwok", str(error), "its module, which says what a kubelet does", "See that Go gets it."
        ) from None
