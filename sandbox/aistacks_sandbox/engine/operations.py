"""One operation of the Pulumi engine, in a child process of its own.

A child for each: a program's modules stay imported, so a second run in one process would declare nothing.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import psutil

from aistacks_core import console
from aistacks_core.errors import UserError
from aistacks_core.files import write_atomically
from aistacks_core.process_tree import family_of, kill
from aistacks_core.stated_answers import Stated

from ..programs import engine as engine_tool
from ..programs import obtain
from ..providers import stated_answers
from ..state import State
from . import child, esc, settling, stated_stacks, survivors
from .child import Child
from .inventory import Inventory, inventory_of
from .saved_state import DamagedError, Saved
from .workspace import Workspace

PASSPHRASE = "aistacks-sandbox"  # noqa: S105 (guards nothing: the emulated cloud holds no secret)
Operation = Literal["up", "preview", "refresh", "destroy", "export"]
_GRACE_SECONDS = 60
WITHOUT_CLOUD = ("archive", "command", "null", "random", "tls")
"""Packages whose stand-ins need nothing but the engine's state."""


class OperationError(UserError):
    """The engine or the program said no. ``messages``: a line for each reason."""

    def __init__(self, where: str, messages: list[str]) -> None:
        super().__init__(where, messages[0] if messages else "no answer", "an operation that ends well")
        self.messages = messages
        self.args = ("\n".join(messages) or f"{where}: the engine gave no reason",)


@dataclass(frozen=True)
class Request:
    """What the child is to do; travels to it as JSON."""

    operation: Operation
    workspace: str
    program: str
    stack: str
    environment: dict[str, str]
    options: dict[str, Any] = field(default_factory=dict)
    site_packages: str = ""
    """Where packages of the program's lie that go before ours."""
    journal: str = ""
    """The file in which the child notes what is begun. Default: none."""


@dataclass(frozen=True)
class Result:
    """What came of an operation. ``changes``: resources by step (create, update, same, …)."""

    changes: dict[str, int]
    outputs: dict[str, Any]
    steps: list[dict[str, Any]]
    inventory: Inventory
    retained: list[str]
    """After a destroy: what stays because the program retains it."""

    @property
    def changed(self) -> int:
        """How many resources were touched."""
        return sum(count for step, count in self.changes.items() if step not in ("same", "read"))


