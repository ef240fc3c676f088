"""10,000 malformed requests over HTTP and as many over gRPC to a real Triton and a real TorchServe.

``.venv/bin/python benchmarks/malformed_requests.py PACKAGE``: each must be refused, no process may end, and the sample
rows must get the answers afterwards that they got before. What is known to end the sandbox's Triton (2.51) comes last,
to a server of its own, and said.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from aistacks_core import python_env
from aistacks_models.workflows import models_env
from aistacks_sandbox import processes
from aistacks_sandbox.model_servers import torchserve, triton
from aistacks_sandbox.state import State

DEADLY = {
    "a shape of 2^32 rows (upstream #8174, fixed in 2.59)": (
        '{"inputs": [{"name": "x", "datatype": "FP32", "shape": [4294967296, 64], "data": [1]}]}'
    ),
    "lists 100,000 deep (upstream #8172, fixed in 2.58)": (
        '{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 1], "data": ' + "[" * 10**5 + "]" * 10**5 + "}]}"
    ),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path, help="folder of a package")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20261127)
    words = parser.parse_args()
    name = json.loads((words.package / "manifest.json").read_bytes())["name"]
    bad = 0
    with tempfile.TemporaryDirectory() as scratch:
        for server, module in (("triton-2.51", triton), ("torchserve", torchserve)):
            state = State(Path(scratch) / server)
            folder = words.package / module.PROCESS
            try:
                endpoint = module.serve_folder(state, folder, name)  # type: ignore[attr-defined]
                process = processes.find(state, module.PROCESS)
                report = send(words, server, endpoint, process.pid if process else 0)
            finally:
                module.stop(state)
            bad += told(report)
        deadly(State(Path(scratch) / "deadly"), words.package / triton.PROCESS, name)
    return 1 if bad else 0


def send(words: argparse.Namespace, server: str, endpoint: Any, pid: int) -> dict[str, Any]:
    """What `fuzzing` beside this file says, run in the models environment."""
    argv = [python_env.ensure("models").python, "-m", "fuzzing", words.package, f"--server={server}"]
    argv += [f"--http={endpoint.http.removeprefix('http://')}", f"--grpc={endpoint.grpc}", f"--pid={pid}"]
    argv += [f"--count={words.count}", f"--seed={words.seed}"]
    with models_env.variables() as variables:
        variables["PYTHONPATH"] += f"{os.pathsep}{Path(__file__).parent}"
        done = subprocess.run([str(word) for word in argv], env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{server}: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def told(report: dict[str, Any]) -> int:
    """Print it; how many requests were not refused, and 1 more where the server isn't as before."""
    bad = 0
    for protocol in ("http", "grpc"):
        part = report[protocol]
        wrong = sum(part["wrong"].values())
        bad += wrong
        print(
            f"{report['server']:12} {protocol:5} {part['sent']:6} sent, {part['kinds']} kinds: "
            f"{part['refused']} refused, {part['closed']} cut off (no HTTP), {wrong} wrong; {part['statuses']}"
        )
        for what, examples in part["examples"].items():
            print(f"  {part['wrong'][what]} times {what}\n    {examples[0][:500]}")
    same = report["same_processes"] and report["same_answers"]
    print(
        f"{report['server']:12} same processes: {report['same_processes']}, right answers after: "
        f"{report['same_answers']}; {report['seconds']} s"
    )
    return bad + (not same)


def deadly(state: State, folder: Path, name: str) -> None:
    """Send what ends the sandbox's old Triton, each to a fresh one."""
    for what, body in DEADLY.items():
        try:
            endpoint = triton.serve_folder(state, folder, name)
            answer = ask(endpoint.http, f"/v2/models/{name}/infer", body)
            time.sleep(2)
            fate = "it lives" if processes.find(state, triton.PROCESS) else "it ended"
            print(f"triton-2.51  {what}: {answer}, and {fate}")
        finally:
            triton.stop(state)


def ask(url: str, path: str, body: str) -> str:
    """The status, or what happened to the connection."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
    try:
        connection.request("POST", path, body)
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
