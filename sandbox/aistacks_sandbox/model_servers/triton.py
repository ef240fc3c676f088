"""A real Triton server on loopback, which loads one verified model from the store, or models from a folder."""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

from aistacks_core import checksums, python_env
from aistacks_core.errors import UserError
from aistacks_core.http_session import local_session
from aistacks_core.loopback import LOOPBACK, free_ports
from aistacks_core.model_package import ModelPackage
from aistacks_core.python_env import PythonEnv

from .. import processes
from ..processes import Process
from ..state import State

PROCESS = "triton"
_READY_SECONDS = 60
_TRIES = 3
_PYTHON_CONFIG = "python"


@dataclass(frozen=True)
class Endpoint:
    """Where a served model answers: loopback URLs without a slash at the end, and ``grpc`` as host:port."""

    name: str
    digest: str
    http: str
    grpc: str
    metrics: str


def serve(state: State, package: ModelPackage, bucket: str, endpoint: str) -> Endpoint:
    """Start Triton on ``s3://<bucket>/<name>/<digest>/`` of the store at ``endpoint``; wait until ready.

    The bytes in the store are taken as they are: prove them first. A server that runs on the same model is left
    alone. Raises UserError when Triton doesn't come up.
    """
    repository = f"s3://{endpoint}/{bucket}/{package.prefix}triton"
    return _serve(state, repository, package.name, package.digest)


def serve_folder(state: State, repository: Path, name: str, options: Sequence[str] = ()) -> Endpoint:
    """Start Triton on the models in the folder ``repository``; wait until ``name`` is ready.

    What is in the folder is taken as it is, so the endpoint has no digest. ``options``: more words for tritonserver.
    Raises UserError when Triton doesn't come up.
    """
    folder = str(repository.resolve())
    if " " in folder:
        # Its Python backend puts the path into a shell's line.
        raise UserError(folder, "a folder with a space in its path", "one without, which Triton can serve")
    return _serve(state, folder, name, "", options)


def _serve(state: State, repository: str, name: str, digest: str, options: Sequence[str] = ()) -> Endpoint:
    env = python_env.ensure("triton")
    process = processes.find(state, PROCESS)
    words = {str(_home(env) / "bin" / "tritonserver"), f"--model-repository={repository}", *options}
    if process and words <= set(process.argv):
        return _ready(state, process, name, digest)
    for left in range(_TRIES - 1, -1, -1):
        stop(state)
        try:
            return _ready(state, _start(state, env, repository, options), name, digest)
        except UserError as error:
            # Between our look and Triton's bind another program may have taken a port.
            if not left or "already in use" not in error.got:
                raise
    raise AssertionError("unreachable")


def served(state: State) -> Endpoint | None:
    """Where the server that runs on the store's model answers, or None where none runs."""
    process = processes.find(state, PROCESS)
    if process is None:
        return None
    name, digest, _ = _words(process)["--model-repository"].rsplit("/", 3)[1:]
    return _endpoint(process, name, digest)


def stop(state: State) -> bool:
    """End Triton and remove what it left. False where none ran."""
    stopped = processes.stop(state, PROCESS)
    shutil.rmtree(state.models / "triton", ignore_errors=True)
    for left in Path("/dev/shm").glob(f"{_name(state)}*"):  # noqa: S108
        left.unlink(missing_ok=True)
    return stopped


def _start(state: State, env: PythonEnv, repository: str, options: Sequence[str]) -> Process:
    ports = _free_ports()
    argv: list[str | Path] = [
        _home(env) / "bin" / "tritonserver",
        f"--model-repository={repository}",
        f"--id={_name(state)}",
        f"--model-config-name={_PYTHON_CONFIG}",
        f"--backend-directory={_backends(state, env)}",
        f"--backend-config=python,shm-region-prefix-name={_name(state)}",
        *(f"--{kind}-address={LOOPBACK}" for kind in ports),
        *(f"--{kind}-port={port}" for kind, port in ports.items()),
        "--disable-auto-complete-config",
        "--allow-gpu-metrics=false",
        "--pinned-memory-pool-byte-size=0",
        "--exit-timeout-secs=3",
        "--log-format=ISO8601",
        *options,
    ]
    return processes.start(state, PROCESS, argv, port=ports["http"], env=_environment(state, env))


def _ready(state: State, process: Process, name: str, digest: str) -> Endpoint:
    endpoint = _endpoint(process, name, digest)

    def ready() -> bool:
        # Whoever else took the port may serve the same model: only our own server's name will do. Metrics are served
        # last, and a server that can't have their port ends, ready as it was.
        return (
            _server_name(endpoint) == _name(state)
            and _get(f"{endpoint.http}/v2/models/{endpoint.name}/ready") is not None
            and b"nv_" in (_get(endpoint.metrics) or b"")
        )

    processes.wait_ready(process, ready, _READY_SECONDS)
    return endpoint


def _server_name(endpoint: Endpoint) -> str | None:
    try:
        name: str = json.loads(_get(f"{endpoint.http}/v2") or "")["name"]
    except (ValueError, TypeError, KeyError):
        return None
    return name


def _get(url: str) -> bytes | None:
    """What is answered there with status 200, or None."""
    try:
        with local_session() as session:
            response = session.get(url, timeout=2)
    except requests.RequestException:
        return None
    return response.content if response.status_code == requests.codes.ok else None


def _endpoint(process: Process, name: str, digest: str) -> Endpoint:
    """What the process was started with says where it answers, so nothing else needs to be kept."""
    words = _words(process)
    return Endpoint(
        name=name,
        digest=digest,
        http=f"http://{LOOPBACK}:{words['--http-port']}",
        grpc=f"{LOOPBACK}:{words['--grpc-port']}",
        metrics=f"http://{LOOPBACK}:{words['--metrics-port']}/metrics",
    )


def _words(process: Process) -> dict[str, str]:
    return dict(word.split("=", 1) for word in process.argv if "=" in word)


def _free_ports() -> dict[str, int]:
    return dict(zip(("http", "grpc", "metrics"), free_ports(3, PROCESS), strict=True))


def _backends(state: State, env: PythonEnv) -> Path:
    """A backend folder with the stub that fits the environment's Python, where Triton looks for it."""
    server = _home(env)
    stub = server / "python_backend_stubs" / env.version / "triton_python_backend_stub"
    folder = state.models / "triton" / "backends" / "python"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in (*(server / "backends" / "python").iterdir(), stub):
        (folder / file.name).symlink_to(file)
    return folder.parent


def _environment(state: State, env: PythonEnv) -> dict[str, str]:
    """All that Triton and its stub may see: no credentials, no proxies, no Python but the environment's."""
    copies = state.models / "triton" / "loaded"
    copies.mkdir(parents=True, exist_ok=True)
    kept = {key: os.environ[key] for key in ("HOME", "LANG", "TMPDIR") if key in os.environ}
    libraries = (env.site_packages / "nvidia_pytriton.libs", env.library_folder)
    return kept | {
        "PATH": f"{env.python.parent}:/usr/bin:/bin",
        "LD_LIBRARY_PATH": ":".join(map(str, libraries)),
        "PYTHONPATH": str(env.site_packages),
        "PYTHONNOUSERSITE": "1",
        "TRITON_AWS_MOUNT_DIRECTORY": str(copies),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def _home(env: PythonEnv) -> Path:
    return env.site_packages / "pytriton" / "tritonserver"


def _name(state: State) -> str:
    """What tells this sandbox's server and its shared memory from any other's."""
    return f"aistacks_{checksums.sha256(str(state.root).encode())[:12]}"
