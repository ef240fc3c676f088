"""Records, in a trusted run, what the cloud answers a program: for plans that have no cloud to ask.

The engine's own preview runs with the user's credentials; a hook in the program's Python notes every function and
look-up. Secrets are left out, and named: marked ones, those whose name says it, and texts that contain one of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from aistacks_core.errors import UserError
from aistacks_core.files import write_atomically
from aistacks_core.redaction import Redactor, tells
from aistacks_core.stated_answers import STACKS

HOOK = Path(__file__).with_name("answer_hook")
LEFT_OUT = {"secure": "left out"}
"""Stands for a secret; a plan reads it as any encrypted value."""
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (how the engine marks one)
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_TELLING = frozenset({"secretString", "secretBinary", "plaintext", "randomPassword", "kubeConfig", "kubeConfigRaw"})
"""Names of answers that are secret by what they are, besides those that ``tells`` knows."""


@dataclass
class Recorded:
    """``answers``: as in an environment's file. ``left_out``: which values are secret, a path each."""

    answers: dict[str, Any] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def record_answers(command: list[str], folder: Path) -> Recorded:
    """Run ``command`` (a preview by the engine) in ``folder`` and return what the program asked for.

    Raises ``UserError`` where it can't be run, fails, or runs no Pulumi program in Python.
    """
    with tempfile.TemporaryDirectory(prefix="aistacks-answers-") as place:
        notes = Path(place) / "notes.jsonl"
        notes.touch(mode=0o600)
        path = os.pathsep.join(filter(None, (str(HOOK), os.environ.get("PYTHONPATH"))))
        env = {**os.environ, "PYTHONPATH": path, "AISTACKS_ANSWER_NOTES": str(notes), "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(command, cwd=folder, env=env, check=False)
        except OSError as error:
            raise UserError(command[0], (error.strerror or "an error").lower(), "a program on the PATH") from None
        if done.returncode:
            raise UserError(" ".join(command), f"exit code {done.returncode}", "a preview that succeeds")
        return recorded_in(json.loads(line) for line in notes.read_text().splitlines())


def recorded_in(notes: Iterable[dict[str, Any]]) -> Recorded:
    """The answers in the hook's notes."""
    made = Recorded()
    secrets: list[Any] = []
    functions: dict[str, list[dict[str, Any]]] = {}
    states: dict[str, dict[str, Any]] = {}
    for note in notes:
        if note["kind"] == "failure":
            made.left_out.append(f"an answer that could not be read: {note['token']}")
            continue
        token = note["token"]
        result = _Cleaner(token, made.left_out, secrets).clean(note["result"], "")
        if note["kind"] == "state":
            kept = result.get("outputs", {}) if token == STACKS else result
            states.setdefault(token, {})[note["id"] or str(result.get("name"))] = kept
            continue
        asked = _Cleaner(token, made.left_out, secrets).clean(note["args"], "args")
        args = {key: value for key, value in asked.items() if value not in (None, LEFT_OUT)}
        _add(functions.setdefault(token, []), args, result, made.left_out, token)
    redactor = Redactor(secrets)
    found = {
        **{token: [one for one in many if one["result"] is not None] for token, many in functions.items()},
        **states,
    }
    made.answers = {
        token: _without(found[token], redactor, token, made.left_out) for token in sorted(found) if found[token]
    }
    made.left_out = list(dict.fromkeys(made.left_out))
    return made


def _add(
    many: list[dict[str, Any]], args: dict[str, Any], result: dict[str, Any], left_out: list[str], token: str
) -> None:
    there = next((one for one in many if one["args"] == args), None)
    if there is None:
        many.append({"args": args, "result": result})
    elif there["result"] != result:
        # Of several providers, say: neither answer is everybody's.
        left_out.append(f"{token}: it has several answers for the same arguments")
        there["result"] = None


class _Cleaner:
    def __init__(self, token: str, left_out: list[str], secrets: list[Any]) -> None:
        self._token, self._left_out, self._secrets = token, left_out, secrets

    def clean(self, value: Any, path: str) -> Any:
        """``value`` as plain data, its secrets left out and named by their path."""
        if isinstance(value, list):
            return [self.clean(item, f"{path}[{index}]") for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        signature = value.get(_SIGNATURE)
        if signature == _SECRET or (signature == _OUTPUT and value.get("secret")):
            return self._secret(value.get("value"), path)
        if signature is not None:
            return self.clean(value.get("value"), path)
        hidden = value.get("type") == "SecureString"
        return {
            key: self._secret(inner, f"{path}.{key}".strip("."))
            if (tells(key) or key in _TELLING or (hidden and key == "value")) and _is_text(inner)
            else self.clean(inner, f"{path}.{key}".strip("."))
            for key, inner in value.items()
        }

    def _secret(self, value: Any, path: str) -> dict[str, str]:
        self._secrets.append(value)
        self._left_out.append(f"{self._token}: {path}")
        return dict(LEFT_OUT)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _without(value: Any, redactor: Redactor, path: str, left_out: list[str]) -> Any:
    """``value`` without texts that contain a secret that was found anywhere."""
    if isinstance(value, dict):
        return {key: _without(inner, redactor, f"{path}: {key}", left_out) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without(item, redactor, path, left_out) for item in value]
    if isinstance(value, str) and redactor.without(value) != value:
        left_out.append(path)
        return dict(LEFT_OUT)
    return value


def write(recorded: Recorded, file: Path, command: list[str]) -> None:
    """Write the answers for a plan to read. Raises ``UserError`` where that can't be."""
    head = f"# What `{' '.join(command)}` was answered, by `aistacks answers record`. Secrets are left out.\n"
    body = {"answers": recorded.answers, "left_out": recorded.left_out}
    try:
        write_atomically(file, (head + yaml.safe_dump(body, sort_keys=True, allow_unicode=True)).encode())
    except OSError as error:
        raise UserError(str(file), (error.strerror or "an error").lower(), "a file to write") from None
