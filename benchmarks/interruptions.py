"""``kill -9`` of real commands at random moments, then the same command again: does it converge, and is anything left?

``.venv/bin/python benchmarks/interruptions.py --operation up --count 100 --seed 1``. A cycle: the command starts, its
victim is killed at a moment drawn over the time that the command takes undisturbed, the command runs again and has to
end well. Then

- *same*: every resource of an undisturbed run is there, with its inputs (made-up names aside), no other, each id once;
- *left*: after the stack's destruction the emulated AWS and the API server hold what they held before;
- *ratio*: the second run's seconds against an undisturbed run's.

The emulated AWS and the API server stay up between cycles (not for ``down``). Victims: ``command``: that process
alone; ``group``: it and all that works for it; ``engine``: the engine alone; ``provider``: one of its plugins alone;
``mixed``: drawn. With ``--folder`` an interrupted sweep goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from aistacks_sandbox import cloud, down
from aistacks_sandbox.engine import survivors
from aistacks_sandbox.state import State

PROGRAM = Path(__file__).with_name("interrupted_program.py")
NAME = "interrupted"
OPERATIONS = ("up", "run", "destroy", "down")
VICTIMS = ("command", "group", "engine", "provider")
_LIMIT = 900
_EVERY = 0.05
_MADE_UP = re.compile(
    r"-[0-9a-f]{7,8}\b|\b(vpc|subnet|sg|sgr|rtb|igw|lt|eni|key|acl)-[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]{27}"
    r"|https://[\w.-]+\.eks\.amazonaws\.com|\bv1:[\w+/=]+:[\w+/=]+|[\w+/=]{60,}"
)
"""Names and ids that differ from run to run."""


@dataclass
class Cycle:
    """What came of one. ``moment``: seconds into the command. ``hit``: whether the victim was there to be killed."""

    number: int
    operation: str
    victim: str
    moment: float
    hit: bool = False
    code: int = -1
    seconds: float = 0.0
    ratio: float = 0.0
    differences: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        return self.code == 0 and not self.differences and not self.left


class Bench:
    """A project with the program, and the sandbox in which it is interrupted."""

    def __init__(self, folder: Path, program: Path = PROGRAM) -> None:
        self.project = folder / NAME
        self.project.mkdir(parents=True, exist_ok=True)
        (self.project / "Pulumi.yaml").write_text(f"name: {NAME}\nruntime: python\n")
        (self.project / "Pulumi.sandbox.yaml").write_text("config:\n  aws:region: eu-west-1\n")
        shutil.copyfile(program, self.project / "__main__.py")
        self.state = State.of(self.project)
        self.before: list[str] = []
        self.clean: dict[str, Any] = {}
        self.seconds: dict[str, float] = {}

    def argv(self, operation: str) -> list[str]:
        """The command. ``destroy``: of the stack alone."""
        verbs = {
            "up": ["up"],
            "run": ["run", str(self.project)],
            "destroy": ["run", "--destroy", str(self.project)],
            "down": ["down"],
        }
        program = str(Path(sys.executable).with_name("aistacks"))
        # A sweep that was ended itself may have left a command at work.
        return [program, "sandbox", *verbs[operation], "--project", str(self.project), "--wait", "600"]

    def run(self, operation: str) -> tuple[int, float, list[str]]:
        """The command to its end: exit code, seconds, and what it said."""
        began = time.monotonic()
        done = subprocess.run(self.argv(operation), capture_output=True, text=True, timeout=_LIMIT)
        return done.returncode, time.monotonic() - began, done.stderr.splitlines()

    def prepare(self, operation: str) -> None:
        """Bring the sandbox up, and measure each command undisturbed, where that isn't known from an earlier time."""
        if not cloud.find(self.state) and self.state.exists():
            self.expect("down")
        cloud.start(self.state)
        if self.resources():
            self.expect("destroy")
        self.before = self.holdings()
        known = self.project.parent / f"undisturbed-{operation}.json"
        if known.exists():
            told = json.loads(known.read_text())
            self.seconds, self.clean = told["seconds"], told["clean"]
            return
        bring = "up" if operation == "up" else "run"
        self.expect(bring)  # the first one compiles bytecode
        self.expect("destroy")
        self.seconds[bring] = self.expect(bring)
        self.clean = self.resources()
        self.seconds["destroy"] = self.expect("destroy")
        if left := self.gone():
            raise SystemExit(f"even an undisturbed run leaves {left}")
        if operation == "down":
            self.expect("run")
            self.seconds["down"] = self.expect("down")
        known.write_text(json.dumps({"seconds": self.seconds, "clean": self.clean}))

    def expect(self, operation: str) -> float:
        """Run a command that has to end well; its seconds."""
        code, seconds, told = self.run(operation)
        if code:
            raise SystemExit(f"{operation} failed undisturbed: {told[-1:]}")
        return seconds

    def cycle(self, number: int, operation: str, victim: str, dice: random.Random) -> Cycle:
        """One interruption and what came of it."""
        found = Cycle(number, operation, victim, round(dice.uniform(0, self.seconds[operation]), 3))
        if operation in ("destroy", "down"):
            self.expect("run")
        self._interrupt(found, dice)
        found.code, found.seconds, found.told = self.run(operation)
        found.ratio = round(found.seconds / self.seconds[operation], 2)
        found.told = [line.strip() for line in found.told if "✓" not in line and "…" not in line]
        if found.code == 0 and operation in ("up", "run"):
            found.differences = self._differences()
            code, _, told = self.run("destroy")
            found.differences += [f"destroy: {line}" for line in told[-2:]] if code else []
        found.left = self.gone()
        if not found.well and operation != "down":
            self._clear()
        return found

    def gone(self) -> list[str]:
        """What is left once everything should be gone."""
        if not self.state.exists():
            return []
        alive = [f"process {each.pid} {each.name()}" for each in self._working()]
        if cloud.find(self.state) is None:
            return alive or ["the sandbox's folder"]
        return alive + [each for each in self.holdings() if each not in self.before]

    def holdings(self) -> list[str]:
        emulated = cloud.find(self.state)
        if emulated is None:
            raise SystemExit("the emulated AWS ended")
        return down.leftovers(self.state, emulated)

    def resources(self) -> dict[str, Any]:
        """The state's resources by URN: inputs with what is made up left out, and the ids."""
        file = self.state.backend / ".pulumi" / "stacks" / NAME / "sandbox.json"
        try:
            latest = json.loads(file.read_text())["checkpoint"]["latest"] or {}
        except FileNotFoundError:
            return {}
        found: dict[str, Any] = {}
        for at, each in enumerate(latest.get("resources") or []):
            twice = "" if each["urn"] not in found else f" ({at})"
            text = _MADE_UP.sub("~", json.dumps(_sorted(each.get("inputs") or {}), sort_keys=True))
            found[each["urn"] + twice] = {"inputs": text, "id": [each["type"], each.get("id") or each["urn"]]}
        if latest.get("pending_operations"):
            found["pending"] = {"inputs": "", "id": []}
        return found

    def _differences(self) -> list[str]:
        now = self.resources()
        ids: dict[str, list[str]] = {}
        found = [f"missing {urn.split('::')[-2:]}" for urn in self.clean if urn not in now]
        found += [f"more {urn.split('::')[-2:]}" for urn in now if urn not in self.clean]
        for urn, each in now.items():
            if urn in self.clean and each["inputs"] != self.clean[urn]["inputs"]:
                found.append(f"inputs of {urn.split('::')[-1]}: {each['inputs']} and not {self.clean[urn]['inputs']}")
            if not urn.rpartition("::")[0].endswith("ec2/tag:Tag"):
                ids.setdefault(str(each["id"]), []).append(urn)
        return found + [f"one id for {urns}" for urns in ids.values() if len(urns) > 1]

    def _interrupt(self, found: Cycle, dice: random.Random) -> None:
        log = self.state.root.parent / "interrupted.log"
        with log.open("w") as output:
            began = time.monotonic()
            command = subprocess.Popen(
                self.argv(found.operation),
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            with suppress(subprocess.TimeoutExpired):
                command.wait(max(0.0, found.moment - (time.monotonic() - began)))
            # An engine or a plugin that isn't there yet is waited for.
            while command.poll() is None and not found.hit:
                found.hit = self._kill(command.pid, found.victim, dice)
                time.sleep(_EVERY)
            command.wait(_LIMIT)

    def _kill(self, command: int, victim: str, dice: random.Random) -> bool:
        if victim == "command":
            os.kill(command, signal.SIGKILL)
            return True
        working = self._working()
        if victim == "group":
            os.kill(command, signal.SIGKILL)
        elif victim == "engine":
            working = [each for each in working if Path((_words(each) or [""])[0]).name == "pulumi"]
        else:
            plugins = [each for each in working if any("aistacks_sandbox.providers" in word for word in _words(each))]
            working = [dice.choice(plugins)] if plugins else []
        for process in working:
            with suppress(psutil.Error):
                process.kill()
        return victim == "group" or bool(working)

    def _working(self) -> list[psutil.Process]:
        return survivors.working(self.state)

    def _clear(self) -> None:
        """A sandbox as new, so that one cycle's fault isn't the next one's."""
        subprocess.run([*self.argv("down"), "--force"], capture_output=True, timeout=_LIMIT)
        cloud.start(self.state)
        self.before = self.holdings()


def _words(process: psutil.Process) -> list[str]:
    """Its command line; empty where it ended meanwhile."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _sorted(value: Any) -> Any:
    """Lists in an order of their own: sets come in any."""
    if isinstance(value, dict):
        return {key: _sorted(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted((_sorted(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value


def sweep(bench: Bench, operation: str, victim: str, count: int, seed: int, results: Path) -> list[Cycle]:
    """``count`` cycles, those that ``results`` has already left out; each is written there as it ends."""
    done = [Cycle(**json.loads(line)) for line in results.read_text().splitlines()] if results.exists() else []
    known = {each.number for each in done}
    bench.prepare(operation)
    for number in (each for each in range(count) if each not in known):
        dice = random.Random(f"{seed}-{operation}-{victim}-{number}")
        one = dice.choice(VICTIMS) if victim == "mixed" else victim
        found = bench.cycle(number, operation, one, dice)
        done.append(found)
        with results.open("a") as file:
            file.write(json.dumps(asdict(found)) + "\n")
        print(
            f"{number:4} {operation} {one:9} at {found.moment:6.1f} s: exit {found.code}, {found.ratio:.2f} of clean"
            f" {'well' if found.well else f'WRONG {found.differences[:3]} {found.left[:3]} {found.told[-3:]}'}",
            flush=True,
        )
    return done


def summary(done: list[Cycle]) -> dict[str, Any]:
    """Figures of a sweep."""
    ratios = [each.ratio for each in done if each.code == 0] or [0.0]
    return {
        "cycles": len(done),
        "hit": sum(each.hit for each in done),
        "converged": sum(each.code == 0 and not each.differences for each in done),
        "nothing left": sum(not each.left for each in done),
        "taken up": sum(any("taking up" in line for line in each.told) for each in done),
        "ratio, median": round(statistics.median(ratios), 2),
        "ratio, highest": max(ratios),
        "above 1.5": sum(ratio > 1.5 for ratio in ratios),
    }


@contextmanager
def folder_of(given: Path | None) -> Iterator[Path]:
    """The folder given, kept; else one that is removed with its sandbox."""
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given.resolve()
        return
    with tempfile.TemporaryDirectory() as scratch:
        yield Path(scratch).resolve()


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operation", choices=OPERATIONS, default="up")
    parser.add_argument("--victim", choices=[*VICTIMS, "mixed"], default="mixed")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--program", type=Path, default=PROGRAM, help="Default: %(default)s")
    given = parser.parse_args()
    with folder_of(given.folder) as folder:
        bench = Bench(folder, given.program)
        results = folder / f"{given.operation}-{given.victim}-{given.seed}.jsonl"
        try:
            done = sweep(bench, given.operation, given.victim, given.count, given.seed, results)
        finally:
            subprocess.run([*bench.argv("down"), "--force"], capture_output=True)
    figures = {
        "operation": given.operation,
        "victim": given.victim,
        "seed": given.seed,
        **bench.seconds,
        **summary(done),
    }
    for key, value in figures.items():
        print(f"{key:>16}  {value}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
