"""A real TorchServe on loopback, which serves one package's archive by the package's own configuration.

How it is started and where it writes: ts/model_server.py and docs/configuration.md of torchserve 0.12.0, read
2026-11-27.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aistacks_core import checksums, python_env
from aistacks_core.errors import UserError
from aistacks_core.http_session import local_session
from aistacks_core.loopback import LOOPBACK, free_ports

from .. import processes
from ..processes import Process
from ..programs import java
from ..state import State

PROCESS = "torchserve"
_READY_SECONDS = 120
_TRIES = 3
_PORTS = ("http", "management", "metrics", "grpc", "grpc_management")


@dataclass(frozen=True)
class Endpoint:
    """Where a served archive answers: loopback URLs without a slash at the end, and ``grpc`` as host:port."""

    name: str
    http: str
    grpc: str
    metrics: str


def serve_folder(state: State, folder: Path, name: str, settings: Mapping[str, str] | None = None) -> Endpoint:
    """Start TorchServe on ``<folder>/<name>.mar`` and wait until its workers are ready.

    It reads the folder's own `config.properties`, but for the addresses and ``settings`` (key → value).
    Raises UserError when there is no Java, or when TorchServe doesn't come up.
    """
    program = java.require()
    env = python_env.ensure("models")
    for left in range(_TRIES - 1, -1, -1):
        stop(state)
        ports = _free_ports()
        home = state.models / PROCESS
        for made in (home / "logs", _scratch(state)):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)
        config = home / "config.properties"
        config.write_text(_properties(folder, ports, settings or {}))
        argv: list[str | Path] = [env.python, "-m", "ts.model_server", "--start", "--foreground", "--ncs"]
        argv += [f"--ts-config={config}", f"--model-store={folder.resolve()}", "--models", f"{name}={name}.mar"]
        process = processes.start(
            state, PROCESS, argv, port=ports["http"], env=_environment(state, home, program.path), cwd=home
        )
        try:
            return _ready(process, home, name, ports)
        except UserError:
            stop(state)
            # Between our look and its bind another program may have taken a port. Java says much after that.
            if not left or "Address already in use" not in Path(process.log).read_text(errors="replace"):
                raise
    raise AssertionError("unreachable")


def stop(state: State) -> bool:
    """End TorchServe, its Java and its workers, and remove what they left. False where none ran."""
    stopped = processes.stop(state, PROCESS)
    for left in (state.models / PROCESS, _scratch(state)):
        shutil.rmtree(left, ignore_errors=True)
    return stopped


def _ready(process: Process, home: Path, name: str, ports: Mapping[str, int]) -> Endpoint:
    def ready() -> bool:
        # It would start a worker that fails again and again, and call itself healthy all the while.
        if "Load model failed" in Path(process.log).read_text(errors="replace"):
            raise UserError(f"TorchServe's {name}", _last(home / "logs" / "model_log.log"), "an archive that loads")
        return bool(workers := _workers(ports["management"], name)) and set(workers) == {"READY"}

    processes.wait_ready(process, ready, _READY_SECONDS)
    base = f"http://{LOOPBACK}"
    return Endpoint(
        name=name,
        http=f"{base}:{ports['http']}",
        grpc=f"{LOOPBACK}:{ports['grpc']}",
        metrics=f"{base}:{ports['metrics']}/metrics",
    )


def _workers(port: int, name: str) -> list[str]:
    """What the model's workers are doing, as the management interface says."""
    try:
        with local_session() as session:
            (described,) = session.get(f"http://{LOOPBACK}:{port}/models/{name}", timeout=2).json()
        return [worker["status"] for worker in described["workers"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _last(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return lines[-1].rpartition(" - ")[2] if lines else "nothing said"


def _properties(folder: Path, ports: Mapping[str, int], settings: Mapping[str, str]) -> str:
    """The package's configuration on loopback, at ``ports``."""
    base = f"http://{LOOPBACK}"
    own = {
        "inference_address": f"{base}:{ports['http']}",
        "management_address": f"{base}:{ports['management']}",
        "metrics_address": f"{base}:{ports['metrics']}",
        "grpc_inference_address": LOOPBACK,
        "grpc_inference_port": ports["grpc"],
        "grpc_management_address": LOOPBACK,
        "grpc_management_port": ports["grpc_management"],
        **settings,
    }
    kept = [line for line in (folder / "config.properties").read_text().splitlines() if line.split("=")[0] not in own]
    # The command line names the model and its folder.
    kept = [line for line in kept if line.split("=")[0] not in ("model_store", "load_models")]
    return "\n".join([*kept, *(f"{key}={value}" for key, value in own.items()), ""])


def _free_ports() -> dict[str, int]:
    return dict(zip(_PORTS, free_ports(len(_PORTS), PROCESS), strict=True))


def _environment(state: State, home: Path, program: Path) -> dict[str, str]:
    """All that the server and the archive's code may see: no credentials, and places of its own to write to."""
    kept = {key: os.environ[key] for key in ("HOME", "LANG") if key in os.environ}
    scratch = {key: str(_scratch(state)) for key in ("TEMP", "TMPDIR")}
    logs = {key: str(home / "logs") for key in ("LOG_LOCATION", "METRICS_LOCATION")}
    return kept | scratch | logs | {"PATH": f"{program.parent}:/usr/bin:/bin", "PYTHONNOUSERSITE": "1"}


def _scratch(state: State) -> Path:
    """Where its process id and its workers' sockets lie. A socket's path has at most 107 bytes, so not in ``state``."""
    return Path(tempfile.gettempdir()) / f"aistacks_{checksums.sha256(str(state.root).encode())[:12]}"
