"""A real API server for the session, and stacks that the real engine runs against it."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from kubernetes import config as kube_config
from kubernetes.client import ApiClient, Configuration, CoreV1Api

from aistacks_sandbox import processes
from aistacks_sandbox.cluster import server as sandbox_cluster
from aistacks_sandbox.programs import engine
from aistacks_sandbox.providers.kubernetes.cluster import Cluster
from aistacks_sandbox.state import State

_RUNNER = Path(__file__).parents[1] / "engine_runner.py"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    state = State(tmp_path_factory.mktemp("cluster"))
    try:
        yield sandbox_cluster.start(state).kubeconfig
    finally:
        sandbox_cluster.stop(state)


@pytest.fixture(scope="session")
def cluster(kubeconfig: Path) -> Cluster:
    return Cluster(str(kubeconfig))


@pytest.fixture(scope="session")
def core(kubeconfig: Path) -> Iterator[CoreV1Api]:
    settings = Configuration()
    kube_config.load_kube_config(str(kubeconfig), client_configuration=settings)
    with ApiClient(settings) as api:
        yield CoreV1Api(api)
        api.rest_client.pool_manager.clear()


@pytest.fixture
def namespace(core: CoreV1Api) -> Iterator[str]:
    name = f"test-{next(_numbers)}"
    core.create_namespace({"metadata": {"name": name}})
    # Pods are refused for another reason before the controllers have made the namespace's default account.
    processes.wait_until(lambda: bool(core.list_namespaced_service_account(name).items), name, "an account")
    yield name
    core.delete_namespace(name)


@dataclass
class Runner:
    process: subprocess.Popen[str]

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"
        answer: dict[str, Any] = json.loads(Path(request["answer"]).read_text())
        return answer


@pytest.fixture(scope="session")
def runner() -> Iterator[Runner]:
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", str(_RUNNER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    yield Runner(process)
    process.communicate()


@dataclass
class Result:
    changes: dict[str, int]
    output: str
    events: list[dict[str, Any]]
    outputs: dict[str, Any] = field(default_factory=dict)
    error: str = ""

    def event(self, name: str) -> dict[str, Any]:
        """The last step of the resource with that logical name."""
        return [event for event in self.events if event["name"] == name][-1]

    def ops(self, name: str) -> list[str]:
        return [event["op"] for event in self.events if event["name"] == name]


@dataclass
class Stack:
    runner: Runner
    folder: Path
    environment: dict[str, str]
    program: str = ""

    def _run(self, operation: str, program: str | None, **options: Any) -> dict[str, Any]:
        if program is not None:
            self.program = textwrap.dedent(program)
        return self.runner.ask(
            {
                "operation": operation,
                "program": self.program,
                "folder": str(self.folder),
                "stack": "dev",
                "config": {},
                "options": options,
                "environment": self.environment,
                "answer": str(self.folder / "answer.json"),
            }
        )

    def fails(self, operation: str, program: str | None = None, **options: Any) -> Result:
        result = Result(**self._run(operation, program, **options))
        assert result.error, f"{operation} succeeded: {result.output}"
        return result

    def _succeeds(self, operation: str, program: str | None, **options: Any) -> Result:
        result = Result(**self._run(operation, program, **options))
        assert not result.error, result.error
        return result

    def up(self, program: str | None = None, **options: Any) -> Result:
        return self._succeeds("up", program, **options)

    def preview(self, program: str | None = None, **options: Any) -> Result:
        return self._succeeds("preview", program, **options)

    def refresh(self, **options: Any) -> Result:
        return self._succeeds("refresh", None, **options)

    def destroy(self, **options: Any) -> Result:
        return self._succeeds("destroy", None, **options)

    def resources(self) -> dict[str, dict[str, Any]]:
        """The engine's state by logical name, without the stack and its providers."""
        checkpoint = json.loads(self.raw_state() or "{}").get("checkpoint", {})
        return {
            item["urn"].split("::")[-1]: item
            for item in checkpoint.get("latest", {}).get("resources") or []
            if item.get("custom") and not item["type"].startswith("pulumi:")
        }

    def raw_state(self) -> str:
        """The file that the engine's file backend keeps."""
        file = self.folder / ".pulumi" / "stacks" / "project" / "dev.json"
        return file.read_text() if file.exists() else ""


@pytest.fixture
def stack(runner: Runner, kubeconfig: Path, tmp_path: Path) -> Iterator[Stack]:
    plugins = tmp_path / "bin"
    plugins.mkdir()
    wrapper = plugins / "pulumi-resource-kubernetes"
    wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m aistacks_sandbox.providers.kubernetes "$@"\n')
    wrapper.chmod(0o755)
    folder = tmp_path / "stack"
    folder.mkdir()
    environment = {
        "PATH": os.pathsep.join([str(plugins), str(engine.ensure().path.parent), os.environ["PATH"]]),
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "AISTACKS_SANDBOX_KUBECONFIG": str(kubeconfig),
        "AISTACKS_SANDBOX_LOGS": str(tmp_path / "logs"),
    }
    made = Stack(runner, folder, environment)
    yield made
    made.program = ""
    if made.resources():
        made.destroy()


@pytest.fixture
def provider_program() -> Callable[[str, str], str]:
    """A program whose provider ``k`` has the default namespace given; its body follows."""

    def program(namespace: str, body: str, settings: str = "") -> str:
        head = f"""
        import pulumi_kubernetes as k8s
        k = k8s.Provider("k", namespace={namespace!r}, kubeconfig="anything: else"{settings})
        o = pulumi.ResourceOptions
        """
        return textwrap.dedent(head) + textwrap.dedent(body)

    return program
