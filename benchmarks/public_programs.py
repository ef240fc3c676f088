"""How many public Pulumi programs can be planned, and how many come up in the sandbox, stay the same and go again.

    .venv/bin/python benchmarks/public_programs.py LIST FOLDER [--only TEXT] [--sandbox] [--out FILE]

LIST (YAML) names programs: `programs: [{repository, commit, path, stack, config, variables, python, whole}]`; only the
first three have to be there. FOLDER holds the checkouts, `<owner>+<name>` each; nothing of it belongs to this project.
`python`: the virtual environment that has the program's packages, where it isn't this one. Each line is printed as it
comes; the figures come last.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

import real_engine

AISTACKS = Path(sys.executable).with_name("aistacks")
HERE = ("aws", "kubernetes", "random", "tls", "command", "archive", "pulumi")
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
        project = yaml.safe_load((folder / "Pulumi.yaml").read_text())
        for other in folder.glob("Pulumi.*.yaml"):
            other.unlink()
        project.pop("stackConfigDir", None)
        if self.python:
            project["runtime"] = {"name": "python", "options": {"virtualenv": self.python}}
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
        config = {key if ":" in key else f"{project['name']}:{key}": value for key, value in self.config.items()}
        (folder / f"Pulumi.{self.stack}.yaml").write_text(
            yaml.safe_dump({"config": {"aws:region": "us-east-1", **config}})
        )
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
    left: int | None = None
    engine: str = ""
    """What the engine said where it failed."""

    @property
    def here(self) -> bool:
        """Whether it needs no plugin that the sandbox lacks."""
        return self.planned and bool(self.packages) and set(self.packages) <= set(HERE)


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


def rehearsed(program: Program, folder: Path, ground: Any, fate: Fate) -> None:
    """Bring it up in the sandbox, look whether a second time changes anything, and destroy it."""
    stack = real_engine.stage(ground, folder, program.stack)
    try:
        done = stack.pulumi("up", "--yes", "--skip-preview", "--suppress-progress")
        fate.up = done.code == 0
        if not fate.up:
            fate.engine = "\n".join(line for line in (done.out + done.err).splitlines() if "error" in line.lower())[
                :2000
            ]
            return
        try:
            steps = stack.preview()["steps"]
            changed = [step["urn"] for step in steps if step["op"] not in ("same", "read")]
            fate.unchanged, fate.engine = not changed, ", ".join(changed)[:500]
        except RuntimeError as error:
            fate.unchanged, fate.engine = False, str(error)[:500]
    finally:
        done = stack.pulumi("destroy", "--yes", "--skip-preview", "--suppress-progress")
        exported = stack.pulumi("stack", "export")
        kept = (json.loads(exported.out)["deployment"].get("resources") or []) if exported.code == 0 else [None]
        fate.left = len(kept)
        if done.code:
            fate.engine += f" destroy: {(done.out + done.err)[-600:]}"


def programs_of(path: Path) -> list[Program]:
    """The list."""
    return [Program(**row) for row in yaml.safe_load(path.read_text())["programs"]]


def main() -> None:
    """Try each, with a line as it comes, and print the figures."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("list", type=Path)
    words.add_argument("folder", type=Path)
    words.add_argument("--only", default="")
    words.add_argument("--sandbox", action="store_true")
    words.add_argument("--out", type=Path)
    given = words.parse_args()
    fates = []
    with tempfile.TemporaryDirectory() as scratch:
        chosen = [program for program in programs_of(given.list) if given.only in str(program)]
        copies = {id(p): p.copied(given.folder, Path(scratch) / str(number)) for number, p in enumerate(chosen)}
        for program in chosen:
            fate = planned(program, copies[id(program)])
            fates.append(fate)
            print(
                f"{'planned' if fate.planned else 'refused'} {fate.seconds:5.1f} s  {fate.program}  {fate.line[:300]}",
                flush=True,
            )
            _keep(given.out, fates)
        if given.sandbox:
            ground = Path(scratch) / "sandbox"
            ground.mkdir()
            with real_engine.sandbox(ground) as state:
                for program, fate in zip(chosen, fates, strict=True):
                    if fate.here:
                        rehearsed(program, copies[id(program)], state, fate)
                        told = f"up {fate.up}, unchanged {fate.unchanged}, left {fate.left}"
                        print(f"{told}  {fate.program}  {fate.engine[:300]}", flush=True)
                        _keep(given.out, fates)
    _report(fates)


def _keep(path: Path | None, fates: list[Fate]) -> None:
    if path:
        path.write_text(json.dumps([asdict(fate) for fate in fates], indent=1))


def _report(fates: list[Fate]) -> None:
    done = [fate for fate in fates if fate.planned]
    print(f"planned: {len(done)} of {len(fates)} ({len(done) / len(fates):.1%})")
    tried = [fate for fate in fates if fate.up is not None]
    if tried:
        up = [fate for fate in tried if fate.up]
        print(f"need no other plugin: {len(tried)}; up: {len(up)} ({len(up) / len(tried):.1%})")
        print(f"  unchanged at the second: {sum(bool(fate.unchanged) for fate in up)} of {len(up)}")
        print(f"  nothing left: {sum(fate.left == 0 for fate in tried)} of {len(tried)}")


if __name__ == "__main__":
    main()
