"""How many public Pulumi programs can be planned, and how many come up in the sandbox, stay the same and go again.

    .venv/bin/python benchmarks/public_programs.py LIST FOLDER [--only TEXT] [--sandbox] [--out FILE]

LIST (YAML) names programs: `programs: [{repository, commit, path, stack, config, variables, python, whole, needs,
stays}]`; only the first three have to be there. FOLDER holds the checkouts, `<owner>+<name>` each; nothing of it
belongs to this project. `python`: the virtual environment that has the program's packages, where it isn't this one.
`needs`: what else it takes to bring it up, which no sandbox has (the network, a build, another package); such a
program is planned, not rehearsed, and counted apart by name. Each line is printed as it comes; the figures come last.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

import real_engine
from aistacks_core.yaml_files import read_mapping, written

AISTACKS = Path(sys.executable).with_name("aistacks")
HERE = ("aws", "kubernetes", "random", "tls", "command", "archive", "null", "pulumi", "pulumi-python")
"""Packages whose providers the sandbox has."""
_PLANNED = (0, 1, 3)


@dataclass(frozen=True)
class Program:
    """One public program."""

    repository: str
    commit: str
    path: str
    stack: str = "test"
    config: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    python: str = ""
    whole: bool = False
    """Whether it reads what lies beside its folder, so that the whole repository goes along."""
    needs: str = ""
    """What it takes besides to bring it up: it isn't rehearsed."""
    stays: bool = False
    """Whether it stays up, for the next ones read its outputs."""

    def __str__(self) -> str:
        return f"{self.repository}/{self.path}".rstrip("/")

    def copied(self, checkouts: Path, to: Path) -> Path:
        """Copy it, write its settings, and give its folder."""
        root = checkouts / self.repository.replace("/", "+")
        source = root if self.whole else root / self.path
        shutil.copytree(
            source,
            to,
            symlinks=True,
            ignore=shutil.ignore_patterns(".git", "node_modules", "__pycache__", ".venv", "venv"),
        )
        folder = to / self.path if self.whole else to
        project = read_mapping(folder / "Pulumi.yaml", "a project")
        for other in folder.glob("Pulumi.*.yaml"):
            other.unlink()
        project.pop("stackConfigDir", None)
        if self.python:
            project["runtime"] = {"name": "python", "options": {"virtualenv": self.python}}
        (folder / "Pulumi.yaml").write_text(written(project))
        config = {key if ":" in key else f"{project['name']}:{key}": value for key, value in self.config.items()}
        (folder / f"Pulumi.{self.stack}.yaml").write_text(written({"config": {"aws:region": "us-east-1", **config}}))
        return folder


@dataclass
class Fate:
    """What became of one program."""

    program: str
    planned: bool = False
    seconds: float = 0.0
    packages: list[str] = field(default_factory=list)
    opaque: int = 0
    line: str = ""
    """Why it is refused."""
    up: bool | None = None
    unchanged: bool | None = None
    engine: str = ""
    """What the engine said where it failed."""

    left: list[str] | None = None
    """What is still there once it was destroyed, in the engine's state, the emulated AWS and the Kubernetes API."""
    needs: str = ""

    @property
    def here(self) -> bool:
        """Whether it needs nothing that the sandbox lacks."""
        return self.planned and not self.needs and bool(self.packages) and set(self.packages) <= set(HERE)


def planned(program: Program, folder: Path) -> Fate:
    """Plan it."""
    with tempfile.TemporaryDirectory() as scratch:
        document = Path(scratch) / "plan.json"
        words = [AISTACKS, "plan", program.stack, "--project", folder, "--json", document]
        words += [word for name in program.variables for word in ("--env", name)]
        began = time.monotonic()
        done = subprocess.run(
            list(map(str, words)),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **program.variables},
        )
        fate = Fate(
            str(program), done.returncode in _PLANNED and document.is_file(), round(time.monotonic() - began, 1)
        )
        if not fate.planned:
            fate.line = (
                (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:][0]
                if done.stderr or done.stdout
                else "nothing"
            )
            return fate
        review = json.loads(document.read_text())
    environment = review["reviews"][0]
    types = {change["type"] for change in environment["changes"]}
    fate.packages = sorted({type_.split(":")[0] for type_ in types if type_.count(":") == 2} | _providers(types))
    fate.opaque = len(environment.get("opaque", []))
    return fate


