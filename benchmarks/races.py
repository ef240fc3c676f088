"""Two commands at once on one sandbox: does one go on, does the other wait or is it refused, is the state right after.

    python benchmarks/races.py --count 20 --seed 1

Each race starts two of `sandbox run`, `run --destroy`, `up` and `down`, a random moment apart and each with or without
`--wait`. Of two that don't wait at most one may do anything while the other works; who is refused says who holds it.
Afterwards the engine's state has to be whole and unlocked, with nothing in flight, and own exactly what exists.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from aistacks_recovery import locks
from aistacks_recovery.state.checkpoint import DamagedError, read_checkpoint
from aistacks_recovery.state.file_store import FileStore
from aistacks_recovery.state.layout import StackFiles
from aistacks_sandbox import cloud
from interruptions import NAME, Bench

PROGRAM = """
    import pulumi_aws as aws, pulumi_kubernetes as k8s
    for at in range(2):
        queue = aws.sqs.Queue(f"work-{at}", tags={"Name": f"work-{at}"})
        aws.glue.CatalogDatabase(f"base-{at}", name=f"race-{at}")
        aws.ec2.Vpc(f"net-{at}", cidr_block=f"10.{at}.0.0/16", tags={"Name": f"race-{at}"})
        k8s.core.v1.ConfigMap(f"settings-{at}", data={"queue": queue.name})
"""
_RESOURCES = 8
_MADE = ("Queue work-", "Database race-", "VPC vpc-", "configmaps default/settings-")
VERBS = {"run": 6, "destroy": 4, "up": 2, "down": 1}
"""How often each is drawn."""
_WAIT, _LIMIT, _APART = "300", 600, 4.0
_HELD = "another aistacks command"


@dataclass
class Race:
    """One. Of the first and the second command: ``codes`` (of exit), ``ends`` and ``told`` (their last lines).

    ``wrong``: what isn't right.
    """

    number: int
    verbs: tuple[str, str]
    waits: tuple[bool, bool]
    apart: float
    codes: tuple[int, int] = (-1, -1)
    ends: tuple[str, str] = ("", "")
    told: tuple[str, str] = ("", "")
    wrong: list[str] | None = None

    @property
    def well(self) -> bool:
        return self.wrong == []


def race(bench: Bench, number: int, dice: random.Random) -> Race:
    """Let two commands run against each other, and look what came of it."""
    first, second = dice.choices(list(VERBS), list(VERBS.values()), k=2)
    found = Race(
        number,
        (first, second),
        (dice.random() < 0.5, dice.random() < 0.5),
        round(dice.choice([0.0, dice.uniform(0, 1), dice.uniform(1, _APART)]), 3),
    )
    logs = [bench.project.parent / f"race-{at}.log" for at in range(2)]
    commands = []
    for verb, waits, log, pause in zip(found.verbs, found.waits, logs, (found.apart, 0.0), strict=True):
        argv = bench.argv(verb)
        argv[argv.index("--wait") + 1] = _WAIT if waits else "0"
        with log.open("w") as output:
            commands.append(subprocess.Popen(argv, stdout=output, stderr=output, stdin=subprocess.DEVNULL))
        time.sleep(pause)
    found.codes = (commands[0].wait(_LIMIT), commands[1].wait(_LIMIT))
    said = [log.read_text().splitlines() for log in logs]
    found.told = (said[0][-1] if said[0] else "", said[1][-1] if said[1] else "")
    found.ends = (_end(found.codes[0], said[0]), _end(found.codes[1], said[1]))
    each = zip(found.verbs, found.ends, found.told, strict=True)
    found.wrong = [f"{verb}: {told}" for verb, end, told in each if end == "failed"]
    if found.ends == ("refused", "refused"):
        found.wrong.append("both were refused")
    for waits, end in zip(found.waits, found.ends, strict=True):
        if waits and end == "refused":
            found.wrong.append("one that waits was refused")
    found.wrong += right(bench)
    return found


def _end(code: int, said: list[str]) -> str:
    if code == 0:
        return "waited" if any(f"Waiting for {_HELD}" in line for line in said) else "went on"
    return "refused" if code == 2 and any(f"got {_HELD}" in line and "at work" in line for line in said) else "failed"


def right(bench: Bench) -> list[str]:
    """What isn't as it should be between two races."""
    if not bench.state.exists():
        return []
    store, files = FileStore(bench.state.backend), StackFiles(NAME, "sandbox")
    wrong = [f"locked by {lock.shown}" for lock in locks.held(store, files)]
    file = store.root / files.checkpoint
    names: set[str] = set()
    if file.exists():
        try:
            found = read_checkpoint(file.read_bytes())
        except DamagedError as damaged:
            return [*wrong, f"the state is {damaged}"]
        wrong += [f"{each.operation} {each.resource.name} in flight" for each in found.deployment.pending]
        names = {urn.rpartition("::")[2] for urn in found.ids}
    if cloud.find(bench.state) is None:
        return [*wrong, *(f"the state owns {name}, and nothing runs" for name in sorted(names))]
    # A network brings things of its own, and the API server keeps some for itself: one of these for each name.
    there = [each for each in bench.holdings() if each not in bench.before and any(mark in each for mark in _MADE)]
    if len(there) != len(names) or len(names) not in (0, _RESOURCES):
        wrong.append(f"the state owns {sorted(names)}, and there are {there}")
    return wrong


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="Its number: each race has dice of its own.")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    races: list[Race] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch).resolve()
        (folder / "program.py").write_text(textwrap.dedent(PROGRAM))
        bench = Bench(folder, folder / "program.py")
        try:
            cloud.start(bench.state)
            bench.before = bench.holdings()
            for number in range(given.first, given.first + given.count):
                found = race(bench, number, random.Random(f"{given.seed}-{number}"))
                races.append(found)
                print(json.dumps(asdict(found)), flush=True)
        finally:
            subprocess.run([*bench.argv("down"), "--force"], capture_output=True, check=False)
    ends = [end for found in races for end in found.ends]
    figures = {
        "races": len(races),
        "seed": given.seed,
        "well": sum(found.well for found in races),
        **{end: ends.count(end) for end in ("went on", "waited", "refused", "failed")},
    }
    print(json.dumps(figures))
    return 0 if figures["well"] == len(races) else 1


if __name__ == "__main__":
    sys.exit(main())
