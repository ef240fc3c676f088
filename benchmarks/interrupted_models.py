"""Kills `aistacks models build`, `publish` or `promote` at random moments and runs it again: does it go on?

.venv/bin/python benchmarks/interrupted_models.py --operation publish [--count 50] [--seed 1] [--json FILE]

Real commands on an emulated store. Every second one is killed alone, the others with their process group. After the
same command again: the exit code, no traceback, the same files and objects as after a run that nobody disturbed (no
temporary files, no uploads in parts, one version of each object), and no process that outlives it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from aistacks_core.loopback import free_port
from aistacks_sandbox import processes
from aistacks_sandbox.emulator.server import READY_PATH
from aistacks_sandbox.state import State
from interrupted import killing
from interrupted.operations import Build, Operation, Place, Promote, Publish

OPERATIONS = {
    "build": Build,
    "trial": lambda endpoint: Build(endpoint, "trial"),
    "publish": Publish,
    "promote": Promote,
}


def main() -> int:
    """Print a line for each moment and the sum; 1 where one didn't converge."""
    given = _arguments()
    work = Path(tempfile.mkdtemp(prefix="aistacks-interrupted-")).resolve()
    state = State(work / ".aistacks" / "sandbox")
    port = free_port()
    argv = [sys.executable, "-m", "aistacks_sandbox.emulator.server", "--port", str(port)]
    try:
        emulator = processes.start(state, "aws", argv, port=port)
        processes.wait_ready(emulator, f"http://127.0.0.1:{port}{READY_PATH}")
        told = sweep(OPERATIONS[given.operation](f"http://127.0.0.1:{port}"), work, given.count, given.seed)
    finally:
        processes.stop(state, "aws", timeout=2)
        shutil.rmtree(work, ignore_errors=True)
    told["operation"] = given.operation
    if given.json:
        given.json.write_text(json.dumps(told, indent=1) + "\n")
    print(json.dumps({key: value for key, value in told.items() if key != "runs"}))
    return 0 if told["converged"] == given.count else 1


def sweep(operation: Operation, work: Path, count: int, seed: int) -> dict[str, Any]:
    """``count`` moments; where a run was over before its moment, another one is taken."""
    chance = random.Random(seed)
    clean = operation.place(work / "clean")
    mark = uuid.uuid4().hex
    first = _run(clean, mark)
    if first.code:
        raise SystemExit(f"the undisturbed run failed: {first.err}")
    wanted = operation.result(clean)
    shutil.rmtree(clean.root)
    runs: list[dict[str, Any]] = []
    early = 0
    while len(runs) < count:
        after, group = chance.uniform(min(operation.least, first.seconds), first.seconds), len(runs) % 2 == 1
        place = operation.place(work / f"run-{len(runs)}-{early}")
        mark = uuid.uuid4().hex
        killed = _run(place, mark, after, group=group)
        if killed.code == 0:
            early += 1
            shutil.rmtree(place.root)
            if early > 5 * count:
                raise SystemExit("it is always over before its moment")
            continue
        again = _run(place, mark)
        faults = _faults(operation, place, again, wanted, killing.alive(mark, place.root))
        killing.end(mark, place.root)
        ratio = again.seconds / first.seconds
        runs.append({"after": round(after, 2), "group": group, "ratio": round(ratio, 2), "faults": faults})
        print(
            f"{len(runs):3} {'group' if group else 'alone'} at {after:5.2f} s, again in {ratio:.2f}x", *faults, sep="; "
        )
        shutil.rmtree(place.root, ignore_errors=True)
    return {
        "seed": seed,
        "count": count,
        "clean_seconds": round(first.seconds, 2),
        "converged": sum(not one["faults"] for one in runs),
        "slowest": max(one["ratio"] for one in runs),
        "runs": runs,
    }


def _run(place: Place, mark: str, after: float | None = None, *, group: bool = False) -> killing.Ended:
    env = {**os.environ, **place.variables(), killing.MARK: mark}
    return killing.run(place.argv, place.folder, env, after=after, group=group)


def _faults(
    operation: Operation, place: Place, again: killing.Ended, wanted: dict[str, Any], left: list[str]
) -> list[str]:
    faults = [f"a process outlives it: {line}" for line in left]
    if again.code:
        faults.append(f"exit code {again.code}: {again.err.strip().splitlines()[-1:]}")
    if again.traceback:
        faults.append("a traceback")
    got = operation.result(place)
    for part, before in wanted.items():
        if got[part] != before:
            faults.append(f"{part}: {_difference(before, got[part])}")
    return faults


def _difference(before: Any, after: Any) -> str:
    if isinstance(before, dict):
        more, less = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
        other = sorted(key for key in before.keys() & after.keys() if before[key] != after[key])
        return f"more {more[:4]}, less {less[:4]}, other {other[:4]}"
    return f"{after} instead of {before}"[:300]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--operation", choices=OPERATIONS, required=True)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
