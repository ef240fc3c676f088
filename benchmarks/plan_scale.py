"""`aistacks plan` beside the real engine's preview and Terraform's plan, at several sizes, in one run.

    .venv/bin/python benchmarks/plan_scale.py [--sizes 500,1500,5000] [--runs N] [--deployed]

Every command is a cold process (files are in the page cache after one warm-up); the tools take turns, so that what else
the machine does falls on all. Figures are the median of the wall seconds and the highest memory of the process and all
that it started. Everything is created, as in the first preview of a stack; ``--deployed`` also brings the smaller sizes
up in the emulated AWS and previews a change of one tag against what is there.

The engine runs with the sandbox's providers, as the vendor's are not to be had here; Terraform with its real AWS
provider, whose configuration of the same resources asks AWS nothing while everything is new.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

import generated
import measuring
import real_engine
from measuring import Measured

ROOT = Path(__file__).parents[1]
AISTACKS = Path(sys.executable).with_name("aistacks")
TERRAFORM_PROVIDER = "5.100.0"
PLUGINS = (Path("/opt/tf-plugins"), Path("/usr/local/share/terraform/plugins"), Path.home() / ".terraform.d/plugins")
PLAN, ENGINE, TERRAFORM = "aistacks plan", "pulumi preview", "terraform plan"
SELDOM = f"{ENGINE}, gc seldom"
PROD = "prod"
_CHANGES = (0, 1, 3)
"""Exit codes of a plan that ended well: nothing changes, a policy fails, something changes."""
Command = Callable[[], Measured]


class Case:
    """One size: the same resources for each tool. ``resources``: as Pulumi counts them."""

    def __init__(self, name: str, resources: int, commands: dict[str, Command]) -> None:
        self.name = name
        self.resources = resources
        self.commands = commands
        self.runs: dict[str, list[Measured]] = {tool: [] for tool in commands}

    def run(self, tool: str, *, keep: bool) -> None:
        """Run one tool once. Raises ``RuntimeError`` where it fails."""
        done = self.commands[tool]()
        if done.code not in (_CHANGES if tool == PLAN else (0,)):
            raise RuntimeError(f"{tool} at {self.name} ended with {done.code}:\n{done.out[-2000:]}\n{done.err[-2000:]}")
        if keep:
            self.runs[tool].append(done)

    def median(self, tool: str) -> Measured:
        """The figures of one tool."""
        return measuring.median(self.runs[tool])

    def faster(self, than: str) -> float:
        """How often our plan fits into the other tool's time."""
        return self.median(than).seconds / self.median(PLAN).seconds


def plan_command(folder: Path, stack: str, *words: str) -> Command:
    """`aistacks plan` in a cold process."""
    command = [str(AISTACKS), "plan", stack, "--project", str(folder), "--timeout", "600", *words]
    return lambda: measuring.run(command, cwd=folder)


def engine_commands(stack: real_engine.Stack) -> dict[str, Command]:
    """`pulumi preview` in a cold process: as Pulumi runs a program, and collecting garbage as seldom as the sandbox."""
    seldom = replace(stack, environment={**stack.environment, real_engine.SELDOM: "1"})
    return {
        ENGINE: lambda: stack.pulumi("preview", "--suppress-progress"),
        SELDOM: lambda: seldom.pulumi("preview", "--suppress-progress"),
    }


def terraform_command(folder: Path, *words: str) -> Command:
    """`terraform plan` in a cold process."""
    command = ["terraform", "plan", "-no-color", "-input=false", "-lock=false", *words]
    return lambda: measuring.run(command, cwd=folder, env=terraform_environment())


def terraform_environment() -> dict[str, str]:
    """Neither look for a newer version nor read somebody's configuration."""
    return {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}


def terraform_plugins() -> Path | None:
    """Where Terraform's AWS provider is, if Terraform is on this machine too."""
    inner = f"registry.terraform.io/hashicorp/aws/{TERRAFORM_PROVIDER}"
    found = next((folder for folder in PLUGINS if (folder / inner).is_dir()), None)
    return found if shutil.which("terraform") else None


def terraform_ready(folder: Path, plugins: Path) -> None:
    """Initialise a configuration."""
    command = ["terraform", "init", "-no-color", f"-plugin-dir={plugins}"]
    _checked(command, folder)


def _checked(command: list[str], folder: Path) -> None:
    done = measuring.run(command, cwd=folder, env=terraform_environment())
    if done.code:
        raise RuntimeError(f"{' '.join(command)}: {done.err[-2000:]}")


def new_case(state: Any, scratch: Path, size: int, plugins: Path | None) -> Case:
    """A stack that doesn't exist yet, of about ``size`` resources."""
    teams = generated.teams_of(size)
    folder = scratch / f"new-{size}"
    generated.write_pulumi(folder, teams, f"new-{size}")
    commands = {
        PLAN: plan_command(folder, f"new-{size}"),
        **engine_commands(real_engine.stage(state, folder, f"new-{size}")),
    }
    if plugins:
        terraform = scratch / f"terraform-{size}"
        generated.write_terraform(terraform, teams, TERRAFORM_PROVIDER)
        terraform_ready(terraform, plugins)
        commands[TERRAFORM] = terraform_command(terraform)
    return Case(f"{size}", generated.registrations(teams), commands)


