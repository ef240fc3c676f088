"""A project of the real engine, killed in the middle of what it does, behind a proxy that can keep AWS's answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import psutil

from aistacks_sandbox.engine import operations
from aistacks_sandbox.state import State
from hanging_proxy import HangingProxy

REGION = "us-west-2"
_PROGRAM = """
import json, pathlib, sys, pulumi
from pulumi.automation import LocalWorkspace, Stack

def program():
    for kind, name, inputs in json.loads(pathlib.Path("resources.json").read_text()):
        pulumi.CustomResource(kind, name, inputs)

stack = Stack.select(sys.argv[1], LocalWorkspace(work_dir=".", program=program))
stack.up(on_output=print)
"""
"""The engine comes without the host of a language: the program runs inline."""
GLUE = "aws:glue/catalogDatabase:CatalogDatabase"
VPC = "aws:ec2/vpc:Vpc"
QUEUE = "aws:sqs/queue:Queue"


class Project:
    """A project with a backend of its own, whose AWS is behind a proxy that can keep an answer."""

    def __init__(self, folder: Path, endpoint: str, proxied: str, proxy: HangingProxy, url: str = "") -> None:
        self.folder, self.proxy, self.name = folder, proxy, folder.name
        folder.mkdir(parents=True, exist_ok=True)
        state = State(folder / ".state")
        operations.plugins(state)
        backend = folder / "backend"
        backend.mkdir()
        common = {**os.environ, **operations.environment(state, endpoint, REGION)}
        python = str(Path(sys.executable).parent)
        common |= {"PULUMI_BACKEND_URL": url or backend.as_uri(), "PATH": f"{python}:{common['PATH']}"}
        self.env = common
        self.behind = {**common, "AWS_ENDPOINT_URL": proxied, "AISTACKS_SANDBOX_AWS_ENDPOINT": proxied}
        (folder / "Pulumi.yaml").write_text(json.dumps({"name": self.name, "runtime": "python"}))
        (folder / "Pulumi.dev.yaml").write_text(json.dumps({"config": {"aws:region": REGION}}))
        (folder / "__main__.py").write_text("")
        (folder / "driver.py").write_text(_PROGRAM)
        self.engine("stack", "init", "dev")

    def declare(self, *resources: tuple[str, str, dict[str, Any]]) -> None:
        (self.folder / "resources.json").write_text(json.dumps(resources))

    def engine(self, *words: str) -> str:
        command = ["pulumi", *words, "--non-interactive"]
        done = subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def up(self, stack: str = "dev") -> None:
        command = [sys.executable, "driver.py", stack]
        done = subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def killed_at(self, mark: str, verb: str = "up") -> None:
        """The engine, killed with all it started once AWS has done what ``mark`` asks for."""
        self.proxy.keep(mark)
        command = [sys.executable, "driver.py", "dev"]
        if verb != "up":
            command = ["pulumi", verb, "--yes", "--skip-preview", "--stack", "dev", "--non-interactive"]
        process = subprocess.Popen(
            command, cwd=self.folder, env=self.behind, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert process.stdout
        reached = self.proxy.reached.wait(60)
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        # The engine first: it would note that its provider is gone.
        for each in sorted(family, key=lambda each: each.name() != "pulumi"):
            each.kill()
        said = process.stdout.read()
        process.stdout.close()
        process.wait(30)
        self.proxy.released.set()
        assert reached, said

    def recover(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "aistacks_cli.start", "recover", "dev", *words]
        return subprocess.run(
            command, cwd=self.folder, env=self.env, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )

    def report(self, *words: str) -> dict[str, Any]:
        done = self.recover("--json", *words)
        assert done.returncode in (0, 3), done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def state(self) -> dict[str, Any]:
        deployment: dict[str, Any] = json.loads(self.engine("stack", "export", "--stack", "dev"))["deployment"]
        return deployment

    def ids(self) -> dict[str, str]:
        found = self.state().get("resources") or []
        return {
            each["urn"].rpartition("::")[2]: each.get("id", "") for each in found if each["type"].startswith("aws:")
        }

    def locks(self) -> list[Path]:
        return list((self.folder / "backend" / ".pulumi" / "locks").rglob("*.json"))


Make = Callable[..., Project]


def aws(emulator: str, service: str) -> Any:
    make: Any = boto3.Session("sandbox", "sandbox", region_name=REGION).client
    return make(service, endpoint_url=emulator)
