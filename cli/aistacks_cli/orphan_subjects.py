"""Whose orphans are meant: a stack on AWS, one in an exported state, or the sandbox's."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aistacks_core.errors import UserError
from aistacks_core.project import read_project, region_of
from aistacks_core.yaml_files import read_mapping
from aistacks_recovery.account import Account
from aistacks_recovery.deployment import Deployment, read

_SECONDS = 120


@dataclass(frozen=True)
class Subject:
    """``name`` is ``<project>/<stack>``. ``read`` reads the state anew each time."""

    name: str
    read: Callable[[], Deployment]
    account: Account


def of_file(file: Path, region: str) -> Subject:
    """The stack of what `pulumi stack export` wrote. Raises ``UserError`` for another file."""

    def again() -> Deployment:
        try:
            table = json.loads(file.read_text())
            return read(table["deployment"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"--state {file}", str(error), "what `pulumi stack export` writes") from None

    found = again()
    return Subject(_name(found) or "", again, Account(_region(region, found)))


def of_environment(folder: Path, environment: str, region: str) -> Subject:
    """The stack of an environment, by `pulumi` on PATH, its login and the credentials that are set."""

    def again() -> Deployment:
        return read(_exported(folder, environment).get("deployment"))

    found = again()
    project = read_mapping(folder / "Pulumi.yaml", "a Pulumi project (Pulumi.yaml)").get("name")
    name = _name(found) or f"{project}/{environment.rpartition('/')[2]}"
    return Subject(name, again, Account(region or _stated(folder, environment) or _region("", found)))


def of_sandbox(folder: Path) -> list[Subject]:
    """Every stack that is up in the sandbox of the project in ``folder``."""
    import boto3

    from aistacks_sandbox import cloud
    from aistacks_sandbox.state import State

    state = State.of(folder)
    emulated = cloud.find(state) if state.exists() else None
    if emulated is None:
        raise UserError("aistacks orphans", "no environment, and no sandbox runs", "one of them", "Name a stack.")
    made = []
    for key, noted in cloud.recall(state).get("stacks", {}).items():
        file = state.backend / ".pulumi" / "stacks" / f"{key}.json"
        region = noted["region"]
        session = boto3.Session("sandbox", "sandbox", region_name=region)

        def again(file: Path = file) -> Deployment:
            try:
                return read(json.loads(file.read_text())["checkpoint"]["latest"])
            except FileNotFoundError:
                return read(None)
            except (OSError, ValueError, KeyError, TypeError) as error:
                expected = "a state of the engine's"
                raise UserError(str(file), str(error), expected, "`aistacks sandbox up` mends it.") from None

        made.append(Subject(key, again, Account(region, emulated.endpoint, session=session)))
    return made


def _exported(folder: Path, stack: str) -> dict[str, Any]:
    command = ["pulumi", "stack", "export", "--non-interactive", "--stack", stack]
    where = f"pulumi stack export --stack {stack}"
    env = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        run = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=_SECONDS)
    except FileNotFoundError:
        todo = "Install it, or give --state with what it exports."
        raise UserError("aistacks orphans", "no pulumi on PATH", "Pulumi's command", todo) from None
    except subprocess.TimeoutExpired:
        raise UserError(where, f"no answer in {_SECONDS} s", "the stack's state") from None
    if run.returncode:
        lines = (run.stderr or run.stdout).strip().splitlines()
        raise UserError(where, lines[-1] if lines else f"exit code {run.returncode}", "the stack's state")
    exported: dict[str, Any] = json.loads(run.stdout)
    return exported


def _name(deployment: Deployment) -> str:
    """``<project>/<stack>``, as the URNs of a state say; empty where there are none."""
    for resource in deployment.resources:
        stack, project = resource.urn.removeprefix("urn:pulumi:").split("::")[:2]
        return f"{project}/{stack}"
    return ""


def _stated(folder: Path, environment: str) -> str:
    """The region of the environment's file; empty where it says none, or the program is in another language."""
    try:
        return region_of(read_project(folder, or_yaml=True), environment.rpartition("/")[2], "")
    except UserError:
        return ""


def _region(given: str, deployment: Deployment) -> str:
    provided = [r.inputs.get("region") for r in deployment.resources if r.type == "pulumi:providers:aws"]
    told = [each for each in provided if isinstance(each, str) and each]
    found = given or next(iter(told), "") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
    if not found:
        raise UserError("--region", "nothing, and neither settings nor state say one", "a region such as eu-west-1")
    return str(found)
