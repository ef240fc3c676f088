"""The ``command`` package: local commands are run on this machine; remote ones, which have no host here, recorded."""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aistacks_core.property_values import Archive, Asset, Props

from ..failures import ProviderError
from ..provider import NOT_EMULATED, Created
from .base import Kind, StateProvider

_SHELL = ("/bin/sh", "-c")
_OF_THE_SANDBOX = {"AISTACKS_SANDBOX_KUBECONFIG": "KUBECONFIG"}
_LAST_LINES = 3


class Command(Kind):
    """``create`` when it is made, ``update`` (else ``create``) when it changes, ``delete`` at its end."""

    computed = ("stdout", "stderr", "assets", "archive")
    in_place = frozenset(
        {
            "addPreviousOutputInEnv",
            "archivePaths",
            "assetPaths",
            "create",
            "delete",
            "dir",
            "environment",
            "interpreter",
            "logging",
            "stdin",
            "update",
        }
    )

    def make(self, name: str, inputs: Props) -> Created:
        """Run ``create``."""
        return Created(f"{name}{secrets.token_hex(4)}", ran(inputs.get("create"), inputs, {}))

    def changed(self, id: str, state: Props, inputs: Props) -> Props:  # noqa: A002, ARG002
        """Run ``update``, or ``create`` where there is none."""
        return ran(inputs.get("update") or inputs.get("create"), inputs, state)

    def changes_outputs(self) -> bool:
        """A command may print something else."""
        return True

    def gone(self, id: str, state: Props, inputs: Props) -> None:  # noqa: A002, ARG002
        """Run ``delete``."""
        ran(inputs.get("delete"), inputs, state)


class Remote(Kind):
    """Something on a machine that the sandbox doesn't have: recorded, never run."""

    how = NOT_EMULATED

    def __init__(self, computed: tuple[str, ...] = ()) -> None:
        self.computed = computed
        self.in_place = frozenset({"connection", "create", "update", "delete", "environment", "stdin", "logging"})

    def make(self, name: str, inputs: Props) -> Created:  # noqa: ARG002
        """Nothing is printed."""
        return Created(f"{name}{secrets.token_hex(4)}", dict.fromkeys(self.computed, ""))


def run(args: Props) -> Props:
    """The function: one command, now."""
    return {**args, **ran(args["command"], args, {})}


def ran(command: str | None, inputs: Props, before: Props) -> Props:
    """What ``command`` printed, and the files that it is to give. Raises ``ProviderError`` where it fails."""
    folder = Path(inputs.get("dir") or ".")
    if not command:
        return {"stdout": before.get("stdout", ""), "stderr": before.get("stderr", "")}
    try:
        done = subprocess.run(
            [*(inputs.get("interpreter") or _SHELL), command],
            cwd=folder,
            env=_environment(inputs, before),
            input=inputs.get("stdin"),
            stdin=subprocess.DEVNULL if inputs.get("stdin") is None else None,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise ProviderError(f"{command!r}: {error.strerror}: {error.filename}") from error
    if done.returncode:
        last = " | ".join((done.stderr or done.stdout).strip().splitlines()[-_LAST_LINES:]) or "nothing printed"
        raise ProviderError(f"{command!r} in {folder.resolve()}: exit status {done.returncode}: {last}")
    outputs: Props = {"stdout": done.stdout.rstrip("\n"), "stderr": done.stderr.rstrip("\n")}
    if inputs.get("assetPaths"):
        outputs["assets"] = _assets(folder, inputs["assetPaths"])
    if inputs.get("archivePaths"):
        outputs["archive"] = Archive(assets=_assets(folder, inputs["archivePaths"]), hash=_digest(outputs["stdout"]))
    return outputs


def _environment(inputs: Props, before: Props) -> dict[str, str]:
    own = {name: os.environ[source] for source, name in _OF_THE_SANDBOX.items() if source in os.environ}
    given = inputs.get("environment")
    wanted = {str(k): _text(v) for k, v in given.items()} if isinstance(given, Mapping) else {}
    printed: dict[str, str] = {}
    if inputs.get("addPreviousOutputInEnv", True):
        printed = {
            f"PULUMI_COMMAND_{name.upper()}": str(before[name]) for name in ("stdout", "stderr") if name in before
        }
    # A profile would bring the user's own account into a command that is to see the sandbox alone.
    rest = {name: value for name, value in os.environ.items() if name not in ("AWS_PROFILE", "AWS_SESSION_TOKEN")}
    return {**rest, **own, **printed, **wanted}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _assets(folder: Path, patterns: list[str]) -> dict[str, Asset]:
    """The files that match, by their paths below ``folder``; a pattern after ``!`` takes some out again."""
    found: dict[str, Asset] = {}
    for pattern in patterns:
        matches = folder.glob(pattern.removeprefix("!"))
        for name in sorted(path.relative_to(folder).as_posix() for path in matches):
            if pattern.startswith("!"):
                found.pop(name, None)
            elif (folder / name).is_file():
                content = (folder / name).read_bytes()
                found[name] = Asset(path=str((folder / name).resolve()), hash=hashlib.sha256(content).hexdigest())
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def provider() -> StateProvider:
    """The package's provider."""
    kinds: dict[str, Kind] = {
        "command:local:Command": Command(),
        "command:remote:Command": Remote(("stdout", "stderr")),
        "command:remote:CopyFile": Remote(),
        "command:remote:CopyToRemote": Remote(),
    }
    return StateProvider("command", "1.2.1", kinds=kinds, functions={"command:local:run": run})
