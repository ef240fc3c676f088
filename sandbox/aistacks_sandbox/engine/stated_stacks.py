"""Other stacks, whose outputs the settings state: the engine's backend has them as stacks that hold nothing else."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pulumi

from aistacks_core.files import write_atomically
from aistacks_core.stated_answers import STACKS, Stated

_ORGANIZATION = "organization"
"""The only one that a file backend has."""
ENGINE = "v3.259.0"
_INDEX = "stated.json"
"""Which of the backend's stacks are only stated."""


def full_name(name: str, project: str) -> str:
    """The name of a stack as a file backend has it; a program may leave out the organization and the project."""
    *_, owner, stack = (project, *name.split("/"))
    return f"{_ORGANIZATION}/{owner}/{stack}"


def keep(backend: Path, project: str, answers: Stated) -> None:
    """Write the stated stacks into the backend at ``backend``, and take out what another program's settings stated.

    One that really came up here stays as it is.
    """
    index = backend / _INDEX
    before = json.loads(index.read_text()) if index.is_file() else []
    for place in before:
        (backend / place).unlink(missing_ok=True)
    kept: list[str] = []
    for name, outputs in answers.states.get(STACKS, {}).items():
        full = full_name(name, project)
        _, owner, stack = full.split("/")
        file = backend / ".pulumi" / "stacks" / owner / f"{stack}.json"
        if file.exists():
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, json.dumps(_checkpoint(full, owner, stack, outputs), default=str))
        kept.append(str(file.relative_to(backend)))
    if kept or before:
        write_atomically(index, json.dumps(kept))


def _checkpoint(full: str, project: str, stack: str, outputs: dict[str, Any]) -> dict[str, Any]:
    kind = "pulumi:pulumi:Stack"
    urn = f"urn:pulumi:{stack}::{project}::{kind}::{project}-{stack}"
    magic = hashlib.sha256(ENGINE.encode()).hexdigest()
    manifest = {"time": "2026-11-30T00:00:00Z", "magic": magic, "version": ENGINE}
    resource = {"urn": urn, "custom": False, "type": kind, "outputs": outputs}
    latest = {"manifest": manifest, "resources": [resource], "metadata": {}}
    return {"version": 3, "checkpoint": {"stack": full, "latest": latest}}


def renamed(project: str, declared: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """A reference to a stack under the name that it has here; None for any other resource."""
    name = (declared.props or {}).get("name") if declared.type_ == STACKS else None
    if not isinstance(name, str):
        return None
    full = full_name(name, project)
    opts = pulumi.ResourceOptions.merge(declared.opts, pulumi.ResourceOptions(id=full))
    return pulumi.ResourceTransformationResult({**declared.props, "name": full}, opts)
