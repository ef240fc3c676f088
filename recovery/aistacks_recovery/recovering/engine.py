"""The user's own engine: `pulumi` on PATH, with the backend, the login and the credentials that are set."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aistacks_core.errors import UserError

_LINES = 3
_HINTS = (
    (("no stack named",), "`pulumi stack ls` names those of the project that are there."),
    (
        ("failed to load checkpoint", "EOF", "integrity failure"),
        "`aistacks state versions {stack}` says what is damaged, `aistacks state restore {stack}` puts it right.",
    ),
    (("passphrase", "secrets manager"), "Set what `pulumi up` of this stack needs."),
    (("PULUMI_ACCESS_TOKEN",), "`pulumi login` as for `pulumi up`, or set PULUMI_BACKEND_URL."),
)
"""What to do, by what the engine says."""
_QUIET = {"PULUMI_SKIP_UPDATE_CHECK": "true"}


@dataclass(frozen=True)
class Engine:
    """One stack of the project in ``folder``. ``env``: the variables that it runs under."""

    folder: Path
    stack: str
    env: Mapping[str, str]

    def export(self, *, secrets: bool = False) -> dict[str, Any]:
        """The stack's state; ``secrets``: in plain text. It never goes into a file."""
        exported: dict[str, Any] = json.loads(
            self._run(["stack", "export"], [*self._stack, *(["--show-secrets"] if secrets else [])])
        )
        return exported

    def put(self, exported: Mapping[str, Any]) -> None:
        """Make ``exported`` the stack's state."""
        self._run(["stack", "import"], self._stack, given=json.dumps(exported))

    def neighbours(self) -> list[dict[str, Any]]:
        """The states of the project's other stacks in the same backend."""
        names = [str(each["name"]) for each in json.loads(self._run(["stack", "ls"], ["--json"]))]
        others = [name for name in names if name.rpartition("/")[2] != self.stack.rpartition("/")[2]]
        return [Engine(self.folder, name, self.env).export() for name in others]

    def refresh(self, urns: Sequence[str]) -> None:
        """Read exactly these resources anew."""
        self._run(
            ["refresh"],
            [*self._stack, *self._unasked, "--skip-pending-creates", *_targets(urns)],
        )

    def destroy(self, urns: Sequence[str]) -> None:
        """Delete exactly these resources."""
        self._run(["destroy"], [*self._stack, *self._unasked, *_targets(urns)])

    @property
    def _stack(self) -> list[str]:
        return ["--stack", self.stack]

    @property
    def _unasked(self) -> list[str]:
        return ["--yes", "--skip-preview", "--suppress-outputs", "--color", "never"]

    def _run(self, verb: list[str], options: Sequence[str], given: str | None = None) -> str:
        program = shutil.which("pulumi", path=self.env.get("PATH"))
        if program is None:
            raise UserError(
                "PATH", "no pulumi", "the engine that brought the stack up", "Install it, or add its folder."
            )
        command = [program, *verb, "--non-interactive", "--cwd", str(self.folder), *options]
        done = subprocess.run(
            command, input=given, capture_output=True, text=True, check=False, env={**self.env, **_QUIET}
        )
        if done.returncode:
            said = _said(done)
            todo = next((hint for marks, hint in _HINTS if any(mark in said for mark in marks)), "")
            where = f"pulumi {' '.join(verb)} of {self.stack}"
            raise UserError(where, said, "an operation that ends well", todo.format(stack=self.stack))
        return done.stdout


def _targets(urns: Sequence[str]) -> list[str]:
    return [text for urn in urns for text in ("--target", urn)]


def _said(done: subprocess.CompletedProcess[str]) -> str:
    """The engine's own words, without its frame: the lines with an error, else the last ones."""
    lines = [line.strip() for line in f"{done.stdout}\n{done.stderr}".splitlines() if line.strip()]
    errors = [line.partition("error: ")[2] for line in lines if "error: " in line]
    return "; ".join(dict.fromkeys(errors or lines[-_LINES:])) or f"exit code {done.returncode}"
