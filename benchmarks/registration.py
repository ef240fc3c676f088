"""Time and memory of registering an environment in process, each run in a fresh interpreter.

.venv/bin/python benchmarks/registration.py [ENVIRONMENT] [--runs N]
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


def once(environment: str) -> dict[str, float]:
    """One registration in this process: wall seconds since the interpreter began, peak MiB, resources."""
    import runpy

    import yaml

    from aistacks_review.record.recorder import record

    stacks = ROOT / "stacks"
    sys.path.insert(0, str(stacks))
    config = yaml.safe_load((stacks / f"Pulumi.{environment}.yaml").read_text())["config"]
    values = {k: v if isinstance(v, str) else json.dumps(v) for k, v in config.items()}
    plan = record(lambda: runpy.run_path(str(stacks / "__main__.py")), stack=environment, config=values, root=stacks)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"peak_mib": round(peak, 1), "resources": len(plan.resources)}


def main() -> None:
    """Print the median and the range of several cold runs."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("environment", nargs="?", default="prod")
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--once", action="store_true")
    given = arguments.parse_args()
    if given.once:
        print(json.dumps(once(given.environment)))
        return
    seconds, peaks, count = [], [], 0.0
    for _ in range(given.runs + 1):
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, __file__, given.environment, "--once"], capture_output=True, text=True, check=True
        )
        seconds.append(time.monotonic() - began)
        answer = json.loads(done.stdout)
        peaks.append(answer["peak_mib"])
        count = answer["resources"]
    # The first run reads every module from a cold disk; it is the warm-up.
    seconds, peaks = seconds[1:], peaks[1:]
    print(f"{given.environment}: {count} resources, cold process, {given.runs} runs")
    print(f"  seconds  median {statistics.median(seconds):.2f}  min {min(seconds):.2f}  max {max(seconds):.2f}")
    print(f"  peak MiB median {statistics.median(peaks):.0f}  min {min(peaks):.0f}  max {max(peaks):.0f}")


if __name__ == "__main__":
    main()