def prod_case(state: Any, scratch: Path) -> Case:
    """Production's own program."""
    folder = scratch / PROD
    shutil.copytree(ROOT / "stacks", folder / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    engine = real_engine.stage(state, folder, PROD)
    preview = engine.preview()
    resources = sum(step["op"] == "create" for step in preview["steps"]) - 1
    return Case(PROD, resources, {PLAN: plan_command(folder, PROD), **engine_commands(engine)})


def deployed_case(state: Any, scratch: Path, size: int, plugins: Path | None) -> Case:
    """A stack that is up, and one tag of every resource with tags is another in the head."""
    teams = generated.teams_of(size)
    folder, name = scratch / f"deployed-{size}", f"deployed-{size}"
    generated.write_pulumi(folder, teams, name)
    _commit(folder)
    engine = real_engine.stage(state, folder, name)
    engine.up()
    program = folder / "__main__.py"
    program.write_text(program.read_text().replace('"benchmark"', '"changed"'))
    commands = {PLAN: plan_command(folder, name, "--base", "HEAD"), **engine_commands(engine)}
    if plugins:
        terraform = scratch / f"terraform-{name}"
        # The Pulumi stack has the names already: Terraform's goes into an emulated region of its own account.
        generated.write_terraform(terraform, teams, TERRAFORM_PROVIDER, engine.environment["AWS_ENDPOINT_URL"], "tf")
        terraform_ready(terraform, plugins)
        apply = ["terraform", "apply", "-no-color", "-input=false", "-auto-approve", "-parallelism=4"]
        _checked(apply, terraform)
        main = terraform / "main.tf.json"
        main.write_text(main.read_text().replace('"benchmark"', '"changed"'))
        commands[TERRAFORM] = terraform_command(terraform, "-refresh=false")
        commands[f"{TERRAFORM} with refresh"] = terraform_command(terraform)
    return Case(f"{size} deployed", generated.registrations(teams), commands)


def _commit(folder: Path) -> None:
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "base"]):
        who = ["-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost"]
        subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def measure(cases: list[Case], runs: int) -> None:
    """Warm up, then run the tools in turns."""
    with Progress(transient=True) as progress:
        task = progress.add_task("", total=sum(len(c.commands) for c in cases) * (runs + 1))
        for case in cases:
            for number in range(runs + 1):
                for tool in case.commands:
                    progress.update(task, description=f"{case.name}: {tool}")
                    case.run(tool, keep=number > 0)
                    progress.advance(task)


def report(cases: list[Case], out: Console) -> bool:
    """Print the figures and the goals; whether all are reached."""
    table = Table(
        "size", "resources", "tool", "seconds", "min", "max", "peak MiB", "ms a resource", "plan is faster by"
    )
    for case in cases:
        for tool in case.commands:
            middle, every = case.median(tool), [run.seconds for run in case.runs[tool]]
            table.add_row(
                case.name,
                str(case.resources),
                tool,
                f"{middle.seconds:.2f}",
                f"{min(every):.2f}",
                f"{max(every):.2f}",
                f"{middle.peak_mib:.0f}",
                f"{middle.seconds * 1000 / case.resources:.2f}",
                "" if tool == PLAN else f"{case.faster(tool):.1f}x",
            )
    out.print(table)
    met = True
    for said, value, most, reached in goals(cases):
        out.print(f"{'reached' if reached else 'MISSED '}  {said}: {value} ({most})", markup=False)
        met = met and reached
    return met


def goals(cases: list[Case]) -> list[tuple[str, str, str, bool]]:
    """What the issue asks for, as far as it was measured: what, figure, bound, whether it is reached."""
    named = {case.name: case for case in cases}
    found = []
    if prod := named.get(PROD):
        plan = prod.median(PLAN)
        found.append(("aistacks plan prod, seconds", f"{plan.seconds:.2f}", "at most 3", plan.seconds <= 3))
        found.append(("aistacks plan prod, MiB", f"{plan.peak_mib:.0f}", "at most 300", plan.peak_mib <= 300))
    for size in ("1500", "5000"):
        for tool in (ENGINE, TERRAFORM):
            if (case := named.get(size)) and tool in case.commands:
                times = case.faster(tool)
                found.append((f"faster than {tool} at {size}", f"{times:.1f}x", "at least 5x", times >= 5))
    if {"500", "5000"} <= named.keys():
        each = [named[s].median(PLAN).seconds / named[s].resources for s in ("500", "5000")]
        growth = each[1] / each[0]
        found.append(("seconds a resource, 5000 against 500", f"{growth:.2f}x", "at most 1.2x", growth <= 1.2))
    if large := named.get("5000"):
        peak = large.median(PLAN).peak_mib
        found.append(("memory at 5000, MiB", f"{peak:.0f}", "at most 450", peak <= 450))
    return found


def main() -> None:
    """Measure and print; exit code 1 where a goal is missed."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--sizes", default="500,1500,5000")
    words.add_argument("--runs", type=int, default=3)
    words.add_argument("--deployed", action="store_true", help="also against a stack that is up, to 1500 resources")
    words.add_argument("--no-prod", action="store_true")
    given = words.parse_args()
    sizes = [int(size) for size in given.sizes.split(",") if size]
    plugins = terraform_plugins()
    out = Console(width=140, highlight=False)
    out.print(f"{platform.machine()}, {psutil.cpu_count()} cores, Python {platform.python_version()}", markup=False)
    if plugins is None:
        out.print(f"without Terraform: it, or its provider hashicorp/aws {TERRAFORM_PROVIDER}, isn't on this machine")
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        (scratch / "sandbox").mkdir()
        with real_engine.sandbox(scratch / "sandbox") as state:
            cases = [] if given.no_prod else [prod_case(state, scratch)]
            cases += [new_case(state, scratch, size, plugins) for size in sizes]
            if given.deployed:
                cases += [deployed_case(state, scratch, size, plugins) for size in sizes if size <= 1500]
            measure(cases, given.runs)
    sys.exit(0 if report(cases, out) else 1)


if __name__ == "__main__":
    main()
