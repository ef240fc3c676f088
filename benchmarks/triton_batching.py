"""Real servers under load: Triton with dynamic batching against none, and TorchServe beside them, in one run.

    .venv/bin/python benchmarks/triton_batching.py [--models digits,bert_tokens] [--seconds 10] [--rounds 3]

32 clients keep one connection each and ask one row at a time, over HTTP with binary tensors; both servers answer the
same bytes from the same ONNX file with one copy and one thread. The clients are `wrk` (Debian: apt install wrk), in C:
one thread of it takes a fraction of a core at these rates, so the server is what is measured, although both share the
machine. Cases take turns, so that what else the machine does falls on all; figures are those of the median round by
throughput. Without batching Triton is also measured with its default number of HTTP threads: the better one counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from aistacks_core import python_env
from aistacks_models.workflows import models_env, pipeline_runner
from aistacks_sandbox.model_servers import torchserve, triton
from aistacks_sandbox.state import State

HERE = Path(__file__).parent
CLIENTS = 32
NONE = {"batching": False, "max_queue_delay_us": 0}
DYNAMIC = {"max_queue_delay_us": 2000, "preferred_batch_sizes": [16]}
THREADS = ("--http-thread-count=4",)
FORMATS = {"BOOL": "?", "UINT8": "B", "INT8": "b", "INT16": "h", "INT32": "i", "INT64": "q", "FP32": "f", "FP64": "d"}
WARM = 2


@dataclass
class Load:
    """What wrk saw. Milliseconds."""

    per_second: float
    p50: float
    p99: float
    errors: int


@dataclass
class Case:
    """One server under one setting."""

    name: str
    serving: dict[str, Any]
    start: Callable[[State, Path, str], str]
    """→ the URL below which it answers."""
    stop: Callable[[State], bool]
    runs: list[Load] = field(default_factory=list)

    @property
    def load(self) -> Load:
        """The median round by throughput."""
        return sorted(self.runs, key=lambda run: run.per_second)[len(self.runs) // 2]


def cases() -> list[Case]:
    """In the order of a round."""
    return [
        Case("Triton, no batching", NONE, _triton(THREADS), triton.stop),
        Case("Triton, no batching, 8 HTTP threads", NONE, _triton(()), triton.stop),
        Case("Triton, dynamic batching", DYNAMIC, _triton(THREADS), triton.stop),
        Case("TorchServe, no batching", NONE, _torchserve, torchserve.stop),
        Case("TorchServe, batching", DYNAMIC, _torchserve, torchserve.stop),
    ]


def _triton(options: tuple[str, ...]) -> Callable[[State, Path, str], str]:
    return lambda state, folder, name: triton.serve_folder(state, folder / "triton", name, options).http


def _torchserve(state: State, folder: Path, name: str) -> str:
    return torchserve.serve_folder(state, folder / "torchserve", name).http


def body(package: Path, file: Path) -> int:
    """Write the request for the first sample into ``file`` and return the length of its JSON."""
    manifest = json.loads((package / "manifest.json").read_text())
    kept = json.loads((package / "samples.json").read_text())["inputs"]
    tensors, raw = [], b""
    for tensor in manifest["inputs"]:
        rows = kept[tensor["name"]][:1]
        values = _flat(rows)
        data = struct.pack(f"<{len(values)}{FORMATS[tensor['datatype']]}", *values)
        about = {"name": tensor["name"], "datatype": tensor["datatype"], "shape": _shape(rows)}
        tensors.append(about | {"parameters": {"binary_data_size": len(data)}})
        raw += data
    outputs = [{"name": tensor["name"], "parameters": {"binary_data": True}} for tensor in manifest["outputs"]]
    head = json.dumps({"inputs": tensors, "outputs": outputs}).encode()
    file.write_bytes(head + raw)
    return len(head)


def _flat(value: Any) -> list[Any]:
    return [one for part in value for one in _flat(part)] if isinstance(value, list) else [value]


def _shape(value: Any) -> list[int]:
    return [len(value), *_shape(value[0])] if isinstance(value, list) else []


def wrk(url: str, request: Path, length: int, seconds: int) -> Load:
    """Press on ``url``. Raises ``RuntimeError`` where wrk itself fails."""
    words = ["wrk", "--threads", "1", "--connections", str(CLIENTS), "--duration", f"{seconds}s", "--timeout", "30s"]
    done = subprocess.run(
        [*words, "--script", str(HERE / "protocol_load.lua"), url],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "BODY": str(request), "HEADER": str(length)},
    )
    if done.returncode:
        raise RuntimeError(f"wrk: {done.stderr or done.stdout}")
    seen = json.loads(done.stdout.strip().splitlines()[-1])
    return Load(
        seen["requests"] / seen["microseconds"] * 1e6, seen["p50"] / 1000, seen["p99"] / 1000, int(seen["errors"])
    )


def lay_out(package: Path, folder: Path, serving: dict[str, Any]) -> None:
    """The package's model under other settings."""
    words = [python_env.ensure("models").python, HERE / "served_repository.py", package, folder, json.dumps(serving)]
    with models_env.variables() as variables:
        subprocess.run([str(word) for word in words], check=True, env=variables)


