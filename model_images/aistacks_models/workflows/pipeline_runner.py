"""Runs the pipeline in the models environment, and caches its answer."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aistacks_core import cache, checksums, python_env
from aistacks_core.errors import UserError
from aistacks_core.files import write_atomically

from .. import model_files
from . import models_env, saved_model

_INTERRUPTED = 130


@dataclass(frozen=True)
class Built:
    """The result of a build. ``folders``: stage → its folder. ``fresh``: whether any stage was rebuilt."""

    name: str
    folders: dict[str, Path]
    fresh: bool

    @property
    def package(self) -> Path:
        """The folder that is published."""
        return self.folders["package"] / "package"

    @property
    def digest(self) -> str:
        """The digest of the package."""
        return checksums.sha256((self.package / checksums.SUMS).read_bytes())


def root() -> Path:
    """The cache folder of all models' stages."""
    return cache.folder() / "models"


def build(
    name: str,
    *,
    folders: Sequence[Path] = (),
    until: str = "package",
    size: Sequence[str] = (),
    training: Sequence[str] = (),
) -> Built:
    """Build the model ``name`` (one in ``folders``, a bundled one, or a file) up to the stage ``until``.

    Takes milliseconds when nothing has changed. Progress goes to standard error. Raises UserError for
    what is wrong with the model, and KeyboardInterrupt when the pipeline was interrupted; finished stages and
    checkpoints are kept.
    """
    file = model_files.locate(name, folders)
    env = python_env.ensure("models")
    package = models_env.folder()
    argv = ["build", str(file), "--stage-cache", str(root()), "--until", until]
    argv += [word for text in size for word in ("--size", text)]
    argv += [word for text in training for word in ("--training", text)]
    note = root() / "answers" / f"{file.stem}-{_key(env, package, file, argv)[:16]}.json"
    if known := _known(note):
        return known
    with cache.locked(f"model-{file.stem}"):
        if known := _known(note):
            return known
        answer = _run(env, argv, saved_model.environment(file))
        note.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(note, json.dumps(answer))
    return _built(answer)


def _key(env: python_env.PythonEnv, package: Path, file: Path, argv: list[str]) -> str:
    digest = hashlib.sha256(json.dumps([env.folder.name, argv, saved_model.digest(file)]).encode())
    beside = [] if file.is_relative_to(package) else sorted(file.parent.glob("*.py"))
    for path in [*sorted(package.rglob("*.py")), *beside]:
        digest.update(str(path).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _known(note: Path) -> Built | None:
    """The cached answer, if every stage is still intact."""
    try:
        answer = json.loads(note.read_text())
        stages = answer["stages"].values()
        if all(checksums.complete(Path(stage["folder"]), stage["digest"]) for stage in stages):
            return _built({**answer, "stages": {k: {**v, "cached": True} for k, v in answer["stages"].items()}})
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        pass
    return None


def _built(answer: dict[str, Any]) -> Built:
    stages = answer["stages"]
    return Built(
        answer["name"],
        {name: Path(stage["folder"]) for name, stage in stages.items()},
        not all(stage["cached"] for stage in stages.values()),
    )


def _run(env: python_env.PythonEnv, argv: list[str], more: dict[str, str]) -> dict[str, Any]:
    with models_env.variables() as variables, _ours() as theirs:
        child = subprocess.Popen(
            [str(env.python), "-m", models_env.NAME, *argv, "--owned"],
            stdin=theirs,
            stdout=subprocess.PIPE,
            text=True,
            env=variables | more,
        )
        try:
            said, _ = child.communicate()
        except KeyboardInterrupt:
            # The terminal's Ctrl-C reached the child, too: it ends by itself and can resume from its checkpoint.
            try:
                child.wait(timeout=20)
            except (subprocess.TimeoutExpired, KeyboardInterrupt):
                child.kill()
                child.wait()
            raise
    return _answered(child.returncode, said)


@contextmanager
def _ours() -> Iterator[int]:
    """The reading end of a pipe whose other end is this process's alone: it ends with us, however we end."""
    theirs, ours = os.pipe()
    try:
        yield theirs
    finally:
        os.close(theirs)
        os.close(ours)


def _answered(status: int, said: str) -> dict[str, Any]:
    if status == _INTERRUPTED:
        raise KeyboardInterrupt
    try:
        answer: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
    except (ValueError, IndexError):
        raise UserError(
            "the models environment",
            f"exit status {status}" + (" (killed: out of memory?)" if status < 0 else ""),
            "the pipeline to end",
            "What it printed stands above.",
        ) from None
    if error := answer.get("error"):
        raise UserError(**error)
    return answer
