"""Content-addressed cache of stages: one folder per set of inputs, complete or absent."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from aistacks_core import checksums

LIBRARIES = ("torch", "torchao", "torch-pruning", "onnx", "onnxruntime", "onnxscript", "transformers", "numpy", "scipy")
"""Libraries whose versions are inputs of every stage."""

CHECKPOINT = "checkpoint"
"""Folder of a half-made stage that outlives an interruption."""


@dataclass(frozen=True)
class Stage:
    """A finished stage: its folder, and the digest of its content."""

    folder: Path
    digest: str
    cached: bool


class StageCache:
    """The cached stages of one model. ``log``: called with one line when a stage starts or is cached."""

    def __init__(self, root: Path, model: str, log: Callable[[str], None] = lambda _: None) -> None:
        self.root = root / model
        self.log = log
        self._lock = FileLock(self.root / ".lock")

    def stage(self, name: str, inputs: Mapping[str, Any], make: Callable[[Path], None]) -> Stage:
        """The stage ``name`` for ``inputs`` (JSON): cached, or made by ``make`` in the folder it is given.

        After an interruption it gets the same folder again, with nothing in it but `CHECKPOINT`, from which it can
        resume. A stage whose files were altered is rebuilt. Two processes don't make stages of one model at a time.
        """
        key = self.key(inputs)
        folder = self.root / f"{name}-{key[:16]}"
        if digest := checksums.complete(folder):
            return self._cached(name, folder, digest)
        self.root.mkdir(parents=True, exist_ok=True)
        with self._alone():
            if digest := checksums.complete(folder):
                return self._cached(name, folder, digest)
            part = folder.with_name(f"{folder.name}.part")
            # Complete where it was interrupted just before it got its name.
            digest = checksums.complete(part)
            if digest is None:
                part.mkdir(exist_ok=True)
                _clear(part)
                self.log(name)
                self._made(make, part)
                (part / "inputs.json").write_text(json.dumps(inputs, indent=1, sort_keys=True, default=str) + "\n")
                digest = checksums.write(part)
            shutil.rmtree(folder, ignore_errors=True)
            part.rename(folder)
        return Stage(folder, digest, cached=False)

    @staticmethod
    def _made(make: Callable[[Path], None], part: Path) -> None:
        try:
            make(part)
        except Exception:
            # It failed by itself and has nothing to resume from: nobody would come for it.
            if not (part / CHECKPOINT).exists():
                shutil.rmtree(part, ignore_errors=True)
            raise

    def _cached(self, name: str, folder: Path, digest: str) -> Stage:
        self.log(f"{name}: cached")
        return Stage(folder, digest, cached=True)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            # What a killed command started may need a moment to notice.
            self.log("waiting for another process that builds this model")
            self._lock.acquire()
        try:
            yield
        finally:
            self._lock.release()

    @staticmethod
    def key(inputs: Mapping[str, Any]) -> str:
        """Cache key: hex digest of ``inputs``, the Python version and `LIBRARIES`."""
        versions = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
        for library in LIBRARIES:
            try:
                versions[library] = importlib.metadata.version(library)
            except importlib.metadata.PackageNotFoundError:
                versions[library] = ""
        text = json.dumps([inputs, versions], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name != CHECKPOINT:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def code(*modules: str) -> str:
    """Hex digest of the source of modules and packages, by their full names: an input of their stage."""
    digest = hashlib.sha256()
    for module in sorted(modules):
        spec = importlib.util.find_spec(module)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(module)
        origin = Path(spec.origin)
        files = sorted(origin.parent.rglob("*.py")) if origin.name == "__init__.py" else [origin]
        for file in files:
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
