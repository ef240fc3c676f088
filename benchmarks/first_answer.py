"""From a package in the store to the first answer of a real Triton: 25 million fp32 parameters, about 100 MB.

``.venv/bin/python benchmarks/first_answer.py``. Measured against the emulated store (moto) on loopback:

- *raw*: the package's objects by plain parallel GETs of boto3, written to files, nothing checked;
- *pull*: `aistacks models pull`: every byte held against the digest while it arrives;
- *first answer*: pull, start Triton on the folder, load, warm up, and one row's answer by the generated client;
- *sandbox*: the same as `make up` does it: prove every byte in the store, and let Triton read ``s3://`` itself.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from aistacks_core import python_env
from aistacks_core.loopback import free_port
from aistacks_models import store
from aistacks_models.workflows import models_env
from aistacks_sandbox import processes
from aistacks_sandbox.emulator.server import READY_PATH
from aistacks_sandbox.model_servers import triton
from aistacks_sandbox.state import State

HERE = Path(__file__).parent
NAME = "large"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        digest = make(home)
        state = State(home / "state")
        endpoint = emulate(state)
        try:
            measure(home, state, endpoint, digest, runs)
        finally:
            triton.stop(state)
            processes.stop(state, "aws", timeout=2)


def measure(home: Path, state: State, endpoint: str, digest: str, runs: int) -> None:
    bucket = store.connect("models", endpoint=endpoint)
    bucket.client.create_bucket(Bucket="models")
    store.publish(bucket, NAME, store.Package.load(home / "package"))
    objects = bucket.objects(bucket.home(NAME, digest))
    size = sum(item.size for item in objects.values())
    onnx = objects[f"triton/{NAME}/1/model.onnx"].size
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores: other work takes from both, and not evenly")
    print(f"model {onnx / 1e6:.1f} MB; package with both servers' copies {size / 1e6:.1f} MB in {len(objects)} objects")

    taken: dict[str, list[float]] = {"raw": [], "pull": []}
    for _ in range(runs):
        taken["raw"].append(clock(home, lambda to: raw(bucket, digest, to)))
        taken["pull"].append(clock(home, lambda to: store.pull(bucket, NAME, digest, to)))
    for how, pick in (("median", statistics.median), ("best", min)):
        speed = {what: size / 1e6 / pick(times) for what, times in taken.items()}
        share = speed["pull"] / speed["raw"]
        print(f"raw {speed['raw']:.0f} MB/s, pull {speed['pull']:.0f} MB/s: {share:.0%} of it ({how} of {runs})")

    firsts = [first(home, state, bucket, digest) for _ in range(runs)]
    for parts in firsts:
        print("first answer: " + ", ".join(f"{what} {seconds:.2f} s" for what, seconds in parts.items()))
    print(f"first answer: {statistics.median(sum(parts.values()) for parts in firsts):.2f} s (median of {runs})")
    began = time.monotonic()
    served = triton.serve(state, "models", digest, endpoint, NAME)
    answer(home / "package", served.http)
    print(f"as the sandbox does it: {time.monotonic() - began:.2f} s")


def first(home: Path, state: State, bucket: store.Bucket, digest: str) -> dict[str, float]:
    """Seconds of each part, from nothing on this machine to an answer."""
    triton.stop(state)
    folder = home / "served"
    shutil.rmtree(folder, ignore_errors=True)
    times = [time.monotonic()]
    store.pull(bucket, NAME, digest, folder)
    times.append(time.monotonic())
    served = triton.serve_folder(state, folder / "triton", NAME)
    times.append(time.monotonic())
    answer(folder, served.http)
    times.append(time.monotonic())
    parts = ("pull", "start, load and warm up", "answer")
    return {what: end - start for what, start, end in zip(parts, times, times[1:], strict=False)}


def answer(package: Path, url: str) -> None:
    """One sample row, by the client that the package carries; it must be what the package says."""
    spec = importlib.util.spec_from_file_location("large_client", package / "api" / "client.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(package)
    module: Any = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    kept = json.loads((package / "samples.json").read_text())
    with module.LargeClient(url) as client:
        got = client.infer(x=kept["inputs"]["x"][:1]).y[0]
    worst = max(abs(mine - theirs) for mine, theirs in zip(got, kept["outputs"]["y"][0], strict=True))
    if worst > 1e-3:
        raise SystemExit(f"the answer is off by {worst}")


def raw(bucket: store.Bucket, digest: str, to: Path) -> None:
    """Every object by one GET, as many at a time as a pull makes."""
    home = bucket.home(NAME, digest)

    def get(name: str) -> None:
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        with (to / name).open("wb") as file:
            for chunk in bucket.client.get_object(Bucket=bucket.name, Key=home + name)["Body"].iter_chunks(1 << 20):
                file.write(chunk)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(get, bucket.objects(home)))


def clock(home: Path, act: Callable[[Path], object]) -> float:
    to = home / "there"
    began = time.monotonic()
    act(to)
    seconds = time.monotonic() - began
    shutil.rmtree(to)
    return seconds


def make(home: Path) -> str:
    """The package, in ``home/package``."""
    with models_env.variables() as variables:
        done = subprocess.run(
            [python_env.ensure("models").python, HERE / "large_package.py", home / "package"],
            env=variables,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    digest: str = json.loads(done.stdout)["digest"]
    return digest


def emulate(state: State) -> str:
    """A fresh emulated AWS; its URL."""
    port = free_port()
    argv = [sys.executable, "-m", "aistacks_sandbox.emulator.server", "--port", str(port)]
    emulator = processes.start(state, "aws", argv, port=port)
    processes.wait_ready(emulator, f"http://127.0.0.1:{port}{READY_PATH}")
    return f"http://127.0.0.1:{port}"


if __name__ == "__main__":
    main()