def _providers(types: set[str]) -> set[str]:
    return {type_.rpartition(":")[2] for type_ in types if type_.startswith("pulumi:providers:")}


def rehearsed(program: Program, folder: Path, ground: Path, state: Any, fate: Fate, before: list[str]) -> list[str]:
    """Bring it up as `aistacks sandbox run` does, again, and destroy it. Gives what is there afterwards.

    ``ground``: the folder of the sandbox. ``before``: what was there.
    """
    from aistacks_core import console
    from aistacks_core.errors import UserError
    from aistacks_sandbox import cloud, down
    from aistacks_sandbox.run import run

    console.out.quiet = console.err.quiet = True
    for name, value in program.variables.items():
        os.environ[name] = value
    try:
        fate.up = False
        run(ground, folder, program.stack)
        fate.up = True
        again = run(ground, folder, program.stack)
        changed = [f"{step['op']} {step['urn'].split('::', 2)[-1]}" for step in again.steps]
        fate.unchanged, fate.engine = not again.changed, ", ".join(changed)[:800]
    except UserError as error:
        fate.engine = str(error)[:2000]
    found = before
    if not program.stays:
        try:
            run(ground, folder, program.stack, destroy=True)
        except UserError as error:
            fate.engine += f" destroy: {str(error)[:800]}"
        ground = cloud.find(state)
        found = down.leftovers(state, ground) if ground else []
        fate.left = sorted(set(found) - set(before))
    for name in program.variables:
        del os.environ[name]
    return found


def programs_of(path: Path) -> list[Program]:
    """The list."""
    return [Program(**row) for row in yaml.safe_load(path.read_text())["programs"]]


def main() -> None:
    """Try each, with a line as it comes, and print the figures. Ended by SIGTERM, it takes the sandbox down, too."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("list", type=Path)
    words.add_argument("folder", type=Path)
    words.add_argument("--only", default="", help="a pattern")
    words.add_argument("--sandbox", action="store_true")
    words.add_argument("--out", type=Path)
    given = words.parse_args()
    fates: list[Fate] = []
    with tempfile.TemporaryDirectory() as scratch:
        chosen = [program for program in programs_of(given.list) if re.search(given.only, str(program))]
        ground = Path(scratch) / "sandbox"
        ground.mkdir()
        with real_engine.sandbox(ground) if given.sandbox else nullcontext() as state:
            held: list[str] = []
            for number, program in enumerate(chosen):
                folder = program.copied(given.folder, Path(scratch) / str(number))
                fate = planned(program, folder)
                fate.needs = program.needs
                fates.append(fate)
                told = "planned" if fate.planned else "refused"
                print(f"{told} {fate.seconds:5.1f} s  {fate.program}  {fate.line[:300]}", flush=True)
                if state and (fate.here or (program.stays and fate.planned)):
                    held = rehearsed(program, folder, ground, state, fate, held)
                    told = f"up {fate.up}, unchanged {fate.unchanged}, left {fate.left}"
                    print(f"{told}  {fate.program}  {fate.engine[:600]}", flush=True)
                if given.out:
                    given.out.write_text(json.dumps([asdict(fate) for fate in fates], indent=1))
    _report(fates)


def _report(fates: list[Fate]) -> None:
    done = [fate for fate in fates if fate.planned]
    print(f"planned: {len(done)} of {len(fates)} ({len(done) / len(fates):.1%})")
    tried = [fate for fate in fates if fate.up is not None]
    if not tried:
        return
    for fate in done:
        if other := sorted(set(fate.packages) - set(HERE)):
            print(f"  not rehearsed: {fate.program}: the provider {', '.join(other)}")
        elif not fate.here:
            print(f"  not rehearsed: {fate.program}: {fate.needs or 'no resource'}")
    up = [fate for fate in tried if fate.up]
    print(f"rehearsed: {len(tried)}; up: {len(up)} ({len(up) / len(tried):.1%})")
    print(f"  unchanged at the second: {sum(bool(fate.unchanged) for fate in up)} of {len(up)}")
    print(f"  nothing left: {sum(fate.left == [] for fate in tried)} of {len(tried)}")


if __name__ == "__main__":
    main()