@contextmanager
def running(case: Case, state: State, folder: Path, name: str) -> Iterator[str]:
    """The URL of the model in ``case``'s server, which is stopped afterwards."""
    try:
        yield f"{case.start(state, folder, name)}/v2/models/{name}/infer"
    finally:
        case.stop(state)


def measure(name: str, seconds: int, rounds: int, console: Console) -> list[Case]:
    """All cases of one model."""
    package = pipeline_runner.build(name).package
    served = json.loads((package / "manifest.json").read_text())["name"]
    measured = cases()
    with tempfile.TemporaryDirectory(prefix="aistacks-load-") as scratch, Progress(console=console) as progress:
        root = Path(scratch)
        length = body(package, root / "body")
        folders = {case.name: root / f"case-{place}" for place, case in enumerate(measured)}
        for case in measured:
            lay_out(package, folders[case.name], case.serving)
        task = progress.add_task(name, total=rounds * len(measured))
        for _ in range(rounds):
            for case in measured:
                state = State(root / "state")
                with running(case, state, folders[case.name], served) as url:
                    wrk(url, root / "body", length, WARM)
                    case.runs.append(wrk(url, root / "body", length, seconds))
                progress.advance(task)
    return measured


def table(name: str, measured: list[Case]) -> Table:
    """Each case beside the better one of Triton without batching."""
    base = max((case.load for case in measured[:2]), key=lambda load: load.per_second)
    shown = Table(title=f"{name}: {CLIENTS} clients, one row each, over HTTP")
    for head in ("server", "requests/s", "against none", "p50 ms", "p99 ms", "errors"):
        shown.add_column(head, justify="left" if head == "server" else "right")
    for case in measured:
        load = case.load
        row = (
            f"{load.per_second:,.0f}",
            f"{load.per_second / base.per_second:.2f}x",
            f"{load.p50:.2f}",
            f"{load.p99:.2f}",
        )
        shown.add_row(case.name, *row, str(sum(run.errors for run in case.runs)))
    return shown


def main() -> None:
    """Measure, and print a table for each model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default="digits", help="names as in `aistacks models build`, with commas")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 120)
    if shutil.which("wrk") is None:
        raise SystemExit("wrk: not on PATH; it is the load generator (Debian, Ubuntu: apt install wrk)")
    cores, memory = psutil.cpu_count(), psutil.virtual_memory().total / 2**30
    console.print(f"{platform.platform()}, {cores} cores, {memory:.0f} GiB; load before: {os.getloadavg()[0]:.1f}")
    for name in options.models.split(","):
        console.print(table(name, measure(name, options.seconds, options.rounds, console)))


if __name__ == "__main__":
    main()