def environment(state: State, endpoint: str, region: str) -> dict[str, str]:
    """The variables under which the engine, its plugins and the program run."""
    path = os.pathsep.join([str(state.bin), str(engine_tool.ensure().path.parent), os.environ.get("PATH", "")])
    return {
        "PATH": path,
        "PULUMI_HOME": str(state.pulumi_home),
        "PULUMI_BACKEND_URL": backend_url(state),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK": "true",
        "AISTACKS_SANDBOX_AWS_ENDPOINT": endpoint,
        "AISTACKS_SANDBOX_KUBECONFIG": str(state.kubeconfig),
        "AISTACKS_SANDBOX_LOGS": str(state.logs),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def backend_url(state: State) -> str:
    """The engine's file backend.

    Without the files in which its library would keep types and checksums beside its own: they are overwritten in
    place, and a kill between their beginning and their end leaves one that no engine gets over ("EOF").
    """
    return f"{state.backend.as_uri()}?metadata=skip"


def operate(
    state: State,
    operation: Operation,
    workspace: Workspace,
    env: Mapping[str, str],
    text: str,
    **options: Any,
) -> Result:
    """Run one engine operation with progress and return what came of it.

    ``options`` are the Automation API's own (``refresh=True``, ``target=[…]``). Raises ``OperationError`` with
    a line for each thing that failed. On Ctrl-C the engine is asked to stop, ends what is in flight and keeps
    its checkpoint; then the interrupt goes on.

    What an earlier operation left, because it was cut off, is taken up first; a preview and an export don't.
    """
    saved = Saved(state, workspace.project, workspace.stack)
    changing = operation in ("up", "refresh", "destroy")
    if operation == "export":
        _refuse_damaged(saved)
    else:
        settling.settle(state, workspace, env, adopt=changing)
        env = {**env, survivors.VARIABLE: str(state.root)}
    esc.drop(workspace.folder, workspace.stack)
    stated_stacks.keep(state.backend, workspace.project, workspace.answers)
    if workspace.answers != Stated():
        env = {**env, stated_answers.VARIABLE: json.dumps(workspace.answers.to_json(), default=str)}
    request = Request(operation, str(workspace.folder), str(workspace.program), workspace.stack, dict(env), options)
    if changing:
        request = replace(request, journal=str(saved.journal))
    # Only these two run the program.
    own = workspace.environment if operation in ("up", "preview") else None
    log = state.logs / f"engine-{operation}.log"
    with console.phase(text) as show:
        answer, code = _asked(child.of(own), request, log, show)
        if answer and "unusable" in answer:
            answer, code = _asked(child.of(own, answer["unusable"]), request, log, show)
    if changing and answer is not None:
        saved.keep()
        if not answer.get("errors"):
            saved.journal.unlink(missing_ok=True)
    if answer is None:
        raise OperationError(operation, [f"the engine ended without an answer ({_cause(code)}); see {log}"])
    if answer.get("errors"):
        raise OperationError(operation, answer["errors"])
    return Result(
        answer["changes"],
        answer["outputs"],
        answer["steps"],
        inventory_of(answer["deployment"]),
        answer.get("retained", []),
    )


def _refuse_damaged(saved: Saved) -> None:
    """An export changes nothing; the engine would take some damage for a stack that holds nothing."""
    try:
        saved.read()
    except FileNotFoundError:
        return
    except DamagedError as damaged:
        name = f"{saved.project}/{saved.stack}"
        raise OperationError(
            name,
            [f"{name}: the engine's state is {damaged}; the next `aistacks sandbox up`, `run` or `down` repairs it"],
        ) from None


def _asked(child: Child, request: Request, log: Path, show: console.Show) -> tuple[dict[str, Any] | None, int]:
    """The child's answer, None where it has none, and its exit code."""
    if child.note:
        console.note(child.note)
    env = {**os.environ, **request.environment}
    if child.variables:
        # The engine's and the sandbox's own programs go before the environment's.
        paths = [request.environment["PATH"], child.variables["PATH"]]
        env |= {**child.variables, "PATH": os.pathsep.join(paths)}
    with log.open("w") as errors:
        process = subprocess.Popen(
            child.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=env,
            start_new_session=True,
        )
        with _interruptible(process):
            return _converse(process, replace(request, site_packages=child.site_packages), show), process.returncode


def _converse(child: subprocess.Popen[str], request: Request, show: console.Show) -> dict[str, Any] | None:
    assert child.stdin and child.stdout  # noqa: S101 (both are pipes)
    child.stdin.write(json.dumps(asdict(request)))
    child.stdin.close()
    answer = None
    with child.stdout:
        for line in child.stdout:
            try:
                message = json.loads(line)
            except ValueError:
                continue
            if "progress" in message:
                show(message["progress"])
            else:
                answer = message
    child.wait()
    return answer


@contextmanager
def _interruptible(child: subprocess.Popen[str]) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        console.note("stopping the engine: it finishes what is in flight and keeps its checkpoint (again to force)")
        for process in family_of(child.pid):
            with suppress(psutil.NoSuchProcess):
                if process.name() == "pulumi":
                    process.send_signal(signal.SIGINT)
        with suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
            child.wait(_GRACE_SECONDS)
        raise
    finally:
        kill(reversed(family_of(child.pid)))
        child.wait()


def _cause(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def plugins(state: State, python: Path = Path(sys.executable)) -> None:
    """Put the stand-in providers, our components' and what runs policy packs where the engine looks for plugins."""
    commands = {
        f"pulumi-resource-{name}": f'-m aistacks_sandbox.providers.{name} "$@"' for name in ("aws", "kubernetes")
    }
    for name in WITHOUT_CLOUD:
        commands[f"pulumi-resource-{name}"] = f'-m aistacks_sandbox.providers.without_cloud {name} "$@"'
    # The engine adds the runtime's options as arguments (`-virtualenv=…`), which the SDK takes for others.
    commands["pulumi-resource-aistacks"] = '-m aistacks "$@"'
    commands["pulumi-analyzer-policy-python"] = '-u -m pulumi.policy "$1" "$2"'
    for name, command in commands.items():
        # A program of another revision has its modules on that path; the stand-ins stay today's.
        ours = "env -u PYTHONPATH " if "aistacks_sandbox" in command else ""
        _wrap(state, name, f'{ours}"{python}" {command}')


def language_host(state: State, language: str) -> None:
    """Put what reads programs of ``language`` to the engine where it looks for it. Raises ``UserError``."""
    name = f"pulumi-language-{language}"
    _wrap(state, name, f'"{obtain.ensure(name).path}" "$@"')


def _wrap(state: State, name: str, command: str) -> None:
    wrapper = state.bin / name
    text = f"#!/bin/sh\nexec {command}\n"
    if not os.access(wrapper, os.X_OK) or wrapper.read_bytes() != text.encode():
        write_atomically(wrapper, text, mode=0o755)
